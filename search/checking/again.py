"""Find a text in an article again: as it was, with other white space, or the most similar place.

A text that was reworded is found by its rare words. Each place of one suggests where the text may
begin; where most of them agree, the words are aligned. That takes time in proportion to the
article once, and then for each text in proportion to the places of its rare words.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from indexer.types import Span
from search.checking.rewording import MOST_WORDS, Run, aligned, runs, word_spans, words

_Places = npt.NDArray[np.int64]
_Weights = npt.NDArray[np.float64]

LEAST = 0.4
"""The share of a text's letters, in words that are kept, from which it has changed and is not gone.

In SQuAD's articles, the place most similar to a passage of four sentences that was cut out has 0.11
at most for 99 of 100; for a single sentence it is 0.29 for 95 of 100. If each fifth word of a
passage is replaced by another, 0.61 or more are left.
"""
_RARE = 200
"""Places of a word of which each is looked at, at most."""
_TRIED = 1_000
"""Places of a word where a text could begin, that are compared at most."""
_AROUND = 8
"""Words before and after the most likely place that are aligned too."""
_NEXT = 3
"""Runs of kept words at both ends of a place that may be next to the text's first or last word."""
_UNRELATED = 0.5
"""What a letter of the article counts that the text does not have, against one that it has."""


def exactly(text: str, cited: str, near: int) -> int | None:
    """Where ``text`` contains ``cited``: the start that is nearest to ``near``; None if it doesn't.

    Takes linear time. (``str.rfind`` would not.)

    >>> exactly("salt, salt and salt", "salt", 7)
    6
    """
    later = text.find(cited, near)
    head = text[: near + len(cited) - 1]
    back = head[::-1].find(cited[::-1])
    starts = [later] if later >= 0 else []
    if back >= 0:
        starts.append(len(head) - back - len(cited))
    return min(starts, key=lambda start: abs(start - near), default=None)


class ArticleWords:
    r"""The words of an article's text, in which passages are looked for.

    >>> ArticleWords("Rivers carry salt\nto the sea.").but_for_space("carry salt to the", 0)
    Span(start=7, end=24)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._numbers: dict[str, int] = {}
        numbers, starts, ends = array("I"), array("I"), array("I")
        for start, end in word_spans(text):
            numbers.append(self._numbers.setdefault(text[start:end], len(self._numbers)))
            starts.append(start)
            ends.append(end)
        self._starts, self._ends = starts, ends
        self._words = np.array(numbers, np.int64)
        self._order = np.argsort(self._words, kind="stable")
        self._bounds = np.searchsorted(
            self._words[self._order], np.arange(len(self._numbers) + 1)
        ).tolist()

    def but_for_space(self, cited: str, near: int) -> Span | None:
        """Where the article has the words of ``cited``, but for white space, nearest to ``near``.

        None if it has them nowhere.
        """
        wanted = np.array(self._numbered(words(cited)), np.int64)
        if not len(wanted) or wanted.min() < 0:
            return None
        rarest = min(range(len(wanted)), key=lambda at: len(self._places(int(wanted[at]))))
        begins = self._places(int(wanted[rarest])) - rarest
        here = bisect_left(self._starts, near)
        nearest = begins[np.argsort(np.abs(begins - here), kind="stable")[:_TRIED]]
        for begin in nearest.tolist():
            if begin >= 0 and np.array_equal(self._words[begin : begin + len(wanted)], wanted):
                return self._span(begin, begin + len(wanted))
        return None

    def most_similar(self, cited: str, near: int) -> tuple[Span, float]:
        """The place that is most similar to ``cited``, and the share of it that is kept there.

        Of several equally likely ones, that nearest to ``near``.
        """
        texts = words(cited)[:MOST_WORDS]
        wanted = self._numbered(texts)
        letters = [len(word) for word in texts]
        region = self._region(wanted, letters, near)
        here = self._words[region.start : region.end].tolist()
        lengths = [self._ends[at] - self._starts[at] for at in range(region.start, region.end)]
        found = _best_part(aligned(wanted, here), letters, lengths)
        if not found:
            return Span(0, 0), 0.0
        best = _grown(found, wanted, here)
        part = here[best.start : best.end]
        kept = sum(sum(letters[run.start : run.end]) for run in runs(wanted, part) if run.is_kept)
        place = self._span(region.start + best.start, region.start + best.end)
        return place, kept / sum(letters)

    def _numbered(self, texts: Sequence[str]) -> list[int]:
        """The number of each word; a negative one if the article does not have it."""
        return [self._numbers.get(word, -1) for word in texts]

    def _places(self, number: int) -> _Places:
        """Where a word occurs: its places among the words, ascending."""
        return self._order[self._bounds[number] : self._bounds[number + 1]]

    def _span(self, start: int, end: int) -> Span:
        return Span(self._starts[start], self._ends[end - 1])

    def _region(self, wanted: Sequence[int], letters: Sequence[int], near: int) -> Span:
        """The words of the article among which most rare words of the text are together."""
        begins: list[_Places] = []
        weights: list[_Weights] = []
        for at, number in enumerate(wanted):
            places = self._places(number) if number >= 0 else self._order[:0]
            if 0 < len(places) <= _RARE:
                begins.append(places - at)
                weights.append(np.full(len(places), letters[at] / len(places)))
        if not begins:
            return Span(0, 0)
        begin, weight = np.concatenate(begins), np.concatenate(weights)
        order = np.argsort(begin, kind="stable")
        begin, summed = begin[order], np.concatenate(([0.0], np.cumsum(weight[order])))
        last = np.searchsorted(begin, begin + len(wanted))
        score = summed[last] - summed[:-1]
        # Sums of the same weights in another order differ in their last digits.
        likely = np.flatnonzero(score >= score.max() * (1 - 1e-9))
        here = bisect_left(self._starts, near)
        best = int(likely[np.argmin(np.abs(begin[likely] - here))])
        start, end = int(begin[best]), int(begin[last[best] - 1]) + len(wanted)
        return Span(max(0, start - _AROUND), min(len(self._words), end + _AROUND))


def _best_part(
    found: Sequence[Run], letters: Sequence[int], lengths: Sequence[int]
) -> Sequence[Run]:
    """The runs of the part that is similar to a text, without those before and after it.

    It is the part with the largest sum, where what is kept counts for it and what is not against.
    """
    best, best_sum = slice(0, 0), 0.0
    start, total = 0, 0.0
    for at, gain in enumerate(_gains(found, letters, lengths)):
        if total <= 0:
            start, total = at, 0.0
        total += gain
        if total > best_sum:
            best, best_sum = slice(start, at + 1), total
    return found[best]


def _grown(part: Sequence[Run], wanted: Sequence[int], here: Sequence[int]) -> Span:
    """The words of a part, with those beside it that the text has there too.

    The text's first and last words may have been aligned with the same words further away. So they
    are looked for beside the next words too.
    """
    kept = [run for run in part if run.is_kept]
    start = end = 0
    for run in kept[:_NEXT]:  # the last that reaches the first word is the nearest
        old, new = run.start, run.new_start
        while old and new and wanted[old - 1] == here[new - 1]:
            old, new = old - 1, new - 1
        if old <= kept[0].start:
            start = new
    for run in reversed(kept[-_NEXT:]):
        old, new = run.end, run.new_end
        while old < len(wanted) and new < len(here) and wanted[old] == here[new]:
            old, new = old + 1, new + 1
        if old >= kept[-1].end:
            end = new
    return Span(start, end)


def _gains(found: Sequence[Run], letters: Sequence[int], lengths: Sequence[int]) -> Iterator[float]:
    for run in found:
        if run.is_kept:
            yield sum(letters[run.start : run.end])
        else:
            yield -_UNRELATED * sum(lengths[run.new_start : run.new_end])
