"""FAISS behind its door: exact answers, masks, filters, and files that are checked first."""

from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Ids, Vectors
from indexer.deriving import vectors as module
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex

DIMENSION = 32


@pytest.fixture(params=["flat", "graph"])
def filled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VectorIndex:
    """500 vectors under odd ids, in the exact form and in the form for large indexes."""
    if request.param == "graph":
        monkeypatch.setattr(module, "_EXACT_LIMIT", 10)
    ids, vectors = data()
    blocks = [(ids[:200], vectors[:200]), (ids[200:], vectors[200:])]
    return VectorIndex.build(blocks, DIMENSION, len(ids))


def data() -> tuple[Ids, Vectors]:
    vectors = np.random.default_rng(7).standard_normal((500, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.arange(500, dtype=np.int64) * 2 + 1, vectors.astype(np.float16).astype(np.float32)


def test_the_nearest_come_first_with_their_cosines(filled: VectorIndex) -> None:
    ids, vectors = data()
    scores, found = filled.search(vectors[123], 5)
    expected = np.argsort(-(vectors @ vectors[123]))[:5]
    assert found.tolist() == ids[expected].tolist()
    assert scores == pytest.approx((vectors @ vectors[123])[expected], abs=1e-5)


def test_the_dead_are_passed_over(filled: VectorIndex) -> None:
    _, vectors = data()
    dead = filled.search(vectors[123], 3)[1]
    _, found = filled.search(vectors[123], 3, dead=np.sort(dead))
    assert not set(found.tolist()) & set(dead.tolist())


@pytest.mark.parametrize("share", [5, 400])
def test_only_the_allowed_are_found_and_in_exact_order(filled: VectorIndex, share: int) -> None:
    ids, vectors = data()
    allowed = ids[:share]
    _, found = filled.search(vectors[3], 4, allowed=allowed, dead=ids[3:4])
    order = allowed[np.argsort(-(vectors[:share] @ vectors[3]))]
    assert found.tolist() == [number for number in order.tolist() if number != ids[3]][:4]


def test_fewer_than_k_are_not_filled_up(filled: VectorIndex) -> None:
    ids, vectors = data()
    assert filled.search(vectors[0], 10, allowed=ids[:2])[1].tolist() == [1, 3]
    assert len(filled.search(vectors[0], 900)[1]) <= 500
    assert filled.search(vectors[0], 10, allowed=np.array([2, 4]))[1].tolist() == []


def test_an_empty_index_finds_nothing() -> None:
    empty = VectorIndex.build((), DIMENSION, 0)
    assert empty.search(np.ones(DIMENSION, np.float32), 3)[1].tolist() == []
    assert empty.last == 0


def test_scores_of_named_passages_are_exact(filled: VectorIndex) -> None:
    ids, vectors = data()
    some = ids[[4, 90, 499]]
    assert filled.score(vectors[4], some) == pytest.approx(
        vectors[[4, 90, 499]] @ vectors[4], abs=1e-5
    )


def test_a_saved_index_answers_as_before(filled: VectorIndex, tmp_path: Path) -> None:
    _, vectors = data()
    sha256 = filled.save(tmp_path / "v.faiss")
    loaded = VectorIndex.load(tmp_path / "v.faiss", sha256)
    for query in vectors[:20]:
        assert loaded.search(query, 5)[1].tolist() == filled.search(query, 5)[1].tolist()
    assert [path.name for path in tmp_path.iterdir()] == ["v.faiss"]


def test_a_flipped_bit_is_found_before_the_file_is_parsed(
    filled: VectorIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.faiss"
    sha256 = filled.save(path)
    whole = path.read_bytes()
    monkeypatch.setattr(module.faiss, "read_index", lambda _: pytest.fail("it was parsed"))
    for at in np.random.default_rng(1).integers(0, len(whole), 30).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DamagedIndex, match="not those that were written"):
            VectorIndex.load(path, sha256)
    path.unlink()
    with pytest.raises(DamagedIndex, match="cannot be read"):
        VectorIndex.load(path, sha256)
