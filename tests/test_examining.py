"""What is read of a generation to verify it: flaws of the database, articles, wrong vectors."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.storing.database import Connection, open_for_writing
from indexer.storing.examining import articles, flaws, wrong_vectors
from indexer.storing.snapshot import Snapshot
from tests.conftest import ARTICLES
from tests.hashing import DIMENSION


@pytest.fixture
def connection(copied_index: Path) -> Iterator[Connection]:
    with open_for_writing(copied_index) as connection:
        yield connection


@pytest.fixture
def snapshot(connection: Connection, copied_index: Path) -> Snapshot:
    return Snapshot(connection, copied_index, 1, DIMENSION)


def test_a_sound_index_has_no_flaws_and_no_wrong_vectors(snapshot: Snapshot) -> None:
    assert flaws(snapshot) == []
    assert wrong_vectors(snapshot) == []


def test_every_article_is_read_with_its_passages(snapshot: Snapshot) -> None:
    found = list(articles(snapshot))
    assert [(name, text) for name, text, *_ in found] == sorted(ARTICLES.items())
    for name, text, sha256, ids in found:
        assert sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert sorted(ids) == snapshot.passages_of(name)


def test_an_article_without_passages_is_read_too(
    connection: Connection, snapshot: Snapshot
) -> None:
    connection.execute("DELETE FROM passages WHERE article = 1")
    assert [ids for *_, ids in articles(snapshot)].count([]) == 1


def test_articles_of_other_generations_are_not_read(
    connection: Connection, snapshot: Snapshot
) -> None:
    connection.execute("UPDATE articles SET died = 1 WHERE name = 'bridges.md'")
    connection.execute("UPDATE articles SET born = 2 WHERE name = 'night/bats.txt'")
    assert [name for name, *_ in articles(snapshot)] == ["night/owls.txt"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM vectors WHERE passage = 2",
        "UPDATE vectors SET vector = zeroblob(128) WHERE passage = 2",
        "UPDATE vectors SET vector = x'00', checksum = NULL WHERE passage = 2",
        "UPDATE vectors SET checksum = 1 WHERE passage = 2",
    ],
)
def test_a_vector_that_is_missing_or_wrong_is_named_with_its_article(
    connection: Connection, snapshot: Snapshot, statement: str
) -> None:
    connection.execute(statement)
    (name,) = {it.article for it in snapshot.passages([2]).values()}
    assert wrong_vectors(snapshot) == [(2, name)]


def test_a_vector_of_the_oldest_format_has_no_checksum_and_is_taken_as_it_is(
    connection: Connection, snapshot: Snapshot
) -> None:
    connection.execute("UPDATE vectors SET vector = zeroblob(128), checksum = NULL")
    assert wrong_vectors(snapshot) == []


def test_a_row_that_refers_to_a_missing_one_names_both_tables(
    connection: Connection, snapshot: Snapshot
) -> None:
    connection.execute("DELETE FROM articles WHERE name = 'bridges.md'")
    (passages,) = connection.execute(
        "SELECT count(*) FROM passages WHERE article NOT IN (SELECT id FROM articles)"
    ).fetchone()
    orphaned = "orphaned row in table {} (no matching row in articles)"
    assert sorted(flaws(snapshot)) == [
        *[orphaned.format("passages")] * passages,
        orphaned.format("texts"),
    ]


def test_an_index_of_sqlite_s_that_lacks_rows_is_a_flaw(
    connection: Connection, snapshot: Snapshot
) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, '(born)', '(size)')"
        " WHERE name = 'articles_by_birth'"
    )
    connection.execute("PRAGMA schema_version = 999")
    found = flaws(snapshot)
    assert found
    assert any("articles_by_birth" in it for it in found)
