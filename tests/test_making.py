"""Derived files are made of a snapshot: what they contain, how they are named, what they cover."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.deriving import lexical, making
from indexer.deriving.analysis import Analyzer
from indexer.deriving.calibration import Calibration
from indexer.deriving.making import Maker
from indexer.deriving.vectors import VectorIndex
from indexer.encoding.encoder import Encoder
from indexer.storing.digests import matches
from indexer.storing.snapshot import Snapshot
from indexer.storing.sources import remembered_sources
from indexer.storing.staging import Staging
from indexer.storing.state import Derived, read_state
from indexer.types import EXACT
from tests.hashing import HashingEncoder
from tests.staged import draft, rows_of, staging

ENGLISH = Analyzer("english")


@pytest.fixture
def staged(copied_index: Path) -> Iterator[Staging]:
    """Generation 2: bridges.md has ended, and there is comets.txt."""
    with staging(copied_index) as staged:
        (source,) = remembered_sources(staged.connection).values()
        bridges = next(it for it in staged.live_articles(source.number) if it.name == "bridges.md")
        staged.retire([bridges.id])
        staged.store(rows_of(draft(source.number, "comets.txt", "A comet has a tail of dust.")))
        yield staged


def ids(snapshot: Snapshot) -> list[int]:
    return [number for number, _ in snapshot.documents()]


def loaded(folder: Path, made: Derived) -> lexical.LexicalIndex:
    return lexical.LexicalIndex.load(folder / made.name, made.digest, ENGLISH)


def test_vectors_of_all_passages_are_saved_under_their_generation(
    copied_index: Path, staged: Staging
) -> None:
    snapshot = staged.snapshot()
    index, made = Maker(copied_index, snapshot, 2, ENGLISH).vectors()
    size, through = snapshot.extent()
    path = copied_index / "vectors-2.faiss"
    assert made == Derived("vectors-2.faiss", made.digest, 2, through, size, EXACT)
    assert matches(path, made.digest)
    assert index.ids.tolist() == ids(snapshot)
    assert VectorIndex.load(path, made.digest).ids.tolist() == ids(snapshot)


def test_words_of_all_passages_are_saved_under_their_generation(
    copied_index: Path, staged: Staging
) -> None:
    snapshot = staged.snapshot()
    made = Maker(copied_index, snapshot, 2, ENGLISH).lexical()
    assert (made.name, made.generation) == ("lexical/2", 2)
    assert (made.passages, made.through) == snapshot.extent()
    index = loaded(copied_index, made)
    assert index.ids().tolist() == ids(snapshot)
    assert index.search("comets", 5)[1].tolist() == ids(snapshot)[-1:]
    assert index.search("bridges", 5)[1].tolist() == []


def test_an_older_lexical_index_is_brought_up_to_date_beside_itself(
    copied_index: Path, staged: Staging
) -> None:
    before = read_state(staged.connection, copied_index)
    assert before is not None
    assert before.lexical is not None
    snapshot = staged.snapshot()
    maker = Maker(copied_index, snapshot, 2, ENGLISH)
    made = maker.lexical_from(before.lexical)
    assert loaded(copied_index, made).ids().tolist() == ids(snapshot)
    assert (made.passages, made.through) == snapshot.extent()
    assert loaded(copied_index, before.lexical).ids().tolist() == ids(staged.snapshot(1))


def test_a_name_in_use_is_not_taken_again(copied_index: Path, staged: Staging) -> None:
    taken = {"vectors-2.faiss", "vectors-2r.faiss", "lexical/2"}
    maker = Maker(copied_index, staged.snapshot(), 2, ENGLISH, taken)
    assert maker.vectors()[1].name == "vectors-2rr.faiss"
    assert maker.lexical().name == "lexical/2r"


def test_an_index_is_calibrated_with_its_encoder_unless_it_is_empty(
    copied_index: Path, staged: Staging
) -> None:
    calls: list[str] = []

    def load() -> Encoder:
        calls.append("load")
        return HashingEncoder()

    maker = Maker(copied_index, staged.snapshot(), 2, ENGLISH)
    words = maker.lexical()
    assert maker.nearest(VectorIndex.build((), 64), load) == ()
    assert maker.calibration((), words, load) is None
    assert calls == []
    cosines = maker.nearest(maker.vectors()[0], load)
    found = maker.calibration(cosines, words, load)
    assert found is not None
    assert Calibration.from_json(found).semantic.mean > 0
    assert calls == ["load", "load"]


def test_nothing_is_made_of_an_empty_generation_but_empty_files(tmp_path: Path) -> None:
    with staging(tmp_path) as staged:
        maker = Maker(tmp_path, staged.snapshot(), 1, Analyzer("none"))
        index, vectors = maker.vectors()
        words = maker.lexical()
    assert (len(index), vectors.passages, vectors.through) == (0, 0, 0)
    assert (words.passages, words.through) == (0, 0)
    assert (
        lexical.LexicalIndex.load(tmp_path / words.name, words.digest, Analyzer("none")).ids().size
        == 0
    )


def test_large_indexes_are_built_beside_each_other_and_are_the_same(
    copied_index: Path, staged: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = staged.snapshot()
    _, *after = Maker(copied_index, snapshot, 2, ENGLISH).all()
    monkeypatch.setattr(making, "MANY", 1)
    taken = [file.name for file in after]
    index, *beside = Maker(copied_index, snapshot, 2, ENGLISH, taken).all()
    assert index.ids.tolist() == ids(snapshot)
    assert [file.passages for file in beside] == [file.passages for file in after]
    assert beside[0].digest == after[0].digest
    assert loaded(copied_index, beside[1]).ids().tolist() == ids(snapshot)
