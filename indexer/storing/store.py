"""Read an index, one complete generation at a time.

``schema`` describes the tables; ``staging`` writes them.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from indexer.errors import IndexFolderError
from indexer.storing import schema
from indexer.storing.database import (
    Connection,
    Files,
    database_errors,
    files_of,
    format_of,
    open_unshared,
)
from indexer.storing.folder import not_finished
from indexer.storing.lock import is_held
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State, read_state

_MOST_IDLE = 16


@dataclass(slots=True)
class _Reading:
    """A connection to the database, used by one thread at a time."""

    connection: Connection
    files: Files | None
    """What its files looked like, if SQLite cannot notice their changes."""
    format: int
    version: int | None = None
    """SQLite's number of the database's content when ``state`` was read; it changes with it."""
    state: State | None = None

    @classmethod
    def open(cls, folder: Path) -> Self:
        connection, files = open_unshared(folder)
        try:
            return cls(connection, files, format_of(connection, folder))
        except BaseException:
            connection.close()
            raise

    def begin(self, folder: Path) -> bool:
        """Begin a transaction, and read the state if the database has changed.

        False if it has another format now. Raises what ``read_state`` raises.
        """
        self.connection.execute("BEGIN")
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self.version:
            if format_of(self.connection, folder) != self.format:
                return False
            self.state = read_state(self.connection, folder)
            self.version = version
        return True


class Store:
    """An index folder, opened for reading. Thread-safe: each thread reads with its own connection.

    It is closed when it is garbage-collected.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, snapshot):
    ...     print(state.articles, snapshot.article_names())
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``.

        Raises NotAnIndex, VersionMismatch, DamagedIndex or IndexFolderError.
        """
        self.folder = folder
        self._lock = Lock()
        self._file = schema.identity(folder)
        self._idle = [_Reading.open(folder)]
        self._closing = weakref.finalize(self, _close_all, self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index; threads that are reading it finish what they read."""
        with self._lock:
            self._closing()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The published generation, which does not change during the block.

        Raises NotAnIndex before the first generation, DamagedIndex or IndexFolderError.
        """
        with self._reading() as reading:
            state = reading.state
            if state is None:
                raise not_finished(self.folder)
            dimension = state.encoder.dimension
            yield state, Snapshot(reading.connection, self.folder, state.generation, dimension)

    @contextmanager
    def snapshot_of(self, state: State) -> Iterator[Snapshot]:
        """The generation with this ``state``, published or not, as ``snapshot`` yields one.

        The caller must know that the database still has what this generation needs.
        """
        with self._reading() as reading:
            dimension = state.encoder.dimension
            yield Snapshot(reading.connection, self.folder, state.generation, dimension)

    @contextmanager
    def _reading(self) -> Iterator[_Reading]:
        """A connection in a read transaction."""
        with database_errors(self.folder):
            reading = self._begun()
            try:
                yield reading
            finally:
                reading.connection.rollback()
                self._give_back(reading)

    def _begun(self) -> _Reading:
        """A connection in a read transaction, with the state that this transaction sees."""
        reading = self._taken()
        while True:
            try:
                if reading.begin(self.folder):
                    return reading
            except BaseException:
                reading.connection.close()
                raise
            reading.connection.close()  # a writer has upgraded the index
            reading = _Reading.open(self.folder)

    def _taken(self) -> _Reading:
        """An idle connection, or a new one if none is idle or SQLite would not notice changes."""
        with self._lock:
            if not self._closing.alive:
                raise IndexFolderError(f"the index {self.folder} is closed. Open it again")
            reading = self._idle.pop() if self._idle else None
        if reading is None:
            return _Reading.open(self.folder)
        if reading.files is None or reading.files == files_of(self.folder):
            return reading
        reading.connection.close()
        return _Reading.open(self.folder)

    def _give_back(self, reading: _Reading) -> None:
        with self._lock:
            if self._closing.alive and len(self._idle) < _MOST_IDLE:
                self._idle.append(reading)
                return
        reading.connection.close()

    def is_replaced(self) -> bool:
        """Whether the index was deleted or replaced since it was opened."""
        return schema.identity(self.folder) != self._file

    def has_writer(self) -> bool:
        """Whether a process is writing to the index now."""
        return is_held(self.folder)


def _close_all(idle: list[_Reading]) -> None:
    while idle:
        idle.pop().connection.close()
