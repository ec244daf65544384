"""Turn candidates into a ranking: pure functions over scores and passage ids.

Of equal scores the lower passage id comes first, so the same question to the same index always has
the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from indexer.arrays import Ids, Scores


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scored passages: ``scores`` float32 ``(n,)`` and ``ids`` int64 ``(n,)``, without repeats."""

    scores: Scores
    ids: Ids

    def best(self, k: int) -> Self:
        """The ``k`` with the highest scores, best first."""
        order = np.lexsort((self.ids, -self.scores))[:k]
        return type(self)(self.scores[order], self.ids[order])

    def by_id(self) -> dict[int, float]:
        return dict(zip(self.ids.tolist(), self.scores.tolist(), strict=True))


_ALIKE = 1e-5
"""Cosines that differ by less are equal: they do not show which passage is nearer."""


def merge(parts: Iterable[Candidates], k: int) -> Candidates:
    """The ``k`` best candidates of several indexes with comparable scores and different ids."""
    return joined(*parts).best(k)


def joined(*parts: Candidates) -> Candidates:
    """All candidates of several indexes with comparable scores and different ids, in no order."""
    scores = np.concatenate([part.scores for part in parts])
    return Candidates(scores, np.concatenate([part.ids for part in parts]))


def scaled(cosines: Scores, typical: float) -> Scores:
    """Cosines on the scale of one question: 0 for a typical passage, 1 for the highest."""
    spread = float(cosines.max(initial=typical)) - typical
    if spread < _ALIKE:
        return np.zeros_like(cosines)
    return ((cosines - typical) / spread).astype(np.float32)


def weighted(meaning: Scores, words: Scores, share: float) -> Scores:
    """The mean of scores by meaning, with the weight ``share``, and by words, with the rest."""
    return (share * meaning + (1 - share) * words).astype(np.float32)


def fuse(
    semantic: Candidates, lexical: Candidates, typical: float, k: int, share: float = 0.5
) -> Candidates:
    """The ``k`` best by the weighted mean of both legs' scores, brought to the same scale.

    A convex combination of scores ranks better than a combination of ranks (Bruch, Gai and Ingber,
    "An Analysis of Fusion Functions for Hybrid Retrieval", 2023). On the scale of a question, 1 is
    the best score of a leg. 0 is, for the semantic leg, ``typical``, the score of a random passage;
    for the lexical leg, a passage that has no word of the question or was not found. ``share`` is
    the weight of the semantic leg, see ``indexer.deriving.legibility``. ``semantic`` must score
    every passage that ``lexical`` contains.
    """
    scores = scaled(semantic.scores, typical)
    top_lexical = float(lexical.scores.max(initial=0.0))
    if top_lexical > 0:
        words = _scores_of(lexical, semantic.ids).astype(np.float64) / top_lexical
        scores = weighted(scores, words.astype(np.float32), share)
    return Candidates(scores, semantic.ids).best(k)


def _scores_of(candidates: Candidates, ids: Ids) -> Scores:
    """The score of each of these passages; 0 for those that are no candidates."""
    order = np.argsort(candidates.ids)
    there = candidates.ids[order]
    nearest = np.searchsorted(there[:-1], ids)
    found: Scores = candidates.scores[order][nearest] * (there[nearest] == ids)
    return found
