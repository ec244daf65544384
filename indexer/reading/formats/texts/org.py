"""Read Org files (``.org``): the text as it is, without comments and drawers."""

import re

from indexer.reading.formats.texts import plain
from indexer.reading.formats.texts.kept_lines import LONGEST_HEADING, KeptLines, lines_of
from indexer.types import BlockKind, Document

_FIELD = re.compile(r"#\+([A-Za-z_]{1,40}):[ \t]+(\S.*)")
_HEADING = re.compile(r"(\*{1,20})[ \t]+(\S.*)")
_TAGS = re.compile(r"[ \t]+:[\w@#%:]+:$")
_BEGIN = re.compile(r"#\+begin_(\w{1,40})", re.IGNORECASE)
_DRAWERS = {":properties:", ":logbook:"}
_KINDS: dict[str, BlockKind] = {"src": "code", "example": "code", "quote": "quote"}


def read(data: bytes, name: str) -> Document:
    """The document in an Org file. Raises UnreadableArticle."""
    del name
    scanner = _Scanner()
    for line in lines_of(plain.decode(data)):
        scanner.take(line)
    scanner.end_table()
    return scanner.kept.document()


class _Scanner:
    def __init__(self) -> None:
        self.kept = KeptLines()
        self._block: str | None = None
        """What the lines are in, as in ``#+begin_src``."""
        self._start = 0
        self._table: int | None = None
        """Where the table begins that the lines are in."""
        self._drawer = False

    def take(self, line: str) -> None:
        words = line.strip()
        if not words.startswith("|"):
            self.end_table()
        if self._block is not None:
            self._inside(line, words)
        elif self._drawer or words.lower() in _DRAWERS:
            self._drawer = words.lower() != ":end:"
        elif found := _BEGIN.match(words):
            self._block, self._start = found[1].lower(), self.kept.length
            if self._block != "comment":
                self.kept.keep(line)
        elif words != "#" and not words.startswith("# "):
            self._text(line, words)

    def end_table(self) -> None:
        if self._table is not None:
            self.kept.block(self._table, "table")
        self._table = None

    def _inside(self, line: str, words: str) -> None:
        if self._block != "comment":
            self.kept.keep(line)
        if words.lower().startswith(f"#+end_{self._block}"):
            kind = _KINDS.get(self._block or "")
            if kind:
                self.kept.block(self._start, kind)
            self._block = None

    def _text(self, line: str, words: str) -> None:
        short = len(words) <= LONGEST_HEADING
        if short and line[0] == "*" and (found := _HEADING.match(words)):
            self.kept.heading(line, _TAGS.sub("", found[2]), len(found[1]))
            return
        begin = self.kept.keep(line)
        if words.startswith("|") and self._table is None:
            self._table = begin
        elif short and (found := _FIELD.fullmatch(words)):
            is_tags = "tags" in found[1].lower()
            self.kept.note(found[1], found[2].strip(":").replace(":", ",") if is_tags else found[2])
