"""Read AsciiDoc (``.adoc``): the text as it is, without comments; nothing is included."""

import re

from indexer.reading.formats.texts import plain
from indexer.reading.formats.texts.kept_lines import LONGEST_HEADING, KeptLines, lines_of
from indexer.types import Document

_FIELD = re.compile(r":([A-Za-z][\w-]{0,40}):[ \t]+(\S.*)")
_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"-{4,}$|\.{4,}$|\+{4,}$|/{4,}$|```[\w-]*$")
_REVISION = re.compile(r"(?:v?[\d.]{1,20},[ \t]*)?(\d{4}-\d\d?-\d\d?|\d\d? \w{3,9} \d{4})")
_LONGEST_LINE = 2000
"""Longer lines are text."""


def read(data: bytes, name: str) -> Document:
    """The document in a file of AsciiDoc. Raises UnreadableArticle."""
    del name
    scanner = _Scanner()
    for line in lines_of(plain.decode(data)):
        scanner.take(line)
    return scanner.kept.document()


class _Scanner:
    def __init__(self) -> None:
        self.kept = KeptLines()
        self._fence: str | None = None
        """What ends the code or the comment that the lines are in."""
        self._start = 0
        self._table: int | None = None
        """Where the table begins that the lines are in."""
        self._header = 0
        """The number of the line below the title: the author's is 1; 0 is further down."""

    def take(self, line: str) -> None:
        words = line.strip()
        if self._fence is not None:
            self._inside(line, words)
        elif words.startswith("|==="):
            begin = self.kept.keep(line)
            if self._table is not None:
                self.kept.block(self._table, "table")
            self._table = begin if self._table is None else None
        elif self._table is not None:
            self.kept.keep(line)
        elif _FENCE.match(words):
            self._fence, self._start = "```" if words[0] == "`" else words, self.kept.length
            if words[0] != "/":
                self.kept.keep(line)
        elif not words.startswith("//"):
            self._text(line, words)

    def _inside(self, line: str, words: str) -> None:
        comment = (self._fence or "").startswith("/")
        if not comment:
            self.kept.keep(line)
        if words == self._fence:
            self._fence = None
            if not comment:
                self.kept.block(self._start, "code")

    def _text(self, line: str, words: str) -> None:
        found = _HEADING.fullmatch(words) if len(words) <= LONGEST_HEADING else None
        if found:
            self._header = 1 if len(found[1]) == 1 and not self.kept.blocks else 0
            self.kept.heading(line, found[2], len(found[1]))
            return
        self.kept.keep(line)
        field = _FIELD.fullmatch(words) if len(words) <= _LONGEST_LINE else None
        if field:
            self.kept.note("date" if field[1] == "revdate" else field[1], field[2])
        elif self._header == 1 and words:
            self.kept.note("author", words)
        elif self._header and (revision := _REVISION.match(words)):
            self.kept.note("date", revision[1])
        self._header = self._header + 1 if self._header and words else 0
