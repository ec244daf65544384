"""The last stage: move near-copies, and too many passages of one article, behind other hits."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from itertools import chain

import numpy as np

from indexer.storing.evidence import Hashes
from search.ranking.fusion import Candidates

_SKETCH = 16
_ALIKE = 13
"""Near-copies share this many of their ``_SKETCH`` lowest word hashes: about 0.8 of all words."""


def few_of_an_article(k: int) -> int:
    """The default number of passages of one article among ``k`` hits."""
    return max(5, k // 2)


def spread_out(
    ranked: Candidates,
    article: Callable[[int], int],
    words: Callable[[int], Hashes],
    k: int,
    per_article: int,
) -> Candidates:
    """The first ``k`` candidates in order; those that are moved back come last, if there is room.

    ``article`` returns the article of a passage, ``words`` its words. The score of a candidate that
    is moved back is reduced to that of the last candidate before these, if it is higher.
    """
    kept: list[tuple[float, int]] = []
    back: list[tuple[float, int]] = []
    having: defaultdict[int, list[int]] = defaultdict(list)  # the kept ones, by a word's hash
    taken: Counter[int] = Counter()
    for score, number in zip(ranked.scores.tolist(), ranked.ids.tolist(), strict=True):
        if len(kept) == k:
            break
        if taken[article(number)] == per_article:
            back.append((score, number))
            continue
        sketch = _sketch(words(number))
        if kept and _is_near_copy(sketch, having):
            back.append((score, number))
            continue
        for word in sketch:
            having[word].append(len(kept))
        kept.append((score, number))
        taken[article(number)] += 1
    last = kept[-1][0] if kept else 0.0
    page = [*kept, *((min(score, last), number) for score, number in back)][:k]
    scores = np.array([score for score, _ in page], np.float32)
    return Candidates(scores, np.array([number for _, number in page], np.int64))


def _is_near_copy(sketch: list[int], having: Mapping[int, list[int]]) -> bool:
    """Whether a candidate shares enough of its lowest words with one of those that are kept."""
    enough = _ALIKE * len(sketch) / _SKETCH
    known = [having[word] for word in sketch if word in having]
    if len(known) < enough:  # most candidates
        return False
    return max(Counter(chain.from_iterable(known)).values(), default=0) >= enough


def _sketch(words: Hashes) -> list[int]:
    """The lowest hashes of a passage's words, each once; a word occurs once in each sentence."""
    ordered = np.sort(words)
    lowest = list(dict.fromkeys(ordered[: 4 * _SKETCH].tolist()))
    if len(lowest) < _SKETCH:
        lowest = list(dict.fromkeys(ordered.tolist()))
    return lowest[:_SKETCH]
