"""Candidates to a ranking: pure functions over scores and passage ids.

Ties go to the lower passage id, so that the same index and question give the same answer always.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from indexer.vectors import Ids, Scores


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scored passages of one leg: ``scores`` float32 ``(n,)`` beside ``ids`` int64 ``(n,)``."""

    scores: Scores
    ids: Ids


def merge(parts: Iterable[Candidates], k: int) -> Candidates:
    """The ``k`` best of several indexes' candidates whose scores are comparable and ids distinct."""
    kept = list(parts)
    scores = np.concatenate([part.scores for part in kept])
    ids = np.concatenate([part.ids for part in kept])
    best = np.lexsort((ids, -scores))[:k]
    return Candidates(scores[best], ids[best])
