"""How much an approximate vector index misses, against exact search over the stored vectors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Vectors

Nearest = Callable[[Vectors, int], Ids]
"""A query vector ``(dimension,)`` and k to the ids of about the nearest passages."""

_ROUNDING = 1e-4
"""Scores closer than this are equal: float16 vectors, added up in another order."""


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of the ``k`` nearest that was found: its mean over the queries, and the least.

    ``perfect`` is the share of the queries for which nothing was missed.
    """

    k: int
    queries: int
    mean: float
    least: float
    perfect: float

    def __str__(self) -> str:
        return (
            f"{self.mean:.4f} of the {self.k} nearest passages found, over {self.queries:,} queries"
            f" (the least {self.least:.2f}; all of them for {self.perfect:.1%})"
        )


def recall_against_exact(
    nearest: Nearest, blocks: Iterable[tuple[Ids, Vectors]], queries: Vectors, k: int = 10
) -> Recall:
    """Compare ``nearest`` with exact search over ``blocks``, the vectors a snapshot gives.

    ``nearest`` is ``lambda query, k: index.search(query, k)[1]`` for a ``VectorIndex``, or
    ``lambda query, k: generation.by_meaning(query, k, None).ids`` for all that a searcher looks
    at. ``queries`` is float32 ``(n, dimension)``. A passage as near as the k-th is as good as it:
    of duplicates, any will do. One pass over the vectors, a block in memory at a time.

    >>> recall = recall_against_exact(nearest, snapshot.vectors(), queries, k=10)
    >>> recall.mean
    """
    found = [np.sort(nearest(query, k)) for query in queries]
    best = np.full((len(queries), k), -np.inf, np.float32)
    scores_of_found = [np.full(len(ids), -np.inf, np.float32) for ids in found]
    for ids, vectors in blocks:
        scores = queries @ vectors.T
        joined = np.concatenate([best, scores], axis=1)
        best = -np.partition(-joined, k - 1, axis=1)[:, :k]
        for row, wanted in enumerate(found):
            _, here, there = np.intersect1d(wanted, ids, return_indices=True)
            scores_of_found[row][here] = scores[row, there]
    shares = _shares(best, scores_of_found)
    return Recall(
        k,
        len(queries),
        float(shares.mean()) if len(shares) else 1.0,
        float(shares.min(initial=1.0)),
        float((shares == 1).mean()) if len(shares) else 1.0,
    )


def _shares(
    best: npt.NDArray[np.float32], found: Iterable[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float64]:
    shares = []
    for nearest, scores in zip(best, found, strict=True):
        there = nearest[np.isfinite(nearest)]  # fewer than k where there are fewer passages
        if len(there):
            right = np.count_nonzero(scores >= there.min() - _ROUNDING)
            shares.append(min(1.0, right / len(there)))
    return np.array(shares, np.float64)
