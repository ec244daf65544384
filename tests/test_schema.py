"""The tables of the index: every format has the same ones in the end, and names are where."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from indexer.storing import schema

OF_FORMAT_1 = """
CREATE TABLE generations (number INTEGER PRIMARY KEY, published TEXT, encoder TEXT NOT NULL,
    splitting TEXT NOT NULL, articles INTEGER NOT NULL DEFAULT 0,
    passages INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE sources (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, sentences BLOB NOT NULL,
    key BLOB NOT NULL) STRICT;
CREATE TABLE vectors (passage INTEGER PRIMARY KEY, vector BLOB NOT NULL) STRICT;
CREATE TABLE articles (id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL,
    name TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, complete INTEGER NOT NULL,
    born INTEGER NOT NULL, died INTEGER) STRICT;
CREATE TABLE derived (kind TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    generation INTEGER NOT NULL, through INTEGER NOT NULL, passages INTEGER NOT NULL) STRICT;
"""
"""The tables that differ, as format 1 had them."""
TABLES = {
    "generations",
    "sources",
    "articles",
    "texts",
    "passages",
    "vectors",
    "derived",
    "skipped",
}


@pytest.fixture
def newest() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema.TABLES)
        yield connection


@pytest.fixture
def oldest() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(OF_FORMAT_1)
        yield connection


def columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, int, str | None]]:
    """Name, type, whether it must have a value, and default."""
    rows = connection.execute(
        f"SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('{table}')"
    )
    return sorted(rows)


def names(connection: sqlite3.Connection, table: str) -> set[str]:
    return {column[0] for column in connection.execute(f"SELECT * FROM {table}").description}


def test_an_upgraded_index_has_the_columns_of_a_new_one(
    newest: sqlite3.Connection, oldest: sqlite3.Connection
) -> None:
    for older in range(schema.OLDEST_FORMAT, schema.FORMAT):
        oldest.executescript(schema.UPGRADES[older])
    for table in TABLES:
        assert columns(oldest, table) == columns(newest, table), table


@pytest.mark.parametrize("older", range(schema.OLDEST_FORMAT, schema.FORMAT))
def test_a_reader_of_an_older_format_sees_the_columns_of_the_newest(
    newest: sqlite3.Connection, oldest: sqlite3.Connection, older: int
) -> None:
    for upgraded in range(schema.OLDEST_FORMAT, older):
        oldest.executescript(schema.UPGRADES[upgraded])
    oldest.executescript(schema.SEEN_AS_NEWEST[older])
    for table in TABLES:
        assert names(oldest, table) >= names(newest, table), table
    oldest.execute("INSERT INTO main.sources (path) VALUES ('/s')")
    oldest.execute(
        "INSERT INTO main.articles VALUES (7, 1, 'a', 'A', 'Tides turn.', '', 0, 0, 1, 1, NULL)"
    )
    oldest.execute(
        "INSERT INTO main.passages (article, start, end, text, sentences, key)"
        " VALUES (7, 0, 11, 'Tides turn.', x'', x'')"
    )
    seen = oldest.execute("SELECT id, metadata, passages FROM articles").fetchall()
    assert seen == [(7, None, 1)]
    assert oldest.execute("SELECT article, text FROM texts").fetchall() == [(7, "Tides turn.")]
    seen = oldest.execute("SELECT path, exclude, hidden, stamp, forgotten FROM sources").fetchall()
    assert seen == [("/s", "", 0, None, 0)]


@pytest.mark.parametrize(
    ("born", "died", "seen_in"),
    [
        (1, None, [1, 2, 3, 4]),
        (2, None, [2, 3, 4]),
        (2, 3, [2]),
        (2, 4, [2, 3]),
        (3, 3, []),
    ],
)
def test_an_article_is_visible_from_its_birth_until_it_dies(
    newest: sqlite3.Connection, born: int, died: int | None, seen_in: list[int]
) -> None:
    newest.execute(
        "INSERT INTO articles (source, name, title, sha256, size, mtime_ns, complete, born,"
        " died) VALUES (1, 'a', '', '', 0, 0, 1, ?, ?)",
        (born, died),
    )
    statement = f"SELECT count(*) FROM articles WHERE {schema.VISIBLE}"
    counts = {
        number: newest.execute(statement, {"generation": number}).fetchone()[0]
        for number in range(1, 5)
    }
    assert [number for number, count in counts.items() if count] == seen_in


def test_derived_files_carry_their_generation() -> None:
    assert schema.vectors_name(12) == "vectors-12.faiss"
    assert schema.vectors_name("*") == "vectors-*.faiss"
    assert schema.lexical_name(12) == "lexical/12"
    assert schema.lexical_name("3r") == "lexical/3r"


def test_a_folder_is_an_index_only_with_a_database_file(tmp_path: Path) -> None:
    assert not schema.is_index(tmp_path / "nowhere")
    assert not schema.is_index(tmp_path)
    (tmp_path / "locus.db").mkdir()
    assert not schema.is_index(tmp_path)
    (tmp_path / "locus.db").rmdir()
    (tmp_path / "locus.db").touch()
    assert schema.is_index(tmp_path)


def test_a_database_is_told_from_another_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "locus.db"
    assert schema.identity(tmp_path) is None
    path.write_text("one")
    one = schema.identity(tmp_path)
    assert one is not None
    path.write_text("written again")
    assert schema.identity(tmp_path) == one
    with path.open():  # or its inode might be taken again
        (tmp_path / "other").write_text("two")
        (tmp_path / "other").replace(path)
        assert schema.identity(tmp_path) not in {None, one}
