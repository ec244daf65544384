"""The share of the nearest passages that an approximate index finds, compared with exact search."""

from collections.abc import Sequence

import numpy as np
import pytest

from indexer.arrays import Ids, Vectors
from search.evaluation.measured.vector_recall import Nearest, Recall, recall_against_exact

QUERIES = np.eye(2, 4, dtype=np.float32)
"""Passages 1, 2 and 3 are nearest to the first, in that order; 4, 5 and 6 to the second."""
BLOCKS = [
    (np.array([1, 4, 2], np.int64), np.array([[9, 0], [0, 9], [8, 0]], np.float32)),
    (np.array([5, 3, 6], np.int64), np.array([[0, 8], [7, 0], [0, 7]], np.float32)),
]


def finding(*found: Sequence[int]) -> Nearest:
    """An index that returns these ids for the queries, in their order."""
    answers = iter(found)

    def nearest(_: Vectors, k: int) -> Ids:
        return np.array(next(answers)[:k], np.int64)

    return nearest


def measured(*found: Sequence[int], k: int = 3) -> Recall:
    blocks = [(ids, np.pad(vectors, ((0, 0), (0, 2))) / np.float32(10)) for ids, vectors in BLOCKS]
    return recall_against_exact(finding(*found), blocks, QUERIES, k)


def test_what_is_missed_of_the_nearest_counts_and_their_order_does_not() -> None:
    assert measured([3, 1, 2], [4, 5, 6]) == Recall(3, 2, 1.0, 1.0, 1.0)
    missed = measured([1, 2, 4], [4, 5, 6])
    assert (missed.mean, missed.least, missed.perfect) == pytest.approx((5 / 6, 2 / 3, 0.5))
    assert measured([], [4, 5, 6]).least == 0


def test_a_passage_as_near_as_the_last_is_as_good_as_it() -> None:
    ids, vectors = np.arange(4), np.repeat(QUERIES[:1], 4, axis=0)
    found = recall_against_exact(finding([3, 2]), [(ids, vectors)], QUERIES[:1], 2)
    assert found.mean == 1.0


def test_fewer_passages_than_are_asked_for_are_all_there_are() -> None:
    assert measured([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], k=10).mean == 1.0
