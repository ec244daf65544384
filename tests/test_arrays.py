"""The arrays that are passed around have the types that their names promise."""

from pathlib import Path

import numpy as np

from indexer.deriving.analysis import Analyzer
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.vectors import VectorIndex
from indexer.storing.store import Store
from indexer.types import Facets
from tests.hashing import DIMENSION, HashingEncoder


def test_vectors_of_an_index_are_float32_of_length_1_and_ids_are_int64(small_index: Path) -> None:
    with Store(small_index) as store, store.snapshot() as (state, snapshot):
        ((ids, vectors),) = snapshot.vectors()
        assert vectors.shape == (state.passages, DIMENSION)
        assert (ids.dtype, vectors.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        assert snapshot.dead(99).dtype == snapshot.matching(Facets(".")).dtype == np.int64


def test_both_kinds_of_search_return_float32_scores_and_int64_ids() -> None:
    encoder = HashingEncoder()
    vectors = encoder.encode_passages(["owls hunt", "bats fly"])
    by_meaning = VectorIndex.build([(np.array([4, 7]), vectors)], DIMENSION)
    by_words = LexicalIndex.in_memory([(4, "owls hunt"), (7, "bats fly")], Analyzer("english"))
    query = encoder.encode_query("owls")
    assert (query.shape, query.dtype) == ((DIMENSION,), np.dtype(np.float32))
    for scores, ids in (
        by_meaning.search(query, 2),
        by_meaning.search(query, 2, by_meaning.subset(np.empty(0, np.int64), None)),
        by_words.search("owls", 2),
        by_words.search("nothing", 2),
    ):
        assert (scores.dtype, ids.dtype) == (np.dtype(np.float32), np.dtype(np.int64))
        assert scores.shape == ids.shape
