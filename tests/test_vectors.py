"""The vector index: exact results, masks, filters, and files that are checked first."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from indexer.arrays import Ids, Vectors
from indexer.deriving import vectors as module
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex

DIMENSION = 32


@pytest.fixture(scope="module")
def clustered() -> Iterator[tuple[VectorIndex, Vectors]]:
    """A graph over 4,000 vectors in 40 clusters, added in four blocks; and the vectors.

    A search of the usual depth compares a query with only a small part of them.
    """
    chance = np.random.default_rng(11)
    centres = unit(chance.standard_normal((40, DIMENSION)))
    noise = chance.standard_normal((4000, DIMENSION)) / DIMENSION**0.5
    vectors = unit(np.repeat(centres, 100, axis=0) + 0.6 * noise)[chance.permutation(4000)]
    vectors = vectors.astype(np.float16).astype(np.float32)
    ids = np.arange(4000, dtype=np.int64) * 2 + 1
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_EXACT_LIMIT", 10)
        blocks = zip(np.split(ids, 4), np.split(vectors, 4), strict=True)
        yield VectorIndex.build(blocks, DIMENSION, 4000), vectors


def unit(vectors: npt.NDArray[np.float64]) -> Vectors:
    found: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def recall(found: Ids, exact: Ids) -> float:
    return len(np.intersect1d(found, exact)) / len(exact)


def test_the_graph_finds_the_nearest_of_every_block_that_was_added(
    clustered: tuple[VectorIndex, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    index, vectors = clustered
    assert isinstance(index._vectors, module.faiss.IndexHNSW)
    monkeypatch.setattr(index, "_scan", lambda *_: pytest.fail("compared one by one"))
    for block in np.split(np.arange(len(vectors)), 4):
        found = [
            recall(index.search(vectors[at], 10)[1], nearest(index, vectors, vectors[at])[:10])
            for at in block[::20]
        ]
        assert np.mean(found) > 0.97, f"of the block from {block[0]}"


def nearest(index: VectorIndex, vectors: Vectors, query: Vectors) -> Ids:
    return index.ids[np.argsort(-(vectors @ query), kind="stable")]


@pytest.mark.parametrize("share", [0.06, 0.2, 0.5])
def test_a_filter_finds_what_is_far_from_the_question_in_a_graph(
    clustered: tuple[VectorIndex, Vectors], share: float
) -> None:
    index, vectors = clustered
    for query in vectors[::400]:
        far = nearest(index, vectors, query)[-int(share * len(vectors)) :]
        _, found = index.search(query, 100, allowed=np.sort(far))
        assert len(found) == 100
        assert recall(found, far[:100]) > 0.98


@pytest.mark.parametrize("share", [0.06, 0.5])
def test_a_filter_of_a_graph_finds_what_is_spread_over_it(
    clustered: tuple[VectorIndex, Vectors], share: float
) -> None:
    index, vectors = clustered
    allowed = index.ids[np.random.default_rng(3).random(len(vectors)) < share]
    for query in vectors[::400]:
        order = nearest(index, vectors, query)
        _, found = index.search(query, 50, allowed=allowed)
        assert recall(found, order[np.isin(order, allowed)][:50]) > 0.95


def test_the_living_are_found_behind_many_dead_in_a_graph(
    clustered: tuple[VectorIndex, Vectors],
) -> None:
    index, vectors = clustered
    for query in vectors[::400]:
        order = nearest(index, vectors, query)
        _, found = index.search(query, 100, dead=np.sort(np.append(order[:1500], [2, 99_999])))
        assert len(found) == 100
        assert recall(found, order[1500:1600]) > 0.98


@pytest.fixture(params=["flat", "graph"])
def filled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VectorIndex:
    """500 vectors with odd ids, in the exact form and in the form for large indexes."""
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
        with pytest.raises(DamagedIndex, match="checksum mismatch"):
            VectorIndex.load(path, sha256)
    path.unlink()
    with pytest.raises(DamagedIndex, match="cannot read it"):
        VectorIndex.load(path, sha256)
