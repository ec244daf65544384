"""One writer at a time: an advisory lock that the system drops when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from indexer.errors import IndexBusy, IndexFolderError
from indexer.storing.schema import LOCK

_PATIENCE = (0.01, 0.03, 0.1)
"""Seconds between tries."""


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock; raise IndexBusy, naming the holder, if another does.

    Raises IndexFolderError if the folder cannot be written.
    """
    try:
        # No link is followed: in a folder that others may write, it could lead to any file.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(folder / LOCK, flags, 0o666)
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be written: {error.strerror}") from None
    with os.fdopen(lock, "r+", encoding="ascii") as file:
        if not _take(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise IndexBusy(
                f"{folder} is being written by process {holder}: wait until it ends, or stop it"
            )
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_held(folder: Path) -> bool:
    """Whether a writer holds the folder's lock."""
    try:
        with (folder / LOCK).open("rb") as file:
            # Shared, so that those who look do not see one another; dropped as the file is closed.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no writer has ever been there, or the file system knows no locks
        return False
    return False


def _take(file: IO[str]) -> bool:
    """Whether the lock is ours now. Who only looks at it has it for less than the patience here."""
    for patience in (*_PATIENCE, None):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if patience is not None:
            time.sleep(patience)
    return False
