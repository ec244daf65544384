"""One writer at a time: an advisory lock that the system releases when its process ends."""

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
    """Hold the folder's writer lock; raises IndexBusy if another process has it.

    Raises IndexFolderError if the folder is not writable.
    """
    try:
        # Symlinks are not followed: in a folder that others can write to, one could lead anywhere.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(folder / LOCK, flags, 0o666)
    except OSError as error:
        raise IndexFolderError(f"cannot write to {folder}: {error.strerror}") from None
    with os.fdopen(lock, "r+", encoding="ascii") as file:
        if not _take(file):
            file.seek(0)
            holder = file.read().strip()
            process = f"another locus process (PID {holder})" if holder else "another process"
            raise IndexBusy(f"{process} is updating {folder}; wait for it to finish, or stop it")
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_held(folder: Path) -> bool:
    """Whether a writer holds the folder's lock."""
    try:
        with (folder / LOCK).open("rb") as file:
            # A shared lock, so that several checks do not block each other; closing releases it.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there was never a writer, or the file system does not support locks
        return False
    return False


def _take(file: IO[str]) -> bool:
    """Try to take the lock, with short retries: ``is_held`` may hold it for a moment."""
    for patience in (*_PATIENCE, None):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if patience is not None:
            time.sleep(patience)
    return False
