"""Open ``locus.db`` for reading or writing, create or upgrade it, and convert SQLite's errors.

The only module to import sqlite3.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from indexer import durable
from indexer.errors import DamagedIndex, IndexFolderError, NotAnIndex, VersionMismatch
from indexer.storing import schema
from indexer.storing.folder import index_option, not_an_index, not_finished
from indexer.storing.lock import writer_lock

_REASONS = {
    "SQLITE_FULL": "disk full. Free some space and run the command again; finished work is kept",
    "SQLITE_READONLY": "cannot write to the database. Make its folder and files writable",
    "SQLITE_CANTOPEN": "cannot open the database. Make its folder writable",
    "SQLITE_BUSY": "the database is locked by another program",
    "SQLITE_IOERR_WRITE": "write error on disk; finished work is kept",
}
"""What to say instead of SQLite's own message, by the name of its error."""

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_NOT_TEXT = "Could not decode to UTF-8"

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor


class Results(Protocol):
    """The rows of a statement, one after the other, as a cursor of SQLite has them.

    >>> results: Results = snapshot.rows("SELECT count(*) FROM sources")
    >>> results.fetchone()
    (1,)
    """

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any: ...  # noqa: ANN401 - as sqlite3 has it

    def fetchmany(self, size: int, /) -> list[Any]: ...

    def fetchall(self) -> list[Any]: ...


Execute = Callable[..., Cursor]
"""Execute one statement inside a transaction."""


Files = tuple[tuple[int, int, int] | None, ...]
"""Inode, size and time of each of a database's files; None for a missing one."""


@contextmanager
def database_errors(folder: Path) -> Iterator[None]:
    """Convert SQLite exceptions inside the block to errors of this project that name the file.

    DamagedIndex if SQLite reports damage, or for text that is not UTF-8. Every other problem is an
    IndexFolderError, which does not mean that the content of the index is damaged.
    """
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")  # the driver's own errors have none
        if name.startswith(_DAMAGE) or (not name and _NOT_TEXT in str(error)):
            raise damaged(folder, str(error)) from error
        reason = _REASONS.get(name, str(error))
        raise IndexFolderError(f"{folder / schema.DATABASE}: {reason}") from error
    except UnicodeDecodeError as error:  # SQLite's message quotes a damaged name of a column
        raise damaged(folder, "a name in it is not UTF-8") from error


def damaged(folder: Path, reason: str) -> DamagedIndex:
    """The error of a damaged database."""
    advice = f". Run `locus verify{index_option(folder)}` to see what is damaged"
    return DamagedIndex(folder / schema.DATABASE, reason, advice)


@contextmanager
def open_for_writing(folder: Path) -> Iterator[Connection]:
    """Open the index in ``folder`` under the writer's lock; creates it if it does not exist.

    An index of an older format is upgraded. Raises IndexBusy, NotAnIndex, VersionMismatch,
    DamagedIndex or IndexFolderError.
    """
    make_folder(folder)
    with writer_lock(folder), database_errors(folder):
        path = folder / schema.DATABASE
        with closing(_connect(path)) as connection:
            _prepare(connection, folder)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection


def open_for_reading(folder: Path) -> Connection:
    """A read-only connection, for one thread at a time.

    Its tables look like those of this format, even if the index has an older one. Raises
    NotAnIndex, VersionMismatch, DamagedIndex or IndexFolderError.
    """
    return open_unshared(folder)[0]


def open_unshared(folder: Path) -> tuple[Connection, Files | None]:
    """Like ``open_for_reading``, also returns the Files if SQLite cannot notice their changes."""
    path = folder / schema.DATABASE
    if not path.is_file():
        raise not_an_index(folder)
    address = path.resolve().as_uri() + "?mode=ro"
    with database_errors(folder):
        try:
            return _opened(address, folder), None
        except sqlite3.OperationalError:
            # In a read-only folder SQLite cannot create the files that WAL needs to share the
            # database. If there is no log, or an empty one, no process is writing, so the database
            # can be read without them.
            files = files_of(folder)
            log = files[1]
            if log is not None and log[1]:
                raise
            return _opened(address + "&immutable=1", folder), files


def files_of(folder: Path) -> Files:
    """Facts that change when the database in a folder, or its log, is written."""
    return tuple(_facts(folder / f"{schema.DATABASE}{end}") for end in ("", "-wal"))


def _facts(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def format_of(connection: Connection, folder: Path) -> int:
    """The index's format; raises NotAnIndex or VersionMismatch if Locus cannot read it."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if (
        application == 0
        and not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    ):
        raise not_finished(folder)  # a run created the file, and was stopped at once
    if application != schema.APPLICATION:
        raise NotAnIndex(f"{folder / schema.DATABASE} is not a Locus database")
    if version > schema.FORMAT:
        age, advice = "a newer", "Upgrade Locus, or build a new index in another folder"
    elif version < schema.OLDEST_FORMAT:
        age, advice = "an older", f"Delete {folder} and index your sources again"
    else:
        return version
    raise VersionMismatch(
        f"{folder} was made by {age} version of Locus (format {version}; this version reads"
        f" {schema.OLDEST_FORMAT} to {schema.FORMAT}). {advice}"
    )


@contextmanager
def transaction(connection: Connection) -> Iterator[Execute]:
    """Run all of the block's statements in one durable transaction, or none if it raises."""
    durable.reached("transaction")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection.execute
        durable.reached("commit")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    durable.reached("committed")


def make_folder(folder: Path) -> None:
    """Create the folder of an index, unless it exists. Raises NotAnIndex or IndexFolderError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotAnIndex(f"{folder} is a file; --index needs a folder") from None
    except OSError as error:
        raise IndexFolderError(f"cannot create {folder}: {error.strerror}") from None


def _prepare(connection: Connection, folder: Path) -> None:
    """Create the tables of an empty database; upgrade those of an older format."""
    with transaction(connection) as run:
        if run("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            _run_all(run, schema.TABLES)
            run(f"PRAGMA application_id = {schema.APPLICATION}")
        else:
            version = format_of(connection, folder)
            if version == schema.FORMAT:
                return
            for older in range(version, schema.FORMAT):
                _run_all(run, schema.UPGRADES[older])
        run(f"PRAGMA user_version = {schema.FORMAT}")


def _run_all(run: Execute, statements: str) -> None:
    for statement in filter(None, statements.split(";\n")):
        run(statement)


def _connect(address: Path | str, *, uri: bool = False) -> Connection:
    """A connection that several threads may use: SQLite runs one statement at a time."""
    return sqlite3.connect(
        address, uri=uri, isolation_level=None, check_same_thread=False, timeout=10
    )


def _opened(address: str, folder: Path) -> Connection:
    connection = _connect(address, uri=True)
    # SQLite's own lower() knows the letters of ASCII only.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
        version = format_of(connection, folder)
        if version in schema.SEEN_AS_NEWEST:
            connection.execute("PRAGMA temp_store = MEMORY")
            _run_all(connection.execute, schema.SEEN_AS_NEWEST[version])
    except BaseException:
        connection.close()
        raise
    return connection
