"""The words of a collection, among which those near a mistyped word are found.

A word with few errors has nearly the same letters: a letter that is left out or added changes the
set of letters by one at most, a replaced one by two, and two swapped ones by none. So each word's
letters are 32 bits, and only words whose bits differ in few places are compared by their edit
distance. Of 148,000 words, a typed word is then compared with some hundred: a tenth of the time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

_Bits = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, the shortest first, with the frequency and the letters of each.

    The words with ``n`` letters are those from ``begins[n]`` to ``begins[n + 1]``.
    """

    words: Sequence[str]
    frequencies: Sequence[int]
    letters: _Bits
    begins: Sequence[int]

    @classmethod
    def of(cls, counted: Iterable[tuple[str, int]]) -> Self:
        """The words and the number of passages that contain each.

        >>> list(Vocabulary.of([("prison", 4), ("person", 9)]).near("prisn", 1))
        [('prison', 1, 4)]
        """
        ordered = sorted(counted, key=lambda it: len(it[0]))
        words = [word for word, _ in ordered]
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        begins = np.searchsorted(lengths, np.arange(lengths[-1] + 2 if words else 1)).tolist()
        return cls(words, [often for _, often in ordered], _letters(words, lengths), begins)

    def near(self, typed: str, errors: int) -> Iterator[tuple[str, int, int]]:
        """The words with at most so many ``errors``, and the errors and frequency of each."""
        from rapidfuzz import process  # a question without an unknown word does not need it
        from rapidfuzz.distance import OSA

        bits = _letters([typed], np.array([len(typed)]))
        for length in range(len(typed) - errors, len(typed) + errors + 1):
            if not 0 < length < len(self.begins) - 1:
                continue
            start, end = self.begins[length], self.begins[length + 1]
            differ = np.bitwise_count(self.letters[start:end] ^ bits)
            most = 2 * errors - abs(length - len(typed))
            places = (start + np.flatnonzero(differ <= most)).tolist()
            alike = [self.words[place] for place in places]
            for word, distance, at in process.extract(
                typed, alike, scorer=OSA.distance, score_cutoff=errors, limit=None
            ):
                yield word, distance, self.frequencies[places[at]]


def _letters(words: Sequence[str], lengths: npt.NDArray[np.int64]) -> _Bits:
    """The letters of each word, one bit for all whose code points have the same last five bits."""
    if not words:
        return np.zeros(0, np.uint32)
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    firsts = np.cumsum(lengths) - lengths
    return np.bitwise_or.reduceat(np.uint32(1) << (codes & 31), firsts)
