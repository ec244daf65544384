"""The first candidates for a question: a leg is a search by meaning or by words.

Each leg gives its candidates with their scores. The fusion makes one ranking of both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from indexer.arrays import Ids, Vectors
from search.limits import MAX_K, Mode
from search.ranking.at_once import both
from search.ranking.explanation import StageRanking
from search.ranking.filters import Filter
from search.ranking.fusion import Candidates, fuse, joined
from search.ranking.generation import Generation

DEPTH = 100
"""Candidates that the fusion takes from each leg: more did not change the ranking measurably."""
DEEP = 1000
"""Candidates of each leg that an explanation examines."""
_LARGE = 20_000
"""With so many passages both legs run at once. In fewer, each takes less than a millisecond.

On two cores a question to 270,000 abstracts takes 0.75 of the time.
"""


@dataclass(frozen=True, slots=True)
class Legs:
    """The candidates of each leg that was used, with its scores, and one ranking of all."""

    semantic: Candidates
    lexical: Candidates
    typical: float
    """The zero of the semantic scale, see ``ranking.fuse``."""
    share: float
    """The weight of the semantic leg beside the lexical one."""
    fused: Candidates
    rescored: int
    """How many candidates are re-scored, and read by a reranker."""

    def ranked(self) -> Candidates:
        """All candidates of the legs in one order, which begins with ``fused``."""
        if len(self.semantic.ids) and len(self.lexical.ids):
            return fuse(self.semantic, self.lexical, self.typical, 2 * MAX_K, self.share)
        return self.fused


def legs_of(
    generation: Generation,
    question: str,
    vector: Vectors | None,
    k: int,
    mode: Mode,
    wanted: Filter,
    share: float,
    nearest: Callable[[Vectors, int], Candidates],
    *,
    is_alone: bool,
) -> Legs:
    """The first candidates for a question with ``k`` hits, by meaning, by words, or by both.

    ``nearest`` searches by meaning. ``is_alone`` says that no other question is being answered.
    """
    rescored = generation.tuning.candidates
    size = max(k, rescored)
    none = Candidates(np.empty(0, np.float32), np.empty(0, np.int64))
    if vector is None:
        lexical = generation.by_words(question, size, wanted)
        return Legs(none, lexical, 0.0, share, lexical, rescored)
    if mode == "semantic":
        semantic = nearest(vector, size)
        return Legs(semantic, none, 0.0, share, semantic, rescored)
    depth = max(size, DEPTH)
    by_meaning = partial(nearest, vector, depth)
    by_words = partial(generation.by_words, question, depth, wanted)
    at_once = is_alone and generation.state.passages >= _LARGE
    near, lexical = both(by_meaning, by_words) if at_once else (by_meaning(), by_words())
    others = generation.meaning.scores_of(vector, _outside(lexical.ids, near.ids))
    semantic = joined(near, others)
    # If all passages are candidates, the last one is a typical passage.
    few = 0 < len(near.scores) < depth
    typical = float(near.scores[-1]) if few else generation.meaning.typical(vector)
    fused = fuse(semantic, lexical, typical, size, share)
    return Legs(semantic, lexical, typical, share, fused, rescored)


def deep_legs(
    generation: Generation,
    question: str,
    vector: Vectors | None,
    mode: Mode,
    *,
    exact: bool = False,
) -> tuple[StageRanking, ...]:
    """The first ``DEEP`` candidates of each leg that is used, with the name of its stage."""
    legs = {}
    if vector is not None:
        legs["semantic leg"] = generation.by_meaning(vector, DEEP, exact=exact)
    if mode != "semantic":
        legs["lexical leg"] = generation.by_words(question, DEEP)
    return tuple(StageRanking(stage, found, DEPTH) for stage, found in legs.items())


def _outside(ids: Ids, others: Ids) -> Ids:
    """The ``ids`` that are not among ``others``, sorted."""
    if not len(others):
        return np.sort(ids)
    there = np.sort(others)
    nearest = np.searchsorted(there[:-1], ids)
    return np.sort(ids[there[nearest] != ids])
