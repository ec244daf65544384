"""Find where sentences, paragraphs and sections begin in a text.

sentencex finds the sentences of one block at a time (see ``rules``), so no sentence crosses a blank
line, a heading or a list item. Hard-wrapped lines form one block.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from sentencex import get_sentence_boundaries

from indexer.errors import is_panic
from indexer.splitting.rules import Rules

_BREAK = "\n\r\f\u2028\u2029"
_LINE = re.compile(rf"(?<![^{_BREAK}])[^\S{_BREAK}]*+\S[^{_BREAK}]*")
_BLANK_BETWEEN = re.compile(r"\n[^\S\n]*\n|\r[^\S\r]*\r|[\f\u2029]")
_ITEM = re.compile(r"\s*(?:[-*+•|>]|\d{1,3}[.)])\s")
_HASHES = re.compile(r"\s{0,3}#{1,6}\s")
_WINDOW = 4000
_LAST_WORD = 40
"""How many characters are searched for the last word: more than an abbreviation has."""
_HEADING_CHARS = 80
_WRAPPED_WIDTH = range(40, 121)
_WRAPPED_LINES = 3


class Opens(IntEnum):
    """What a sentence begins, from the worst position for a passage break to the best."""

    PIECE = 0
    """The next part of an overlong sentence."""
    INTRODUCED = 1
    """Text introduced by a heading or a colon."""
    SENTENCE = 2
    PARAGRAPH = 3
    SECTION = 4


class Sentence(NamedTuple):
    """``text[start:end]``, without white space around it."""

    start: int
    end: int
    opens: Opens


class _Block(NamedTuple):
    start: int
    end: int
    opens: Opens


def sentences(text: str, rules: Rules | None = None) -> list[Sentence]:
    """All sentences of ``text`` in order; only white space is between them.

    Without ``rules``, those for English texts are used, which never change.

    >>> [(it.start, it.end) for it in sentences("The sea rises. It falls.")]
    [(0, 14), (15, 24)]
    """
    rules = rules or Rules()
    found: list[Sentence] = []
    for block in _blocks(text, rules):
        opens = block.opens
        for start, end in _split_block(text, block, rules):
            found.append(Sentence(start, end, opens))
            opens = Opens.SENTENCE
    return found


def _split_block(text: str, block: _Block, rules: Rules) -> Iterator[tuple[int, int]]:
    """The sentences of a block, window by window: sentencex needs quadratic time in some texts."""
    at = block.start
    while at < block.end:
        end = min(at + _WINDOW, block.end)
        spans = _boundaries(text, at, end, rules)
        if end < block.end:
            if len(spans) > 1:
                end = spans.pop()[0]  # the last one is read again with the following text
            else:
                end = text.rfind(" ", at + _WINDOW // 2, end) + 1 or end
                spans = [(at, end)]
        for start, stop in spans:
            piece = text[start:stop].rstrip()
            if piece:
                yield start + len(piece) - len(piece.lstrip()), start + len(piece)
        at = end


def _boundaries(text: str, start: int, end: int, rules: Rules) -> list[tuple[int, int]]:
    """The sentences of ``text[start:end]``, as offsets in ``text``."""
    try:
        found = get_sentence_boundaries(rules.code, rules.prepared(text[start:end]))
    except BaseException as error:
        if not is_panic(error):
            raise
        # A defect in its native code: treat this text as one sentence.
        return [(start, end)]
    spans = [(start + one["start_index"], start + one["end_index"]) for one in found]
    return spans if rules.abbreviations is None else _joined(text, spans, rules)


def _joined(text: str, spans: list[tuple[int, int]], rules: Rules) -> list[tuple[int, int]]:
    """The sentences, each with the following one if it ends in an abbreviation."""
    joined = spans[:1]
    for start, end in spans[1:]:
        before = joined[-1][0]
        if rules.is_abbreviated(text[max(before, start - _LAST_WORD) : start], text[start:end]):
            joined[-1] = before, end
        else:
            joined.append((start, end))
    return joined


def _blocks(text: str, rules: Rules) -> Iterator[_Block]:
    """Headings, list items and paragraphs: blocks of lines that no sentence crosses."""
    lines = [match.span() for match in _LINE.finditer(text)]
    apart = [True] + [
        _BLANK_BETWEEN.search(text, before[1], after[0]) is not None
        for before, after in pairwise(lines)
    ]
    wrapped = _is_wrapped(text, lines, apart, rules)
    opens = Opens.PARAGRAPH
    first = 0
    for i in range(len(lines)):
        following = i + 1
        if (
            following < len(lines)
            and not apart[following]
            and _continues(text, lines[i], lines[following], wrapped=wrapped)
        ):
            continue
        start, end = lines[first][0], lines[i][1]
        heading = _is_heading(text, start, end, alone=apart[first])
        yield _Block(start, end, Opens.SECTION if heading else opens)
        announces = heading or text[start:end].rstrip().endswith((":", "："))
        opens = Opens.INTRODUCED if announces else Opens.PARAGRAPH
        first = following


def _continues(text: str, line: tuple[int, int], after: tuple[int, int], *, wrapped: bool) -> bool:
    if _HASHES.match(text, *line) or _HASHES.match(text, *after) or _ITEM.match(text, *after):
        return False
    return wrapped or text[slice(*after)].lstrip()[0].islower()


def _is_wrapped(text: str, lines: list[tuple[int, int]], apart: list[bool], rules: Rules) -> bool:
    """Whether line ends occur inside sentences, as in mail and hard-wrapped files."""
    single = broken = 0
    for i in range(len(lines) - 1):
        start, end = lines[i]
        if not apart[i + 1] and not _ITEM.match(text, *lines[i + 1]):
            single += 1
            if end - start in _WRAPPED_WIDTH and not rules.end.search(text, start, end):
                broken += 1
    return broken >= _WRAPPED_LINES and broken * 2 >= single


def _is_heading(text: str, start: int, end: int, *, alone: bool) -> bool:
    if _HASHES.match(text, start, end):
        return True
    short = end - start <= _HEADING_CHARS and not any(mark in text[start:end] for mark in _BREAK)
    if not (alone and short) or _ITEM.match(text, start, end):
        return False
    return text[start:end].strip()[-1].isalnum()
