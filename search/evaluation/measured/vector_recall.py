"""The recall of an approximate vector index, compared with exact search over stored vectors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Vectors

Nearest = Callable[[Vectors, int], Ids]
"""A query vector ``(dimension,)`` and k to the ids of approximately the k nearest passages."""

_ROUNDING = 1e-4
"""Scores closer than this are equal: sums of float16 values depend on their order."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall at ``k``: the share of the k nearest passages that was found, from 0 to 1.

    ``mean`` is the mean over the queries and ``least`` the lowest value. ``perfect`` is the share
    of queries for which all k were found.

    >>> Recall(k=10, queries=200, mean=0.998, least=0.9, perfect=0.985).mean
    0.998
    """

    k: int
    queries: int
    mean: float
    least: float
    perfect: float

    def __str__(self) -> str:
        return (
            f"finds {self.mean:.2%} of the {self.k} nearest passages ({self.queries:,} queries;"
            f" worst query {self.least:.0%}, {self.perfect:.1%} of the queries complete)"
        )


def recall_against_exact(
    nearest: Nearest, blocks: Iterable[tuple[Ids, Vectors]], queries: Vectors, k: int = 10
) -> Recall:
    """Compare ``nearest`` with exact search over ``blocks``, the vectors of a snapshot.

    ``nearest`` is ``lambda query, k: index.search(query, k)[1]`` for a ``VectorIndex``, or
    ``lambda query, k: generation.by_meaning(query, k).ids`` for what a searcher considers.
    ``queries`` is float32 ``(n, dimension)``. A passage that is as near as the k-th counts as
    found too, so any of several duplicates will do. Reads the vectors once, one block at a time.

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
        there = nearest[np.isfinite(nearest)]  # fewer than k if there are fewer passages
        if len(there):
            right = np.count_nonzero(scores >= there.min() - _ROUNDING)
            shares.append(min(1.0, right / len(there)))
    return np.array(shares, np.float64)
