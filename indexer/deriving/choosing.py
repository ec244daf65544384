"""Choose how many clusters a search reads, by comparing it with exact search when it is built.

The questions must be fair. Real questions are farther from passages than passages are from each
other, so passages as questions would promise too much. Each question here is a passage, with 0.7 of
another and half of a third. It lies among what the collection is about, but in no cluster of it.

Measured with 1,000 real questions, sentences that the vectors did not contain, and 280,000 vectors
in 2,116 clusters: so many clusters must be read to find this share of the ten nearest passages.

==========================  ====  ====  ====
questions                   0.97  0.98  0.99
==========================  ====  ====  ====
real                        128   177   276
1 : 0.7 : 0.5               120   171   272
1 : 0.8 : 0.3               106   144   190
1 : 0.6, without a third    103   147   219
means of two passages       69    93    154
==========================  ====  ====  ====

Passages with noise as long as real questions are far (a cosine of 0.6) are as fair to the clusters,
but not to the codes: nothing is near such a point, so that codes would have to tell apart what
differs by hundredths.
"""

from collections.abc import Callable

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.deriving.clusters import Clusters
from indexer.types import SearchDepth

_RECALL = 0.995
"""More than 0.99, because the questions only resemble real ones."""
_DEEP = 10
_QUESTIONS = 500
_WEIGHTS = (1.0, 0.7, 0.5)
_BLOCK = 8192
_TINY = 1e-9
_MORE = 1.1
_TRIES = 5
"""If the recall is too low, so many times as many clusters are read, and so often: more do not help
if it is the codes that miss the nearest passages."""


def choose(
    clusters: Clusters, read: Callable[[int, int], Vectors], size: int, near: int
) -> SearchDepth:
    """Set how many clusters a search for ``near`` candidates reads.

    ``read(start, stop)`` returns vectors in the clusters, of which there are ``size``.
    """
    questions = _questions(read, size)
    right = _nearest(questions, read, size)
    ranks = _ranks(clusters, questions, right)
    probes = int(np.quantile(ranks, _RECALL)) + 1
    for _ in range(_TRIES):
        clusters.chosen(probes)
        found = [
            np.isin(those, clusters.nearest(question, near)).mean()
            for question, those in zip(questions, right, strict=True)
        ]
        recall = float(np.mean(found))
        if recall >= _RECALL or clusters.probes == clusters.count:
            break
        probes = int(probes * _MORE) + 1
    return SearchDepth(clusters.count, clusters.probes, round(recall, 4), len(questions))


def _questions(read: Callable[[int, int], Vectors], size: int) -> Vectors:
    """Each a weighted sum of three passages from different parts of the index."""
    count = min(size, _QUESTIONS)
    chosen = np.linspace(0, size - 1, count).astype(np.int64).tolist()
    passages = np.concatenate([read(at, at + 1) for at in chosen])
    sums = sum(
        weight * np.roll(passages, turn * count // len(_WEIGHTS), axis=0)
        for turn, weight in enumerate(_WEIGHTS)
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    questions: Vectors = (sums / np.maximum(lengths, _TINY)).astype(np.float32)
    return questions


def _nearest(questions: Vectors, read: Callable[[int, int], Vectors], size: int) -> Ids:
    """The positions of the ``_DEEP`` nearest vectors of each question, in no order."""
    best = np.full((len(questions), min(_DEEP, size)), -2, np.float32)
    places = np.zeros(best.shape, np.int64)
    for start in range(0, size, _BLOCK):
        block = read(start, min(size, start + _BLOCK))
        scores = questions @ block.T
        for at in np.flatnonzero(scores.max(axis=1) > best.min(axis=1)).tolist():
            better = np.flatnonzero(scores[at] > best[at].min())
            both = np.concatenate([best[at], scores[at, better]])
            kept = np.argpartition(-both, best.shape[1] - 1)[: best.shape[1]]
            places[at] = np.concatenate([places[at], better + start])[kept]
            best[at] = both[kept]
    return places


def _ranks(clusters: Clusters, questions: Vectors, right: Ids) -> Ids:
    """The rank of the cluster of each of the nearest vectors, from 0 for the nearest cluster."""
    of_each = clusters.of_each
    ranks = np.empty(right.shape, np.int64)
    for at, question in enumerate(questions):
        _, order = clusters.ordered(question)
        place = np.empty(clusters.count, np.int64)
        place[order] = np.arange(clusters.count)
        ranks[at] = place[of_each[right[at]]]
    return ranks
