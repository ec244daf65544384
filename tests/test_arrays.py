"""The arrays that are passed around have the types that their names promise."""

from pathlib import Path
from typing import Any, get_args

import numpy as np

from indexer.arrays import Ids, Scores, Vectors
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.vectors import VectorIndex
from indexer.storing.store import Store
from tests.hashing import DIMENSION, HashingEncoder


def type_of(alias: object) -> Any:
    """The type of one element, as the alias declares it."""
    (scalar,) = get_args(get_args(alias)[1])
    return scalar


def test_the_aliases_declare_float32_and_int64() -> None:
    assert (type_of(Vectors), type_of(Scores), type_of(Ids)) == (np.float32, np.float32, np.int64)


def test_vectors_of_an_index_are_float32_of_length_1_and_ids_are_int64(small_index: Path) -> None:
    with Store(small_index) as store, store.snapshot() as (state, snapshot):
        ((ids, vectors),) = snapshot.vectors()
        assert vectors.shape == (state.passages, DIMENSION)
        assert (ids.dtype, vectors.dtype) == (type_of(Ids), type_of(Vectors))
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        assert snapshot.dead(99).dtype == snapshot.under(".").dtype == type_of(Ids)


def test_both_kinds_of_search_return_float32_scores_and_int64_ids() -> None:
    encoder = HashingEncoder()
    vectors = encoder.encode_passages(["owls hunt", "bats fly"])
    by_meaning = VectorIndex.build([(np.array([4, 7]), vectors)], DIMENSION, 2)
    by_words = LexicalIndex.in_memory([(4, "owls hunt"), (7, "bats fly")], "english")
    query = encoder.encode_query("owls")
    assert (query.shape, query.dtype) == ((DIMENSION,), type_of(Vectors))
    for scores, ids in (
        by_meaning.search(query, 2),
        by_meaning.search(query, 2, allowed=np.empty(0, np.int64)),
        by_words.search("owls", 2),
        by_words.search("nothing", 2),
    ):
        assert (scores.dtype, ids.dtype) == (type_of(Scores), type_of(Ids))
        assert scores.shape == ids.shape
