"""Candidates to a ranking: pure functions over scores and passage ids.

Ties go to the lower passage id, so that the same index and question give the same answer always.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from indexer.arrays import Ids, Scores


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scored passages: ``scores`` float32 ``(n,)`` beside ``ids`` int64 ``(n,)``, each id once."""

    scores: Scores
    ids: Ids

    def best(self, k: int) -> Self:
        """The ``k`` with the highest scores, best first."""
        order = np.lexsort((self.ids, -self.scores))[:k]
        return type(self)(self.scores[order], self.ids[order])

    def by_id(self) -> dict[int, float]:
        return dict(zip(self.ids.tolist(), self.scores.tolist(), strict=True))


_ALIKE = 1e-5
"""Cosines that differ by less say nothing of which passage is nearer."""


def merge(parts: Iterable[Candidates], k: int) -> Candidates:
    """The ``k`` best of several indexes' candidates, whose scores compare and whose ids differ."""
    kept = list(parts)
    scores = np.concatenate([part.scores for part in kept])
    ids = np.concatenate([part.ids for part in kept])
    return Candidates(scores, ids).best(k)


def scaled(cosines: Scores, typical: float) -> Scores:
    """Cosines on the scale of a question: 0 for a typical passage's, 1 for the highest."""
    spread = float(cosines.max(initial=typical)) - typical
    if spread < _ALIKE:
        return np.zeros_like(cosines)
    return ((cosines - typical) / spread).astype(np.float32)


def fuse(semantic: Candidates, lexical: Candidates, typical: float, k: int) -> Candidates:
    """The ``k`` best by the mean of the two legs' scores, each brought to the same scale.

    A convex combination of scores, which ranks better than combining ranks does (Bruch, Gai and
    Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023). For one question, 1 is
    a leg's best score; 0 is ``typical``, the semantic score of a passage picked at random, and for
    the lexical leg no word in common, which is also what a passage counts for that it did not find.
    ``semantic`` must score every passage that ``lexical`` holds.
    """
    scores = scaled(semantic.scores, typical)
    top_lexical = float(lexical.scores.max(initial=0.0))
    if top_lexical > 0:
        found = lexical.by_id()
        words = [found.get(number, 0.0) / top_lexical for number in semantic.ids.tolist()]
        scores = ((scores + np.array(words, np.float32)) / 2).astype(np.float32)
    return Candidates(scores, semantic.ids).best(k)
