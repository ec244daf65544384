"""What is noted of a published generation is read again, and damage to it is found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import DamagedIndex
from indexer.storing.database import Connection, open_for_writing
from indexer.storing.state import Derived, State, read_state
from indexer.types import Splitting
from tests.hashing import IDENTITY
from tests.staged import NO_FILE, publish, staging


@pytest.fixture
def connection(copied_index: Path) -> Iterator[Connection]:
    with open_for_writing(copied_index) as connection:
        yield connection


def read(connection: Connection) -> State:
    state = read_state(connection, Path("x.locus"))
    assert state is not None
    return state


def test_the_json_has_the_size_of_the_index_and_its_model() -> None:
    state = State(3, "2026-01-02T03:04:05+00:00", IDENTITY, Splitting(), 4, 5, None, None, "{}")
    assert state.as_json() == {
        "generation": 3,
        "published": "2026-01-02T03:04:05+00:00",
        "articles": 4,
        "passages": 5,
        "tuning": None,
        "model": {
            "name": "hashing",
            "weights": "0" * 64,
            "dimension": 64,
            "max_tokens": 40,
            "pooling": "mean",
        },
    }


def test_before_the_first_generation_there_is_no_state(tmp_path: Path) -> None:
    with staging(tmp_path / "x.locus") as begun:
        assert read_state(begun.connection, tmp_path) is None


def test_a_generation_is_read_as_it_was_published(tmp_path: Path) -> None:
    settings = Splitting(77, "none")
    encoder = replace(IDENTITY, name="größe", query_prompt="問: ")
    with staging(tmp_path, encoder=encoder, splitting=settings) as begun:
        begun.publish(
            vectors=Derived("vectors-1.faiss", "a", 1, 2, 3),
            lexical=Derived("lexical/1", "b", 4, 5, 6),
            calibration='{"a": 1}',
        )
        state = read(begun.connection)
    assert state == State(
        *(1, state.published, encoder, settings, 0, 0),
        *(Derived("vectors-1.faiss", "a", 1, 2, 3), Derived("lexical/1", "b", 4, 5, 6)),
        '{"a": 1}',
    )
    assert state.published.endswith("+00:00"), "in UTC"


def test_what_is_only_staged_is_not_read(copied_index: Path) -> None:
    with staging(copied_index) as begun:
        assert begun.generation == 2
        assert read(begun.connection).generation == 1
        publish(begun)
        state = read(begun.connection)
        assert (state.generation, state.vectors, state.calibration) == (2, NO_FILE, None)


def test_a_generation_without_derived_files_names_none(connection: Connection) -> None:
    connection.execute("DELETE FROM derived WHERE kind = 'lexical'")
    state = read(connection)
    assert state.lexical is None
    assert state.vectors is not None
    assert state.vectors.name == "vectors-1.faiss"


@pytest.mark.parametrize(
    "fact",
    ["published", "encoder", "splitting", "articles", "passages", "calibration", "checksum"],
)
def test_a_fact_that_was_changed_is_damage(connection: Connection, fact: str) -> None:
    connection.execute(f"UPDATE generations SET {fact} = CAST({fact} AS TEXT) || '1'")
    with pytest.raises(DamagedIndex, match="generation 1"):
        read(connection)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("encoder", "{"),
        ("encoder", "[]"),
        ("encoder", "null"),
        ("encoder", json.dumps({"name": "x"})),
        ("splitting", "{"),
        ("splitting", '{"target_tokens": 1, "more": 2}'),
        ("splitting", "3"),
    ],
)
def test_settings_of_an_older_format_that_cannot_be_read_are_damage(
    connection: Connection, fact: str, value: str
) -> None:
    """The oldest format has no checksum to tell."""
    connection.execute(f"UPDATE generations SET {fact} = ?, checksum = NULL", (value,))
    with pytest.raises(DamagedIndex, match="generation 1"):
        read(connection)


def test_a_generation_without_a_checksum_is_taken_as_it_is(connection: Connection) -> None:
    before = read(connection)
    connection.execute("UPDATE generations SET articles = 9, checksum = NULL")
    assert read(connection) == replace(before, articles=9)
