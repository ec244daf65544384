"""Opening ``locus.db``: to read, to write, made or brought up to date; SQLite's errors as ours.

The only module to import sqlite3.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from indexer import durable
from indexer.errors import DamagedIndex, IndexFolderError, NotAnIndex, VersionMismatch
from indexer.storing import schema
from indexer.storing.folder import not_an_index
from indexer.storing.lock import writer_lock

_ADVICE = {
    "SQLITE_FULL": ": free some space and run the command again; what was committed stands",
    "SQLITE_READONLY": ": the folder cannot be written",
    "SQLITE_CANTOPEN": ": the folder cannot be written",
    "SQLITE_BUSY": ": another program holds the database",
    "SQLITE_IOERR_WRITE": ": the disk refused the write; what was committed stands",
}

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_NOT_TEXT = "Could not decode to UTF-8"

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor

Execute = Callable[..., Cursor]
"""Execute one statement inside a transaction."""


Files = tuple[tuple[int, int, int] | None, ...]
"""Inode, size and time of each of a database's files; None for one that is not there."""


@contextmanager
def database_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into errors of this project, naming the folder.

    DamagedIndex is what SQLite itself calls damage, and text that is no UTF-8. Whatever else goes
    wrong is an IndexFolderError: it says nothing about the content of the index.
    """
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")  # the driver's own errors have none
        if name.startswith(_DAMAGE) or (not name and _NOT_TEXT in str(error)):
            raise damaged(folder, str(error)) from error
        raise IndexFolderError(
            f"{folder / schema.DATABASE}: {error}{_ADVICE.get(name, '')}"
        ) from error


def damaged(folder: Path, reason: str) -> DamagedIndex:
    """The error of a database that does not hold what was written to it."""
    advice = f". Run `locus verify --index {folder}` to see what is damaged"
    return DamagedIndex(folder / schema.DATABASE, reason, advice)


@contextmanager
def open_for_writing(folder: Path) -> Iterator[Connection]:
    """A connection to the index in ``folder``, made if need be, under the writer's lock.

    An index of an older format becomes one of this format. Raises IndexBusy, NotAnIndex,
    VersionMismatch, DamagedIndex or IndexFolderError.
    """
    _make_folder(folder)
    with writer_lock(folder), database_errors(folder):
        path = folder / schema.DATABASE
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
            _prepare(connection, folder)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection


def open_for_reading(folder: Path) -> Connection:
    """A connection that cannot write, to be used by one thread at a time.

    To its user the tables are those of this format, whatever the index's own. Raises NotAnIndex,
    VersionMismatch, DamagedIndex or IndexFolderError.
    """
    return open_as_it_lies(folder)[0]


def open_as_it_lies(folder: Path) -> tuple[Connection, Files | None]:
    """The same, with what the files were if SQLite will not notice when they change, else None."""
    path = folder / schema.DATABASE
    if not path.is_file():
        raise not_an_index(folder)
    address = path.resolve().as_uri() + "?mode=ro"
    with database_errors(folder):
        try:
            return _opened(address, folder), None
        except sqlite3.OperationalError:
            # A folder that cannot be written cannot take the files WAL needs to share the database;
            # with none there, or an empty one, nobody writes, and it can be read as it lies.
            files = files_of(folder)
            log = files[1]
            if log is not None and log[1]:
                raise
            return _opened(address + "&immutable=1", folder), files


def files_of(folder: Path) -> Files:
    """What tells whether the database in a folder, or its log, was written since."""
    return tuple(_facts(folder / f"{schema.DATABASE}{end}") for end in ("", "-wal"))


def _facts(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def format_of(connection: Connection, folder: Path) -> int:
    """The index's format; raises NotAnIndex or VersionMismatch unless this Locus reads it."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != schema.APPLICATION:
        raise NotAnIndex(f"{folder / schema.DATABASE} is a database, but not one that Locus made")
    if version > schema.FORMAT:
        advice = "upgrade Locus, or index the sources into another folder"
    elif version < schema.OLDEST_FORMAT:
        advice = f"delete {folder} and index the sources again"
    else:
        return version
    raise VersionMismatch(
        f"{folder} is an index of format {version}; this Locus reads formats"
        f" {schema.OLDEST_FORMAT} to {schema.FORMAT}: {advice}"
    )


@contextmanager
def transaction(connection: Connection) -> Iterator[Execute]:
    """All of the block's statements, lasting on disk once it ends, or none."""
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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotAnIndex(f"{folder} is a file, and an index is a folder") from None
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be made: {error.strerror}") from None


def _prepare(connection: Connection, folder: Path) -> None:
    """Make the tables in an empty database, and upgrade those of an older format."""
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
    for statement in statements.split(";\n"):
        run(statement)


def _opened(address: str, folder: Path) -> Connection:
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=10
    )
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
