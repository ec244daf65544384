"""Put the text of an office file together: programs leave much in it that nobody sees."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import Composition
from indexer.types import BlockKind

TEXT_LIMIT = 16 * 1024 * 1024
"""Characters of one file's text. A small file can contain far more of it than memory holds."""
CELL = " | "
Row: TypeAlias = Sequence[str]

_LEVELS = 6
_SPACES = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_UNSEEN = re.compile("[\0-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\ufffc\ufffe\uffff\ud800-\udfff]")


class Assembly(Composition):
    """A composition of tidied blocks; those of a list follow one another, as do lines of code."""

    def heading(self, text: str, level: int) -> None:
        """Add a heading, on one line."""
        if text := " ".join(tidy(text).split()):
            self.append(text, "heading", max(1, min(level, _LEVELS)))

    def add(self, text: str, kind: BlockKind = "paragraph", level: int = 0, head: int = 0) -> None:
        """Add a paragraph, item, code or quote, unless it is blank."""
        text = _UNSEEN.sub("", text).strip("\n") if kind == "code" else tidy(text)
        if not text.strip():
            return
        goes_on = bool(self.blocks) and kind == self.blocks[-1].kind
        if goes_on and kind == "code":  # each line of code is a paragraph in most files
            self.extend(text)
        else:
            self.append(text, kind, level, head, near=goes_on and kind == "item")

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
            self.append("\n".join(lines), "table", head=len("\n".join(lines[:head])))

    def _put(self, text: str) -> None:
        if len(self) + len(text) > TEXT_LIMIT:
            raise UnreadableArticle("more than {:,} characters of text", TEXT_LIMIT)
        super()._put(text)


def tidy(text: str) -> str:
    """The text without characters that nobody sees, and with one space between words."""
    return _LINE_ENDS.sub("\n", _SPACES.sub(" ", _UNSEEN.sub("", text))).strip()
