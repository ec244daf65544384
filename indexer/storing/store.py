"""Read an index, one complete generation at a time.

``schema`` describes the tables; ``staging`` writes them.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self

from indexer.errors import IndexFolderError
from indexer.storing import schema
from indexer.storing.database import (
    Connection,
    database_errors,
    files_of,
    format_of,
    open_unshared,
)
from indexer.storing.folder import not_finished
from indexer.storing.lock import is_held
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State, read_state


class Store:
    """An index folder, opened for reading. Thread-safe.

    It is closed when it is garbage-collected.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, snapshot):
    ...     print(state.articles, snapshot.article_names())
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``.

        Raises NotAnIndex, VersionMismatch, DamagedIndex or IndexFolderError.
        """
        self.folder = folder
        self._lock = RLock()
        self._file = schema.identity(folder)
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index as soon as no other thread is reading it."""
        with self._lock:
            self._closing()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The published generation, which does not change during the block.

        Raises NotAnIndex before the first generation, DamagedIndex or IndexFolderError.
        """
        with self._lock, database_errors(self.folder):
            connection = self._opened()
            connection.execute("BEGIN")
            try:
                if format_of(connection, self.folder) != self._format:  # a writer upgraded it
                    connection.rollback()
                    connection = self._opened(anew=True)
                    connection.execute("BEGIN")
                state = read_state(connection, self.folder)
                if state is None:
                    raise not_finished(self.folder)
                dimension = state.encoder.dimension
                yield state, Snapshot(connection, self.folder, state.generation, dimension)
            finally:
                connection.rollback()

    def _open(self) -> None:
        self._connection, self._files = open_unshared(self.folder)
        self._format = format_of(self._connection, self.folder)
        self._closing = weakref.finalize(self, self._connection.close)

    def _opened(self, *, anew: bool = False) -> Connection:
        """The connection; a new one if the files were written and SQLite cannot notice it.

        Also with ``anew``.
        """
        if not self._closing.alive:
            raise IndexFolderError(f"the index {self.folder} is closed. Open it again")
        if anew or (self._files is not None and self._files != files_of(self.folder)):
            close_old = self._closing
            self._open()
            close_old()
        return self._connection

    def is_replaced(self) -> bool:
        """Whether the index was deleted or replaced since it was opened."""
        return schema.identity(self.folder) != self._file

    def has_writer(self) -> bool:
        """Whether a process is writing to the index now."""
        return is_held(self.folder)
