"""What differs between two texts, word by word.

The words that both have in the same order are their longest common subsequence, which rapidfuzz
finds. A single word between two changes says little, so it belongs to the change: a diff then reads
as phrases.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from indexer.text import one_line
from indexer.types import Span

_SPACELESS = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_LETTER = (
    rf"(?:(?![{_SPACELESS}])[\w\u0300-\u036f\u0483-\u0489\u0591-\u167f\u1681-\u1cff\u200c\u200d])"
)
_WORD = re.compile(rf"[{_SPACELESS}]|{_LETTER}+(?:['\u2019.-]{_LETTER}+)*|\S")
"""A word with its marks, a letter of a script without spaces, or a punctuation mark."""
MOST_WORDS = 10_000
"""Of a longer text, only the first so many words are compared: that takes 25 MB at most."""
_SHORTEST = 2
"""Fewer words between two changes belong to the change."""
_AROUND = 4
"""Words that a diff shows before and after a change."""
_LONGEST = 60
"""Words of one removed or added phrase that a diff shows."""
_CUT = "…"


class Run(NamedTuple):
    """Words of an old text that a new one keeps, or has other words instead of.

    They are the words ``start`` to ``end`` of the old text and ``new_start`` to ``new_end`` of the
    new one, counted from 0.
    """

    is_kept: bool
    start: int
    end: int
    new_start: int
    new_end: int


def word_spans(text: str) -> Iterator[Span]:
    """Where each word of a text is.

    >>> [text[start:end] for text in ["Don't, said 東京."] for start, end in word_spans(text)]
    ["Don't", ',', 'said', '東', '京', '.']
    """
    return (Span(*found.span()) for found in _WORD.finditer(text))


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)


def aligned(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """Kept and changed runs of words in turn, from the numbers that stand for the words."""
    from rapidfuzz.distance import LCSseq

    return _joined(
        Run(part.tag == "equal", part.src_start, part.src_end, part.dest_start, part.dest_end)
        for part in LCSseq.opcodes(old, new)
    )


def runs(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """The same as people read them: a single word between two changes belongs to the change.

    >>> [run for run in runs([1, 2, 3, 4], [1, 2, 5, 4]) if not run.is_kept]
    [Run(is_kept=False, start=2, end=3, new_start=2, new_end=3)]
    """
    return _joined(_phrases(aligned(old, new)))


def diff(old: str, new: str) -> str:
    """The changes from one text to another, with some words around each, on one line.

    >>> diff("Rivers carry salt to the sea.", "Rivers carry fine sand to the sea.")
    'Rivers carry [-salt-]{+fine sand+} to the sea.'
    >>> diff("The sea is salt.", "Sea is salt.")
    '[-The sea-]{+Sea+} is salt.'
    """
    before, after = (list(islice(word_spans(text), MOST_WORDS)) for text in (old, new))
    numbers: dict[str, int] = {}
    as_numbers = [
        [numbers.setdefault(text[start:end], len(numbers)) for start, end in spans]
        for text, spans in ((old, before), (new, after))
    ]
    found = runs(*as_numbers)
    shown = []
    for at, run in enumerate(found):
        removed, added = before[run.start : run.end], after[run.new_start : run.new_end]
        if run.is_kept:
            head = 0 if at == 0 else _AROUND
            tail = 0 if at == len(found) - 1 else _AROUND
            # A text that begins with a change has no white space before what is kept after it.
            space = _space_before(new, added) or _space_before(old, removed)
            shown.append(space + _without_middle(new, added, head, tail))
            continue
        first = (old, removed) if removed else (new, added)
        shown.append(_space_before(*first))
        if removed:
            shown.append(f"[-{_shortened(old, removed)}-]")
        if added:
            shown.append(f"{{+{_shortened(new, added)}+}}")
    return one_line("".join(shown))


def _phrases(found: Sequence[Run]) -> Iterator[Run]:
    """The runs, with those that are too short between two changes as changes."""
    last = len(found) - 1
    for at, run in enumerate(found):
        is_short = 0 < at < last and run.end - run.start < _SHORTEST
        yield run._replace(is_kept=run.is_kept and not is_short)


def _joined(found: Iterable[Run]) -> list[Run]:
    """The runs, with neighbours of the same kind as one, and without empty ones."""
    joined: list[Run] = []
    for run in found:
        if run.start == run.end and run.new_start == run.new_end:
            continue
        if joined and joined[-1].is_kept == run.is_kept:
            joined[-1] = joined[-1]._replace(end=run.end, new_end=run.new_end)
        else:
            joined.append(run)
    return joined


def _space_before(text: str, spans: Sequence[Span]) -> str:
    """A space if there is white space before the first of these words."""
    start = spans[0].start
    return " " if text[start - 1 : start].isspace() else ""


def _shortened(text: str, spans: Sequence[Span]) -> str:
    if len(spans) <= _LONGEST:
        return text[spans[0].start : spans[-1].end]
    return _without_middle(text, spans, _LONGEST // 2, _LONGEST // 2)


def _without_middle(text: str, spans: Sequence[Span], head: int, tail: int) -> str:
    """The text of these words; between the first and the last of them are dots if it is long."""
    if len(spans) <= head + tail + 1:
        return text[spans[0].start : spans[-1].end]
    first = f"{text[spans[0].start : spans[head - 1].end]} " if head else ""
    last = f" {text[spans[-tail].start : spans[-1].end]}" if tail else ""
    return f"{first}{_CUT}{last}"
