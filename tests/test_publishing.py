"""A generation is published with the derived files that still serve, and others made anew."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.deriving import publishing
from indexer.deriving.checking import Check, Intact, intact
from indexer.deriving.publishing import Candidate, Gate, publish, rebuild_damaged
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import GateClosed
from indexer.storing.sources import remembered_sources
from indexer.storing.staging import Staging
from indexer.storing.state import State, read_state
from tests.hashing import HashingEncoder
from tests.staged import draft, rows_of, staging


@pytest.fixture
def staged(copied_index: Path) -> Iterator[Staging]:
    with staging(copied_index) as staged:
        yield staged


@pytest.fixture
def loads() -> list[EncoderIdentity]:
    """The encoders that were asked for."""
    return []


def add(staged: Staging) -> None:
    (source,) = remembered_sources(staged.connection).values()
    staged.store(rows_of(draft(source.number, "comets.txt", "A comet has a tail of dust.")))


def end(staged: Staging) -> None:
    (source,) = remembered_sources(staged.connection).values()
    staged.retire([it.id for it in staged.live_articles(source.number) if it.name == "bridges.md"])


def live(index: Path, staged: Staging) -> State:
    state = read_state(staged.connection, index)
    assert state is not None
    return state


def published(
    index: Path, staged: Staging, loads: list[EncoderIdentity], gate: Gate | None = None
) -> State:
    """What readers see afterwards."""

    def load(identity: EncoderIdentity) -> Encoder:
        loads.append(identity)
        return HashingEncoder()

    before = live(index, staged)
    publish(index, staged, before, Check(index, before), gate, load)
    return live(index, staged)


def files(index: Path) -> list[str]:
    """The derived files in the folder."""
    found = [*index.glob("vectors-*"), *index.glob("lexical/*")]
    return sorted(path.relative_to(index).as_posix() for path in found)


def names(state: State) -> list[str]:
    assert state.vectors is not None
    assert state.lexical is not None
    return [state.lexical.name, state.vectors.name]


def test_without_a_change_nothing_is_published(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    before = live(copied_index, staged)
    assert published(copied_index, staged, loads) == before
    assert files(copied_index) == names(before)
    assert loads == []


def test_without_a_change_a_damaged_file_is_made_anew(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    (copied_index / "vectors-1.faiss").write_bytes(b"damaged")
    after = published(copied_index, staged, loads)
    assert after.generation == 1
    assert names(after) == files(copied_index) == ["lexical/1", "vectors-1r.faiss"]
    assert intact(copied_index, after) == Intact(after.vectors, after.lexical)
    assert loads == [], "no model runs"


def test_a_small_change_keeps_the_vectors_and_brings_the_words_up_to_date(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    before = live(copied_index, staged)
    add(staged)
    after = published(copied_index, staged, loads)
    assert (after.generation, after.articles) == (2, 4)
    assert (after.vectors, after.calibration) == (before.vectors, before.calibration)
    assert names(after) == files(copied_index) == ["lexical/2", "vectors-1.faiss"]
    assert after.lexical is not None
    assert (after.lexical.passages, after.lexical.generation) == (after.passages, 2)
    assert loads == []


def test_an_ended_article_stays_in_the_tables_as_long_as_a_file_contains_it(
    copied_index: Path,
    staged: Staging,
    loads: list[EncoderIdentity],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end(staged)
    after = published(copied_index, staged, loads)
    count = "SELECT count(*) FROM articles WHERE name = 'bridges.md'"
    assert names(after) == ["lexical/2", "vectors-1.faiss"]
    assert staged.connection.execute(count).fetchone() == (1,)
    assert after.lexical is not None
    assert after.lexical.passages == after.passages
    monkeypatch.setattr(publishing, "_SMALL", 0)
    third = Staging(staged.connection, copied_index, after, staged.encoder, staged.splitting)
    add(third)
    last = published(copied_index, third, loads)
    assert names(last) == files(copied_index) == ["lexical/3", "vectors-3.faiss"]
    assert staged.connection.execute(count).fetchone() == (0,)
    assert {it.key for it in loads} == {staged.encoder.key}, "it is calibrated again"
    assert last.vectors is not None
    assert last.vectors.passages == last.passages


def test_a_damaged_file_is_made_anew_with_a_change(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    (copied_index / "vectors-1.faiss").unlink()
    add(staged)
    after = published(copied_index, staged, loads)
    assert names(after) == files(copied_index) == ["lexical/2", "vectors-2.faiss"]
    assert intact(copied_index, after) == Intact(after.vectors, after.lexical)


def test_a_gate_sees_both_generations_and_what_it_raises_keeps_the_old_one(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    before = live(copied_index, staged)
    add(staged)
    seen: list[Candidate] = []

    def closed(candidate: Candidate) -> None:
        seen.append(candidate)
        assert names(candidate.state) == ["lexical/2", "vectors-1.faiss"]
        assert "comets.txt" in candidate.snapshot.article_names()
        assert (copied_index / "lexical/2").is_dir()
        raise GateClosed("worse")

    with pytest.raises(GateClosed, match="worse"):
        published(copied_index, staged, loads, closed)
    (candidate,) = seen
    assert (candidate.folder, candidate.live) == (copied_index, before)
    assert live(copied_index, staged) == before
    assert files(copied_index) == names(before)
    assert staged.changes().articles_added == 1, "it stays staged"
    after = published(copied_index, staged, loads, seen.append)
    assert len(seen) == 2
    assert replace(seen[1].state, published=after.published) == after


def test_strays_are_removed_and_other_files_are_left(
    copied_index: Path, staged: Staging, loads: list[EncoderIdentity]
) -> None:
    (copied_index / "vectors-7.faiss").touch()
    (copied_index / "lexical/7").mkdir()
    (copied_index / "notes.txt").touch()
    after = published(copied_index, staged, loads)
    assert files(copied_index) == names(after)
    assert (copied_index / "notes.txt").exists()


@pytest.mark.parametrize("lost", [[], ["vectors"], ["lexical"], ["lexical", "vectors"]], ids=str)
def test_what_is_mended_are_the_files_that_are_not_sound(
    copied_index: Path, staged: Staging, lost: list[str]
) -> None:
    before = live(copied_index, staged)
    found = Intact(before.vectors, before.lexical)._replace(**dict.fromkeys(lost))
    made = rebuild_damaged(copied_index, staged.connection, before, staged.snapshot(1), found)
    expected = {"vectors": "vectors-1r.faiss", "lexical": "lexical/1r"}
    assert sorted(made) == sorted(expected[it] for it in lost)
    after = live(copied_index, staged)
    assert files(copied_index) == names(after)
    assert intact(copied_index, after) == Intact(after.vectors, after.lexical)
