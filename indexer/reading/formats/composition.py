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
        self._label: str | None = None
        """Of the place that the next block begins."""
        self._locations: list[Location] = []
        self._left_out: list[str] = []
        self.blocks: list[Block] = []
        """The blocks so far."""

    def __len__(self) -> int:
        return self._length

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def next_start(self) -> int:
        """Where the next block will begin, if an empty line is before it."""
        return self._length + len(_GAP) * bool(self._length)

    @property
    def first_heading(self) -> str:
        """The text of the first heading; empty if there is none."""
        first = next((it for it in self.blocks if it.kind == "heading"), None)
        return self.text[first.start : first.end] if first is not None else ""

    def add(self, text: str, kind: BlockKind = "paragraph", level: int = 0, head: int = 0) -> None:
        """Append a block, unless it is blank; ``head`` is the length of a table's header rows."""
        text = storable(text).rstrip()
        text = text.lstrip() if kind != "code" else text.lstrip("\r\n")
        if text:
            self.append(text, kind, level, head)

    def append(
        self, text: str, kind: BlockKind, level: int = 0, head: int = 0, *, near: bool = False
    ) -> None:
        """Append a block as it is, which is not blank; if ``near``, on the next line."""
        start = self._begin("\n" if near else _GAP)
        self._put(text)
        its_head = start + head if kind == "table" else 0
        self.blocks.append(Block(start, self._length, kind, level, its_head))

    def extend(self, line: str, *, is_head: bool = False) -> None:
        """Append a line to the last block; ``is_head`` makes it a header row of a table."""
        self._put("\n" + line)
        last = self.blocks.pop()._replace(end=self._length)
        self.blocks.append(last._replace(head=self._length) if is_head else last)

    def include(self, document: Document, prefix: str = "") -> None:
        """Append the text of another document with its blocks and locations.

        ``prefix`` begins the label of each of its locations.
        """
        self._left_out += (f"{prefix}{part}" for part in document.left_out)
        if not document.text.strip():
            return
        at = self._begin(_GAP)
        self.blocks += (
            Block(at + it.start, at + it.end, it.kind, it.level, at + it.head)
            for it in document.blocks
        )
        for it in document.locations:
            self._place(f"{prefix}{it.label}", at + it.start)
        self._put(storable(document.text))

    def locate(self, label: str) -> None:
        """Name the place in the file of what follows, if anything does before the next place."""
        self._label = label

    def leave_out(self, part: str, why: object) -> None:
        """Note a part of the file that cannot be read."""
        self._left_out.append(" ".join(storable(f"{part} ({why})").split()))

    @property
    def left_out(self) -> tuple[str, ...]:
        """The parts that cannot be read, each with the reason."""
        return tuple(self._left_out)

    def document(self, title: str = "", metadata: Metadata | None = None) -> Document:
        """What was put together."""
        return Document(
            title_line(title),
            self.text,
            tuple(self.blocks),
            tuple(self._locations),
            metadata or Metadata(),
            left_out=self.left_out,
        )

    def _begin(self, between: str) -> int:
        """Begin a block, and return where."""
        if self._length:
            self._put(between)
        if self._label is not None:
            self._place(self._label, self._length)
            self._label = None
        return self._length

    def _place(self, label: str, start: int) -> None:
        if self._locations and self._locations[-1].start >= start:
            self._locations.pop()
        self._locations.append(Location(start, label))

    def _put(self, text: str) -> None:
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
