"""The packed words of a passage: they can be unpacked, and show how much of a question it has."""

import numpy as np
import pytest

from indexer.storing.evidence import (
    coverage,
    hashed,
    pack_vectors,
    pack_words,
    unpack_vectors,
    unpack_words,
)


def test_words_come_back_run_by_run() -> None:
    packed = pack_words([{"owls": 1}, ["owls", "hunt"], [], ["mice"]])
    lengths, words = unpack_words(packed, 4)
    assert lengths.tolist() == [1, 2, 0, 1]
    assert words.tolist() == hashed(["owls", "owls", "hunt", "mice"]).tolist()


def test_a_rare_word_counts_for_more_than_a_common_one() -> None:
    asked = {"owl": 3.0, "the": 1.0}
    assert coverage(asked, pack_words([["owl"], ["hunt"]])) == 0.75
    assert coverage(asked, pack_words([["the"], ["moon"]])) == 0.25
    assert coverage(asked, pack_words([["owl"], ["the"]])) == 1.0
    assert coverage(asked, pack_words([[], ["moon"]])) == 0.0
    assert coverage({}, pack_words([["owl"]])) == 0.0


@pytest.mark.parametrize("dimension", [16, 384, 1024])
def test_sentence_vectors_come_back_nearly_as_they_were(dimension: int) -> None:
    vectors = np.random.default_rng(7).standard_normal((5, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = unpack_vectors(pack_vectors(vectors), dimension)
    assert found.shape == vectors.shape
    assert (found * vectors).sum(axis=1).min() > 0.995
    assert int(np.argmax(found @ vectors[3])) == 3
