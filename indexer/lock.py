"""One writer at a time: an advisory lock that the system drops when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import IndexBusy, IndexFolderError
from indexer.schema import LOCK


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock; raise IndexBusy, naming the holder, if another does.

    Raises IndexFolderError if the folder cannot be written.
    """
    try:
        lock = (folder / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be written: {error.strerror}") from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise IndexBusy(
                f"{folder} is being written by process {holder}: wait until it ends, or stop it"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
