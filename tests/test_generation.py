"""One generation in memory: its file, the passages newer than it, and those to pass over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex
from indexer.storing.database import open_for_writing
from indexer.storing.snapshot import Snapshot
from indexer.storing.sources import remembered_sources
from indexer.storing.state import State, read_state
from indexer.storing.store import Store
from indexer.types import Facets
from search.ranking.filters import Filter
from search.ranking.generation import Generation
from search.ranking.meaning import Meaning
from search.scaling.reading import read_generation
from tests.hashing import HashingEncoder
from tests.staged import draft, publish, rows_of, staging


@pytest.fixture
def changed(copied_index: Path) -> Path:
    """Generation 2, over the files of the first: bridges.md has ended, and comets.txt is new."""
    with staging(copied_index) as staged:
        (source,) = remembered_sources(staged.connection).values()
        bridges = next(it for it in staged.live_articles(source.number) if it.name == "bridges.md")
        staged.retire([bridges.id])
        staged.store(rows_of(draft(source.number, "comets.txt", "A comet has a tail of dust.")))
        state = read_state(staged.connection, copied_index)
        assert state is not None
        assert state.vectors is not None
        assert state.lexical is not None
        staged.publish(vectors=state.vectors, lexical=state.lexical, calibration=None)
    return copied_index


@contextmanager
def opened(index: Path) -> Iterator[tuple[State, Snapshot]]:
    with Store(index) as store, store.snapshot() as found:
        yield found


def read(index: Path, held: Generation | None = None, *, without_files: bool = False) -> Generation:
    with opened(index) as (state, snapshot):
        return read_generation(index, state, snapshot, held, without_files=without_files)


def meaning_of(generation: Generation) -> Meaning:
    assert isinstance(generation.meaning, Meaning)
    return generation.meaning


def everything(index: Path) -> dict[int, float]:
    """The cosine of each passage with a question, computed by hand."""
    query = HashingEncoder().encode_query("a comet hunts bridges")
    with opened(index) as (_, snapshot):
        return {
            int(number): float(vector @ query)
            for ids, vectors in snapshot.vectors()
            for number, vector in zip(ids, vectors, strict=True)
        }


def test_the_newer_are_found_and_the_dead_are_not(changed: Path) -> None:
    generation = read(changed)
    expected = everything(changed)
    query = HashingEncoder().encode_query("a comet hunts bridges")
    found = generation.by_meaning(query, 99)
    assert found.ids.tolist() == sorted(expected, key=lambda it: (-expected[it], it))
    assert dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True)) == pytest.approx(
        expected, abs=1e-3
    )
    assert generation.by_meaning(query, 1).ids.tolist() == found.ids[:1].tolist()
    last = meaning_of(generation).base.last
    assert meaning_of(generation).delta.ids.tolist() == [last + 1]
    assert not set(meaning_of(generation).dead.tolist()) & set(expected)


def test_only_the_allowed_are_found_in_both_parts(changed: Path) -> None:
    generation = read(changed)
    query = HashingEncoder().encode_query("owls")
    allowed = np.array(
        [
            meaning_of(generation).dead[0],
            meaning_of(generation).base.last,
            meaning_of(generation).delta.ids[0],
        ]
    )
    found = generation.by_meaning(query, 9, Filter(allowed))
    assert sorted(found.ids.tolist()) == allowed[1:].tolist()
    with opened(changed) as (_, snapshot):
        night = snapshot.matching(Facets("night"))
    assert set(generation.by_words("owls moths", 9, Filter(night)).ids.tolist()) <= set(
        night.tolist()
    )
    assert generation.by_words("owls", 9, Filter(np.empty(0, np.int64))).ids.tolist() == []


def test_an_exact_search_compares_all_vectors_of_both_parts(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation, asked = read(changed), []
    search = VectorIndex.search

    def noting(index: VectorIndex, *given: Any, exact: bool = False) -> Any:
        asked.append(exact)
        return search(index, *given, exact=exact)

    monkeypatch.setattr(VectorIndex, "search", noting)
    query = HashingEncoder().encode_query("a comet hunts bridges")
    usual = generation.by_meaning(query, 5)
    exact = generation.by_meaning(query, 5, exact=True)
    assert exact.ids.tolist() == usual.ids.tolist()
    assert asked == [False, False, True, False], "the newer passages are always compared"


def test_the_meaning_of_given_passages_is_theirs_in_their_order(changed: Path) -> None:
    generation = read(changed)
    expected = everything(changed)
    ids = np.array(sorted(expected, reverse=True), np.int64)
    found = generation.meaning.scores_of(
        HashingEncoder().encode_query("a comet hunts bridges"), ids
    )
    assert found.ids.tolist() == ids.tolist()
    assert found.scores.tolist() == pytest.approx([expected[it] for it in ids.tolist()], abs=1e-3)


def test_a_typical_passage_is_the_median_of_the_living(changed: Path) -> None:
    generation = read(changed)
    query = HashingEncoder().encode_query("a comet hunts bridges")
    median = float(np.median(list(everything(changed).values())))
    assert generation.meaning.typical(query) == pytest.approx(median, abs=1e-3)


def test_what_is_held_of_the_same_files_is_not_read_again(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = read(changed)
    monkeypatch.setattr(VectorIndex, "load", None)
    monkeypatch.setattr(LexicalIndex, "load", None)
    again = read(changed, held)
    assert meaning_of(again).base is meaning_of(held).base
    assert again.words is held.words
    assert meaning_of(again).delta.ids.tolist() == meaning_of(held).delta.ids.tolist()


@pytest.mark.parametrize("kind", ["vectors", "lexical"])
@pytest.mark.parametrize("damage", ["lost", "damaged", "not named"])
def test_a_file_that_is_of_no_use_is_an_error_or_made_from_the_database(
    copied_index: Path, kind: str, damage: str
) -> None:
    right = read(copied_index)
    path = copied_index / ("vectors-1.faiss" if kind == "vectors" else "lexical/1/meta.json")
    if damage == "lost":
        path.unlink()
    elif damage == "damaged":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        with open_for_writing(copied_index) as connection:
            connection.execute("DELETE FROM derived WHERE kind = ?", (kind,))
    with pytest.raises(DamagedIndex):
        read(copied_index)
    made = read(copied_index, without_files=True)
    (warning,) = made.warnings
    assert str(copied_index) in warning
    assert "locus verify --repair" in warning
    query = HashingEncoder().encode_query("who hunts mice")
    for one, other in (
        (made.by_meaning(query, 3), right.by_meaning(query, 3)),
        (
            made.by_words("who hunts mice", 3),
            right.by_words("who hunts mice", 3),
        ),
    ):
        assert one.ids.tolist() == other.ids.tolist()
        assert one.scores.tolist() == pytest.approx(other.scores.tolist(), abs=1e-3)


def test_what_was_made_for_want_of_a_file_is_not_held_once_the_file_is_back(
    copied_index: Path,
) -> None:
    path = copied_index / "vectors-1.faiss"
    path.rename(copied_index / "aside")
    made = read(copied_index, without_files=True)
    (copied_index / "aside").rename(path)
    again = read(copied_index, made)
    assert again.warnings == ()
    assert len(meaning_of(again).base) == len(meaning_of(made).delta) > 0


def test_passages_that_are_lost_from_the_database_are_damage(copied_index: Path) -> None:
    with open_for_writing(copied_index) as connection:
        connection.execute(
            "UPDATE generations SET passages = passages + 1, checksum = NULL WHERE number = 1"
        )
    with pytest.raises(DamagedIndex, match="generation 1"):
        read(copied_index)


def test_an_empty_generation_finds_nothing(tmp_path: Path) -> None:
    with staging(tmp_path) as staged:
        publish(staged)
    generation = read(tmp_path, without_files=True)
    query = HashingEncoder().encode_query("owls")
    assert generation.by_meaning(query, 5).ids.tolist() == []
    assert generation.by_words("owls", 5).ids.tolist() == []
    assert generation.meaning.typical(query) == 0.0
