"""Put the text of a document together from its blocks, and keep the place of each."""

import re

from indexer.types import Block, BlockKind, Document, Location, Metadata

_GAP = "\n\n"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LONGEST_TITLE = 300


class Composition:
    """A text that grows block by block; an empty line separates the blocks.

    NUL characters and unpaired surrogates, which an index cannot store, are replaced.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._locations: list[Location] = []

    def __len__(self) -> int:
        return self._length

    def add(self, text: str, kind: BlockKind = "paragraph", level: int = 0, head: int = 0) -> None:
        """Append a block, unless it is blank; ``head`` is the length of a table's header rows."""
        text = storable(text).rstrip()
        start = text.find(text.lstrip()[:1]) if kind != "code" else 0
        text = text[start:] if kind != "code" else text.lstrip("\r\n")
        if not text.strip():
            return
        self._begin()
        end = self._length + len(text)
        self._blocks.append(Block(self._length, end, kind, level, self._length + head))
        self._append(text)

    def include(self, document: Document, prefix: str = "") -> None:
        """Append the text of another document with its blocks and locations.

        ``prefix`` begins the label of each of its locations.
        """
        if not document.text.strip():
            return
        self._begin()
        at = self._length
        self._blocks += (
            Block(at + it.start, at + it.end, it.kind, it.level, at + it.head)
            for it in document.blocks
        )
        for it in document.locations:
            self.locate(f"{prefix}{it.label}", at + it.start)
        self._append(storable(document.text))

    def locate(self, label: str, start: int | None = None) -> None:
        """Name the place in the file of what follows, or of the text from ``start``."""
        if start is None:
            start = self._length + len(_GAP) if self._length else 0
        if self._locations and self._locations[-1].start >= start:
            self._locations.pop()
        self._locations.append(Location(start, label))

    def document(self, title: str = "", metadata: Metadata | None = None) -> Document:
        """What was put together."""
        return Document(
            title_line(title),
            "".join(self._parts),
            tuple(self._blocks),
            tuple(it for it in self._locations if it.start < self._length),
            metadata or Metadata(),
        )

    def _begin(self) -> None:
        if self._length:
            self._append(_GAP)

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def storable(text: str) -> str:
    """The text with each NUL and each unpaired surrogate replaced; its length is unchanged."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def title_line(title: str) -> str:
    """A title on one line, without control characters, and not longer than titles are."""
    words = " ".join(storable(title[: 4 * _LONGEST_TITLE]).split())
    shown = "".join(mark for mark in words if mark.isprintable())
    return shown if len(shown) <= _LONGEST_TITLE else shown[: _LONGEST_TITLE - 1].rstrip() + "…"
