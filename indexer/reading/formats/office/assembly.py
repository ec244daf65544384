"""Put a text together from its blocks, which are then known by their offsets."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from indexer.errors import UnreadableArticle
from indexer.types import Block, BlockKind, Location

TEXT_LIMIT = 16 * 1024 * 1024
"""Characters of one file's text. A small file can contain far more of it than memory holds."""
CELL = " | "
Row: TypeAlias = Sequence[str]

_LEVELS = 6
_SPACES = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_UNSEEN = re.compile("[\0-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffc\ufffe\uffff\ud800-\udfff]")


class Assembly:
    """A text that grows by one block at a time; blank ones are left out."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at = 0
        self._kind: BlockKind | None = None
        self._location: str | None = None
        self._blocks: list[Block] = []
        self._locations: list[Location] = []

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks so far."""
        return tuple(self._blocks)

    @property
    def locations(self) -> tuple[Location, ...]:
        """The locations of the text so far."""
        return tuple(self._locations)

    def locate(self, label: str) -> None:
        """Say where the next block is; without one, the location is left out."""
        self._location = label

    def heading(self, text: str, level: int) -> None:
        """Add a heading, on one line."""
        if text := " ".join(tidy(text).split()):
            start = self._add(text, "heading")
            level = max(1, min(level, _LEVELS))
            self._blocks.append(Block(start, self._at, "heading", level))

    def add(self, text: str, kind: BlockKind = "paragraph") -> None:
        """Add a paragraph, item, code or quote."""
        text = _UNSEEN.sub("", text).strip("\n") if kind == "code" else tidy(text)
        if text.strip():
            goes_on = kind == self._kind == "code"
            start = self._add(text, kind)
            if goes_on:  # each line of code is a paragraph in most files
                start = self._blocks.pop().start
            self._blocks.append(Block(start, self._at, kind))

    def table(self, rows: Sequence[Row], header_rows: int = 0) -> None:
        """Add a table; each row becomes a line, and blank rows are left out."""
        lines: list[str] = []
        head = 0
        for number, row in enumerate(rows):
            cells = [" ".join(tidy(cell).split()) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                lines.append(CELL.join(cells))
                head += number < header_rows
        if lines:
            start = self._add("\n".join(lines), "table")
            end = start + len("\n".join(lines[:head]))
            self._blocks.append(Block(start, self._at, "table", head=end))

    def _add(self, text: str, kind: BlockKind) -> int:
        between = "\n" if kind == self._kind and kind in {"item", "code"} else "\n\n"
        if self._at:
            self._parts.append(between)
            self._at += len(between)
        start = self._at
        if start + len(text) > TEXT_LIMIT:
            raise UnreadableArticle("more than {:,} characters of text", TEXT_LIMIT)
        if self._location is not None:
            self._locations.append(Location(start, self._location))
            self._location = None
        self._parts.append(text)
        self._at += len(text)
        self._kind = kind
        return start


def tidy(text: str) -> str:
    """The text without characters that nobody sees, and with one space between words."""
    return _LINE_ENDS.sub("\n", _SPACES.sub(" ", _UNSEEN.sub("", text))).strip()
