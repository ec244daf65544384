"""Read reStructuredText (``.rst``): the text as it is, without comments.

Headings are found by their underlines, literal blocks by what introduces them. Nothing is included
from other files.
"""

import re

from indexer.reading.formats.texts import plain
from indexer.reading.formats.texts.kept_lines import LONGEST_HEADING, KeptLines, lines_of
from indexer.types import Document

_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_FIELD = re.compile(r":([A-Za-z][\w -]{0,40}):[ \t]+(\S.*)")
_COMMENT = re.compile(r"\.\.(?:[ \t]+(?!\[|\||_|[\w.+:-]{1,60}::)|$)")
_CODE = re.compile(r"\.\.[ \t]+(?:code|code-block|sourcecode|parsed-literal|math)::")
_SHORT_RULE = 4
_FIELD_LINES = 60
"""Fields further down are no description of the document."""


def read(data: bytes, name: str) -> Document:
    """The document in a file of reStructuredText. Raises UnreadableArticle."""
    del name
    return _Scanner(list(lines_of(plain.decode(data)))).document()


class _Scanner:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._kept = KeptLines()
        self._marks: list[tuple[str, bool]] = []
        """The kinds of underlines in the order in which they occur: that of the levels."""
        self._code: int | None = None
        """Where the literal block begins that the lines are in."""
        self._comment = False

    def document(self) -> Document:
        at = 0
        while at < len(self._lines):
            at += self._take(at, self._lines[at])
        self._end_code()
        return self._kept.document()

    def _take(self, at: int, line: str) -> int:
        """Take the line at ``at``; returns how many lines were taken."""
        words = line.strip()
        inside = line[0] in " \t" or not words
        if self._comment and inside:
            return 1
        self._comment = False
        if inside:
            self._kept.keep(line)
            return 1
        self._end_code()
        if found := self._heading(at, words):
            return found
        if _COMMENT.match(words):
            self._comment = True
            return 1
        if at < _FIELD_LINES and (known := _FIELD.fullmatch(words[: 2 * LONGEST_HEADING])):
            self._kept.note(known[1], known[2])
        self._kept.keep(line)
        if _CODE.match(words) or (words.endswith("::") and not words.startswith("..")):
            self._code = self._kept.length
        return 1

    def _end_code(self) -> None:
        if self._code is not None:
            self._kept.block(self._code, "code")
        self._code = None

    def _heading(self, at: int, words: str) -> int:
        """Take the heading that begins at a line, if one does: the number of its lines."""
        after = [line.strip() for line in self._lines[at + 1 : at + 3]]
        if _is_rule(words):
            over = True
            if len(after) < 2 or after[1] != words or not _fits(after[0], words):  # noqa: PLR2004
                return 0
            self._kept.keep(self._lines[at])
            at += 1
            words, rule = after
        else:
            over = False
            if not after or not _is_rule(after[0]) or not _fits(words, after[0]):
                return 0
            rule = after[0]
        mark = (rule[0], over)
        if mark not in self._marks:
            self._marks.append(mark)
        self._kept.heading(self._lines[at], words, self._marks.index(mark) + 1)
        self._kept.keep(self._lines[at + 1])
        return 3 if over else 2


def _is_rule(words: str) -> bool:
    return len(words) > 1 and words[0] in _MARKS and not words.strip(words[0])


def _fits(words: str, rule: str) -> bool:
    """Whether a rule is long enough for a heading."""
    long_enough = len(rule) >= min(len(words), _SHORT_RULE)
    return 0 < len(words) <= LONGEST_HEADING and long_enough and not _is_rule(words)
