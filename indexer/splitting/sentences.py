"""Find where sentences, paragraphs and sections begin in a text.

sentencex finds the sentences of one block at a time (see ``rules``), so no sentence crosses a blank
line, a heading or a list item. Hard-wrapped lines form one block.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple, Self

from sentencex import get_sentence_boundaries

from indexer.errors import is_panic
from indexer.splitting.rules import Rules
from indexer.text import front_matter_end
from indexer.types import Block

_BREAK = "\n\r\f\u2028\u2029"
_LINE = re.compile(rf"(?<![^{_BREAK}])[^\S{_BREAK}]*+\S[^{_BREAK}]*")
_BLANK_BETWEEN = re.compile(r"\n[^\S\n]*\n|\r[^\S\r]*\r|[\f\u2029]")
_ITEM = re.compile(r"\s*(?:[-*+•|>]|\d{1,3}[.)])\s")
_HASHES = re.compile(r"\s{0,3}#{1,6}\s")
_WINDOW = 4000
_LAST_WORD = 40
"""How many characters are searched for the last word: more than an abbreviation has."""
_HEADING_CHARS = 80
_LINE_BY_LINE = ("table", "code")
_WRAPPED_WIDTH = range(40, 121)
_WRAPPED_LINES = 3


class Opens(IntEnum):
    """What a sentence begins, from the worst position for a passage break to the best."""

    PIECE = 0
    """The next part of an overlong sentence."""
    INTRODUCED = 1
    """Text introduced by a heading or a colon."""
    ROW = 2
    """The next row of a table, or line of code."""
    SENTENCE = 3
    PARAGRAPH = 4
    SECTION = 5


class Sentence(NamedTuple):
    """``text[start:end]``, without white space around it."""

    start: int
    end: int
    opens: Opens


class _Block(NamedTuple):
    """``is_whole``: it is one sentence, whatever it contains."""

    start: int
    end: int
    opens: Opens
    is_whole: bool = False


class _Lines(NamedTuple):
    """The lines of a part of a text, and for each whether a blank line is before it."""

    spans: list[tuple[int, int]]
    apart: list[bool]

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Self:
        found = _LINE.finditer(text[start:end])
        spans = [(start + it.start(), start + it.end()) for it in found]
        apart = [True] + [
            _BLANK_BETWEEN.search(text, before[1], after[0]) is not None
            for before, after in pairwise(spans)
        ]
        return cls(spans, apart)


def sentences(
    text: str, rules: Rules | None = None, structure: Sequence[Block] = ()
) -> list[Sentence]:
    """All sentences of ``text`` in order; only white space is between them.

    Without ``rules``, those for English texts are used, which never change. ``structure`` is what a
    reader knows of the text: a heading, a row of a table and a line of code are each one sentence.
    Where it says nothing, headings and paragraphs are told by their look.

    >>> [(it.start, it.end) for it in sentences("The sea rises. It falls.")]
    [(0, 14), (15, 24)]
    """
    rules = rules or Rules()
    found: list[Sentence] = []
    for block in _blocks(text, rules, structure):
        if block.is_whole:
            found.append(Sentence(*_bare(text, block.start, block.end), block.opens))
            continue
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
        for span in spans:
            start, stop = _bare(text, *span)
            if start < stop:
                yield start, stop
        at = end


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the white space at its ends."""
    piece = text[start:end].rstrip()
    return start + len(piece) - len(piece.lstrip()), start + len(piece)


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


def _blocks(text: str, rules: Rules, structure: Sequence[Block]) -> Iterator[_Block]:
    """Headings, list items, paragraphs, rows and lines of code: blocks that no sentence crosses."""
    headings = {it.start for it in structure if it.kind == "heading"}
    parts = [(whole, _Lines.of(text, start, end)) for start, end, whole in _parts(text, structure)]
    wrapped = _is_wrapped(text, [lines for whole, lines in parts if not whole], rules)
    opens = Opens.PARAGRAPH
    for whole, lines in parts:
        if whole:
            for start, end in lines.spans:
                yield _Block(start, end, opens, is_whole=True)
                opens = Opens.ROW
            opens = Opens.PARAGRAPH
            continue
        first = 0
        for i, line in enumerate(lines.spans):
            following = i + 1
            if (
                following < len(lines.spans)
                and not lines.apart[following]
                and _continues(text, line, lines.spans[following], wrapped=wrapped)
            ):
                continue
            start, end = lines.spans[first][0], line[1]
            is_told = start in headings
            heading = is_told or _is_heading(text, start, end, alone=lines.apart[first])
            yield _Block(start, end, Opens.SECTION if heading else opens, is_whole=is_told)
            announces = heading or text[start:end].rstrip().endswith((":", "："))
            opens = Opens.INTRODUCED if announces else Opens.PARAGRAPH
            first = following


def _parts(text: str, structure: Sequence[Block]) -> Iterator[tuple[int, int, bool]]:
    """The start and end of each part of a text, and whether it is a table or code.

    Front matter is a part of its own, so that no sentence of the article begins in it.
    """
    at = front_matter_end(text)
    if at:
        yield 0, at, False
    for it in structure:
        if it.kind in _LINE_BY_LINE:
            yield at, it.start, False
            yield it.start, it.end, True
            at = it.end
    yield at, len(text), False


def _continues(text: str, line: tuple[int, int], after: tuple[int, int], *, wrapped: bool) -> bool:
    if _HASHES.match(text, *line) or _HASHES.match(text, *after) or _ITEM.match(text, *after):
        return False
    return wrapped or text[slice(*after)].lstrip()[0].islower()


def _is_wrapped(text: str, parts: Sequence[_Lines], rules: Rules) -> bool:
    """Whether line ends occur inside sentences, as in mail and hard-wrapped files."""
    single = broken = 0
    for lines in parts:
        for i, (start, end) in enumerate(lines.spans[:-1]):
            if not lines.apart[i + 1] and not _ITEM.match(text, *lines.spans[i + 1]):
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
