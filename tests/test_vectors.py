"""The vector index: exact results, clusters, filters, and files that are checked first."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from indexer.arrays import Ids, Vectors
from indexer.deriving import flat
from indexer.deriving import vectors as module
from indexer.deriving.vectors import VectorIndex, write
from indexer.errors import DamagedIndex, IndexFolderError
from indexer.types import EXACT

DIMENSION = 32
SIZE = 8000


@pytest.fixture(scope="module")
def clustered(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[VectorIndex, Vectors]]:
    """8,000 vectors in 80 topics, written in four blocks, some of which a search reads."""
    chance = np.random.default_rng(11)
    centres = unit(chance.standard_normal((80, DIMENSION)))
    noise = chance.standard_normal((SIZE, DIMENSION)) / DIMENSION**0.5
    vectors = unit(np.repeat(centres, SIZE // 80, axis=0) + 0.6 * noise)[chance.permutation(SIZE)]
    vectors = vectors.astype(np.float16).astype(np.float32)
    ids = np.arange(SIZE, dtype=np.int64) * 2 + 1
    path = tmp_path_factory.mktemp("clustered") / "v.faiss"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_EXACT_LIMIT", 10)
        patched.setattr(module, "_FEW", 100)
        patched.setattr(module, "_NEAR", 60)
        blocks = zip(np.split(ids, 4), np.split(vectors, 4), strict=True)
        made = write(path, blocks, DIMENSION)
        assert made.depth.probes is not None
        assert made.depth.clusters is not None
        assert made.depth.probes < made.depth.clusters / 2
        yield VectorIndex.load(path, made.digest), vectors


def unit(vectors: npt.NDArray[np.float64]) -> Vectors:
    found: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def recall(found: Ids, exact: Ids) -> float:
    return len(np.intersect1d(found, exact)) / len(exact)


@pytest.fixture
def searched(
    clustered: tuple[VectorIndex, Vectors], monkeypatch: pytest.MonkeyPatch
) -> tuple[VectorIndex, Vectors]:
    """The same, and no search may compare a question with all vectors."""
    monkeypatch.setattr(clustered[0]._flat, "search", lambda *_: pytest.fail("compared with all"))
    return clustered


def test_the_clusters_hold_the_nearest_of_every_block_that_was_added(
    searched: tuple[VectorIndex, Vectors],
) -> None:
    index, vectors = searched
    for block in np.split(np.arange(len(vectors)), 4):
        found = [
            recall(index.search(vectors[at], 10)[1], nearest(index, vectors, vectors[at])[:10])
            for at in block[::20]
        ]
        assert np.mean(found) > 0.98, f"of the block from {block[0]}"


def test_an_exact_search_misses_nothing(clustered: tuple[VectorIndex, Vectors]) -> None:
    index, vectors = clustered
    for query in -vectors[::400]:
        scores, found = index.search(query, 50, exact=True)
        assert recall(found, nearest(index, vectors, query)[:50]) == 1.0
        assert scores == pytest.approx(np.sort(vectors @ query)[::-1][:50], abs=1e-5)


def nearest(index: VectorIndex, vectors: Vectors, query: Vectors) -> Ids:
    return index.ids[np.argsort(-(vectors @ query), kind="stable")]


SHARES = [0.01, 0.1, 0.5]


@pytest.mark.parametrize("share", SHARES)
def test_a_filter_finds_what_is_far_from_the_question(
    clustered: tuple[VectorIndex, Vectors], share: float
) -> None:
    index, vectors = clustered
    found = []
    for query in vectors[::200]:
        far = nearest(index, vectors, query)[-int(share * len(vectors)) :]
        _, ids = index.search(query, 10, index.subset(np.sort(far), None))
        found.append(recall(ids, far[:10]))
    assert np.mean(found) > 0.98


@pytest.mark.parametrize("share", SHARES)
def test_a_filter_finds_what_is_spread_over_the_clusters(
    searched: tuple[VectorIndex, Vectors], share: float
) -> None:
    index, vectors = searched
    allowed = index.ids[np.random.default_rng(3).random(len(vectors)) < share]
    among = index.subset(allowed, None)
    found = []
    for query in vectors[::200]:
        order = nearest(index, vectors, query)
        _, ids = index.search(query, 10, among)
        found.append(recall(ids, order[np.isin(order, allowed)][:10]))
    assert np.mean(found) > 0.98


@pytest.mark.parametrize("share", SHARES)
def test_the_living_are_found_behind_the_dead(
    clustered: tuple[VectorIndex, Vectors], share: float
) -> None:
    index, vectors = clustered
    found = []
    for query in vectors[::200]:
        order = nearest(index, vectors, query)
        dead = int(share * len(vectors))
        among = index.subset(None, np.sort(np.append(order[:dead], [2, 99_999])))
        _, ids = index.search(query, 10, among)
        found.append(recall(ids, order[dead : dead + 10]))
    assert np.mean(found) > 0.98


def test_a_few_dead_take_no_place_of_a_candidate(
    searched: tuple[VectorIndex, Vectors],
) -> None:
    index, vectors = searched
    found = []
    for query in vectors[::200]:
        order = nearest(index, vectors, query)
        _, ids = index.search(query, 10, index.subset(None, np.sort(order[:90])))
        assert not np.isin(ids, order[:90]).any()
        found.append(recall(ids, order[90:100]))
    assert np.mean(found) > 0.98


@pytest.mark.parametrize("share", SHARES)
def test_of_those_allowed_none_is_dead(searched: tuple[VectorIndex, Vectors], share: float) -> None:
    index, vectors = searched
    chance = np.random.default_rng(4)
    allowed = index.ids[chance.random(len(vectors)) < share]
    dead = index.ids[chance.random(len(vectors)) < 0.3]
    _, found = index.search(vectors[5], 40, index.subset(allowed, dead))
    assert len(found) == 40 or share < 0.02
    assert np.isin(found, allowed).all()
    assert not np.isin(found, dead).any()


@pytest.fixture(params=["in memory", "exact", "clusters"])
def filled(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> VectorIndex:
    """500 vectors with odd ids, in memory, in a small file, and as in a large file."""
    ids, vectors = data()
    if request.param == "in memory":
        return VectorIndex.build(in_two(ids, vectors), DIMENSION)
    if request.param == "clusters":
        monkeypatch.setattr(module, "_EXACT_LIMIT", 10)
    made = write(tmp_path / "filled", in_two(ids, vectors), DIMENSION)
    return VectorIndex.load(tmp_path / "filled", made.digest)


def in_two(ids: Ids, vectors: Vectors) -> list[tuple[Ids, Vectors]]:
    return [(ids[:200], vectors[:200]), (ids[200:], vectors[200:])]


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
    _, found = filled.search(vectors[123], 3, filled.subset(None, np.sort(dead)))
    assert not set(found.tolist()) & set(dead.tolist())


@pytest.mark.parametrize("share", [5, 400])
def test_only_the_allowed_are_found_and_in_exact_order(filled: VectorIndex, share: int) -> None:
    ids, vectors = data()
    allowed = ids[:share]
    _, found = filled.search(vectors[3], 4, filled.subset(allowed, ids[3:4]))
    order = allowed[np.argsort(-(vectors[:share] @ vectors[3]))]
    assert found.tolist() == [number for number in order.tolist() if number != ids[3]][:4]


def test_fewer_than_k_are_not_filled_up(filled: VectorIndex) -> None:
    ids, vectors = data()
    assert filled.search(vectors[0], 10, filled.subset(ids[:2], None))[1].tolist() == [1, 3]
    assert len(filled.search(vectors[0], 900)[1]) <= 500
    nothing = filled.subset(np.array([2, 4]), None)
    assert filled.search(vectors[0], 10, nothing)[1].tolist() == []


def test_an_empty_index_finds_nothing() -> None:
    empty = VectorIndex.build((), DIMENSION)
    assert empty.search(np.ones(DIMENSION, np.float32), 3)[1].tolist() == []
    assert empty.last == 0


def test_scores_of_named_passages_are_exact(filled: VectorIndex) -> None:
    ids, vectors = data()
    some = ids[[4, 90, 499]]
    assert filled.score(vectors[4], some) == pytest.approx(
        vectors[[4, 90, 499]] @ vectors[4], abs=1e-5
    )


def test_an_empty_file_is_written_and_read(tmp_path: Path) -> None:
    made = write(tmp_path / "v.faiss", (), DIMENSION)
    assert made.depth == EXACT
    assert len(VectorIndex.load(tmp_path / "v.faiss", made.digest)) == 0


@pytest.mark.parametrize("limit", [10, 1000])
def test_the_same_vectors_give_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(module, "_EXACT_LIMIT", limit)
    ids, vectors = data()
    one = write(tmp_path / "1", in_two(ids, vectors), DIMENSION)
    other = write(tmp_path / "2", [(ids, vectors)], DIMENSION)
    assert one == other
    assert one.depth.is_exact == (limit == 1000)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]
    assert VectorIndex.load(tmp_path / "1", one.digest).search(vectors[7], 1)[1].tolist() == [15]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="cannot write to"):
        write(tmp_path / "nowhere/v.faiss", (), DIMENSION)


def test_a_changed_byte_of_a_small_file_is_found_before_faiss_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EXACT_LIMIT", 1000)
    path = tmp_path / "v.faiss"
    ids, vectors = data()
    made = write(path, in_two(ids, vectors), DIMENSION)
    whole = path.read_bytes()
    search = flat.Flat.search
    monkeypatch.setattr(flat.Flat, "search", lambda *_: pytest.fail("it was searched"))
    for at in np.random.default_rng(1).integers(0, len(whole), 60).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DamagedIndex, match="checksum mismatch"):
            VectorIndex.load(path, made.digest)
    for cut in (0, 5, 100, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(DamagedIndex, match="checksum mismatch"):
            VectorIndex.load(path, made.digest)
    path.write_bytes(whole)
    monkeypatch.setattr(flat.Flat, "search", search)
    assert VectorIndex.load(path, made.digest).search(vectors[1], 1)[1].tolist() == [3]
    path.unlink()
    with pytest.raises(DamagedIndex, match="cannot read it"):
        VectorIndex.load(path, made.digest)


def test_a_changed_byte_of_a_large_file_is_found_at_the_latest_when_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EXACT_LIMIT", 10)
    monkeypatch.setattr(module, "_NEAR", 20)
    path = tmp_path / "v.faiss"
    ids, vectors = data()
    made = write(path, in_two(ids, vectors), DIMENSION)
    whole = path.read_bytes()
    sound = VectorIndex.load(path, made.digest)
    right = [sound.search(query, 5)[1].tolist() for query in vectors[::50]]
    found = 0
    for at in np.random.default_rng(1).integers(0, len(whole), 80).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :])
        try:
            index = VectorIndex.load(path, made.digest)
            assert [index.search(query, 5)[1].tolist() for query in vectors[::50]] == right
            index.search(vectors[0], 5, exact=True)
        except DamagedIndex as error:
            assert error.reason == "checksum mismatch"
            found += 1
    assert found == 80, "an exact search uses all that is in the file"
