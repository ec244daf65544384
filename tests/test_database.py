"""The database is opened, made and written, and what SQLite raises becomes an error of Locus."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from indexer.errors import DamagedIndex, IndexFolderError, NotAnIndex, VersionMismatch
from indexer.storing import schema
from indexer.storing.database import (
    damaged,
    database_errors,
    files_of,
    format_of,
    open_for_reading,
    open_for_writing,
    open_unshared,
    transaction,
)


def setting(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def edit(folder: Path, statement: str) -> None:
    """Change the database behind Locus's back."""
    with closing(sqlite3.connect(folder / schema.DATABASE)) as connection, connection:
        connection.executescript(statement)


def test_an_index_is_made_with_the_tables_of_the_newest_format(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "x.locus"
    with open_for_writing(folder) as connection:
        assert format_of(connection, folder) == schema.FORMAT
        assert setting(connection, "application_id") == schema.APPLICATION
        assert setting(connection, "journal_mode") == "wal"
        assert setting(connection, "synchronous") == 2, "FULL"
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        assert {"generations", "sources", "articles", "passages", "vectors", "derived"} <= tables
    assert schema.is_index(folder)


def test_an_index_of_format_1_is_upgraded_by_a_writer(tmp_path: Path) -> None:
    with open_for_writing(tmp_path):
        pass
    edit(
        tmp_path,
        "DROP TABLE sources; CREATE TABLE sources (id INTEGER PRIMARY KEY, path TEXT) STRICT;"
        "ALTER TABLE generations DROP COLUMN calibration;"
        "ALTER TABLE generations DROP COLUMN checksum;"
        "ALTER TABLE passages DROP COLUMN words; ALTER TABLE passages DROP COLUMN checksum;"
        "ALTER TABLE vectors DROP COLUMN parts; ALTER TABLE vectors DROP COLUMN checksum;"
        "ALTER TABLE generations DROP COLUMN tuning; ALTER TABLE passages DROP COLUMN place;"
        "ALTER TABLE articles DROP COLUMN passages; ALTER TABLE articles DROP COLUMN metadata;"
        "ALTER TABLE articles DROP COLUMN container; DROP TABLE skipped;"
        "DROP TABLE texts; ALTER TABLE articles ADD COLUMN text TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE derived RENAME COLUMN digest TO sha256;"
        "ALTER TABLE derived DROP COLUMN depth;"
        "INSERT INTO sources VALUES (4, '/s'); PRAGMA user_version = 1;",
    )
    with closing(open_for_reading(tmp_path)) as reading:
        assert format_of(reading, tmp_path) == 1, "a reader leaves it as it is"
        assert reading.execute("SELECT exclude, hidden FROM sources").fetchall() == [("", 0)]
    with open_for_writing(tmp_path) as connection:
        assert format_of(connection, tmp_path) == schema.FORMAT
        assert connection.execute("SELECT * FROM sources").fetchall() == [
            (4, "/s", "", 0, None, 0, "")
        ]


def test_a_reader_cannot_write(small_index: Path) -> None:
    with closing(open_for_reading(small_index)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM articles")
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (3,)


@pytest.mark.parametrize("name", ["a b", "100%", "what?", "a#b", "größe"])
def test_a_folder_may_have_any_name(small_index: Path, tmp_path: Path, name: str) -> None:
    """SQLite is given an address, in which some characters mean something."""
    folder = tmp_path / name
    folder.mkdir()
    (folder / schema.DATABASE).write_bytes((small_index / schema.DATABASE).read_bytes())
    with closing(open_for_reading(folder)) as connection:
        assert format_of(connection, folder) == schema.FORMAT


def test_where_there_is_no_index_none_is_read_and_none_is_made_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotAnIndex, match="nowhere"):
        open_for_reading(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "file").write_text("text")
    for opened in (open_for_reading, lambda it: open_for_writing(it).__enter__()):
        with pytest.raises(NotAnIndex, match="file"):
            opened(tmp_path / "file")
    with pytest.raises(IndexFolderError, match="below"):
        open_for_writing(tmp_path / "file/below").__enter__()
    assert (tmp_path / "file").read_text() == "text"


Opening = Callable[[Path], object]


@pytest.fixture(params=["reading", "writing"])
def opening(request: pytest.FixtureRequest) -> Opening:
    def opened(folder: Path) -> None:
        if request.param == "reading":
            open_for_reading(folder).close()
        else:
            with open_for_writing(folder):
                pass

    return opened


def test_a_database_that_is_not_locus_s_is_left_alone(tmp_path: Path, opening: Opening) -> None:
    edit(tmp_path, "CREATE TABLE notes (text TEXT)")
    before = (tmp_path / schema.DATABASE).read_bytes()
    with pytest.raises(NotAnIndex, match=schema.DATABASE):
        opening(tmp_path)
    assert (tmp_path / schema.DATABASE).read_bytes() == before


@pytest.mark.parametrize("version", [0, schema.FORMAT + 1, 999])
def test_a_format_that_this_locus_does_not_know_is_refused(
    copied_index: Path, version: int, opening: Opening
) -> None:
    edit(copied_index, f"PRAGMA user_version = {version}")
    with pytest.raises(VersionMismatch) as refused:
        opening(copied_index)
    assert f"format {version}" in str(refused.value)
    assert str(copied_index) in str(refused.value)


def test_a_file_that_is_no_database_is_damage(tmp_path: Path, opening: Opening) -> None:
    (tmp_path / schema.DATABASE).write_bytes(b"This is no database. " * 100)
    with pytest.raises(DamagedIndex, match=schema.DATABASE):
        opening(tmp_path)


def test_a_database_whose_pages_are_cut_off_is_damage(copied_index: Path) -> None:
    path = copied_index / schema.DATABASE
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with (
        pytest.raises(DamagedIndex, match=str(copied_index)),
        database_errors(copied_index),
        closing(open_for_reading(copied_index)) as connection,
    ):
        connection.execute("SELECT * FROM articles, passages, vectors").fetchall()


def test_text_that_is_not_utf8_is_damage(tmp_path: Path) -> None:
    with (
        pytest.raises(DamagedIndex) as refused,
        database_errors(tmp_path),
        closing(sqlite3.connect(":memory:")) as connection,
    ):
        connection.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()
    assert "locus verify" in str(refused.value)
    assert str(tmp_path / schema.DATABASE) in str(refused.value)


def test_a_name_of_a_column_that_is_not_utf8_is_damage(tmp_path: Path) -> None:
    """SQLite quotes it in its message, which Python then cannot decode."""
    with pytest.raises(DamagedIndex, match="not UTF-8"), database_errors(tmp_path):
        b"no such column: checks\xf0um".decode()


def test_a_full_disk_and_a_wrong_statement_are_not_called_damage(tmp_path: Path) -> None:
    for statement in (
        "PRAGMA max_page_count = 1; CREATE TABLE t (x); CREATE TABLE u (x)",
        "SELECT nothing",
    ):
        with (
            pytest.raises(IndexFolderError) as refused,
            database_errors(tmp_path),
            closing(sqlite3.connect(":memory:")) as connection,
        ):
            connection.executescript(statement)
        assert type(refused.value) is IndexFolderError
        assert isinstance(refused.value.__cause__, sqlite3.Error)
        assert ("space" in str(refused.value)) == ("max_page_count" in statement)


def test_errors_that_are_not_sqlite_s_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), database_errors(tmp_path):
        raise ZeroDivisionError


def test_damage_keeps_its_reason_apart_from_the_advice(tmp_path: Path) -> None:
    error = damaged(tmp_path, "a page is lost")
    assert error.reason == "a page is lost"
    assert str(tmp_path / schema.DATABASE) in str(error)
    assert str(error).index("a page is lost") < str(error).index("locus verify")


def test_a_transaction_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with open_for_writing(tmp_path) as connection:
        with transaction(connection) as run:
            run("INSERT INTO sources (path) VALUES ('/a')")
            run("INSERT INTO sources (path) VALUES ('/b')")
        with suppress(KeyboardInterrupt), transaction(connection) as run:
            run("DELETE FROM sources")
            raise KeyboardInterrupt
        with pytest.raises(sqlite3.IntegrityError), transaction(connection) as run:
            run("INSERT INTO sources (path) VALUES ('/c')")
            run("INSERT INTO sources (path) VALUES ('/a')")
        assert not connection.in_transaction
        paths = connection.execute("SELECT path FROM sources ORDER BY 1").fetchall()
    assert paths == [("/a",), ("/b",)]


def test_what_was_written_shows_in_the_facts_of_the_files(copied_index: Path) -> None:
    assert files_of(copied_index / "nowhere") == (None, None)
    before = files_of(copied_index)
    assert files_of(copied_index) == before
    assert before[0] is not None
    assert before[0][1] == (copied_index / schema.DATABASE).stat().st_size
    with open_for_writing(copied_index) as connection:
        with transaction(connection) as run:
            run("INSERT INTO sources (path) VALUES ('/a')")
        assert files_of(copied_index)[1] not in {None, before[1]}
    assert files_of(copied_index)[0] != before[0]


def test_where_sqlite_itself_notices_changes_no_files_are_watched(copied_index: Path) -> None:
    connection, files = open_unshared(copied_index)
    with closing(connection):
        assert files is None
        edit(copied_index, "INSERT INTO sources (path) VALUES ('/a')")
        assert ("/a",) in connection.execute("SELECT path FROM sources").fetchall()


def test_a_file_that_a_stopped_run_has_only_created_is_an_unfinished_index(tmp_path: Path) -> None:
    (tmp_path / schema.DATABASE).touch()
    with pytest.raises(NotAnIndex, match="is not finished yet"):
        open_for_reading(tmp_path)
    with open_for_writing(tmp_path) as connection:
        assert format_of(connection, tmp_path) == schema.FORMAT
