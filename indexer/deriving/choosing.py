"""Choose how many clusters a search reads, by comparing it with exact search when it is built.

The questions must be fair. Real questions are farther from passages than passages are from each
other, so passages as questions would promise too much. Each question here is the mean of three
passages. Such points lie among all that the collection is about, but in no cluster of it, about as
far from their nearest passages as real questions: with the default model the first and the tenth
have cosines of 0.65 and 0.51, those of real questions 0.59 and 0.52.

Measured with 280,000 vectors in 2,116 clusters, for 0.99 of the ten nearest: clusters to read, and
the recall if only the codes are to blame.

========================================  ========  ======
questions                                 clusters  codes
========================================  ========  ======
200 real ones                             220       1.000
passages with noise, at a cosine of 0.9   94        1.000
passages with noise, at a cosine of 0.57  209       0.977
means of two passages                     109       1.000
means of three passages                   324       1.000
========================================  ========  ======
"""

from collections.abc import Callable

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.deriving.clusters import Clusters
from indexer.types import SearchDepth

_RECALL = 0.99
_DEEP = 10
_QUESTIONS = 400
_OF = 3
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
    """Each the mean of passages from different parts of the index."""
    count = min(size, _QUESTIONS)
    chosen = np.linspace(0, size - 1, count).astype(np.int64).tolist()
    passages = np.concatenate([read(at, at + 1) for at in chosen])
    sums = sum(np.roll(passages, turn * count // _OF, axis=0) for turn in range(_OF))
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
