"""Whether derived files have the bytes that were written."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.deriving import checking
from indexer.deriving.checking import Check, Intact, intact
from indexer.storing.state import Derived, State
from indexer.storing.store import Store


def state_of(index: Path) -> State:
    with Store(index) as store, store.snapshot() as (state, _):
        return state


def test_files_as_they_were_written_are_intact(small_index: Path) -> None:
    state = state_of(small_index)
    assert intact(small_index, state) == Intact(state.vectors, state.lexical)
    assert Check(small_index, state).result() == Intact(state.vectors, state.lexical)


@pytest.mark.parametrize("kind", ["vectors", "lexical"])
@pytest.mark.parametrize("damage", ["a byte", "one more", "lost"])
def test_the_file_that_is_damaged_or_missing_is_not(
    copied_index: Path, kind: str, damage: str
) -> None:
    state = state_of(copied_index)
    path = copied_index / ("vectors-1.faiss" if kind == "vectors" else "lexical/1/meta.json")
    data = path.read_bytes()
    if damage == "lost":
        path.unlink()
    else:
        changed = bytes([data[0] ^ 1]) + data[1:] if damage == "a byte" else data + b"\0"
        path.write_bytes(changed)
    expected = Intact(state.vectors, state.lexical)._replace(**{kind: None})
    assert intact(copied_index, state) == expected
    assert Check(copied_index, state).result() == expected


def test_a_file_too_many_in_the_lexical_folder_is_damage_and_a_lock_is_not(
    copied_index: Path,
) -> None:
    state = state_of(copied_index)
    (copied_index / "lexical/1/.tantivy-writer.lock").touch()
    assert intact(copied_index, state).lexical == state.lexical
    (copied_index / "lexical/1/more").touch()
    assert intact(copied_index, state) == Intact(state.vectors, None)


def test_a_file_that_is_not_named_or_named_for_another_is_not_intact(small_index: Path) -> None:
    state = state_of(small_index)
    gone = Derived("vectors-9.faiss", "0" * 64, 9, 0, 0)
    assert intact(small_index, replace(state, vectors=None)) == Intact(None, state.lexical)
    assert intact(small_index, replace(state, vectors=gone)) == Intact(None, state.lexical)


def test_before_the_first_generation_nothing_is_intact_and_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "intact", None)
    check = Check(tmp_path / "nowhere", None)
    assert check.result() == Intact(None, None)
    assert check.result() == Intact(None, None), "it can be asked again"
