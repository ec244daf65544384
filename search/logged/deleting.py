"""Delete questions from a log, while other processes may append to it."""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.durable import written_whole
from indexer.errors import QueryError
from search.logged.reading import entry_in, log_lines

_TRIES = 100
_PAUSE = 0.05
"""Seconds between tries while another process appends or deletes: five seconds in all."""


def delete_log(path: Path) -> None:
    """Delete the whole file. Raises QueryError if that fails."""
    with _locked(path), _failing(path):
        path.unlink()


def delete_questions(path: Path, ids: Collection[str], say: Callable[[str], object]) -> None:
    """Delete the questions with these ids, and what was opened after them.

    Lines that are not valid stay, and ``say`` is told how many. Raises QueryError if the file
    cannot be replaced; then it is unchanged.
    """
    invalid = 0
    with _locked(path), _failing(path), written_whole(path) as temporary:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as kept:
            for number, data in log_lines(path):
                if data is None:
                    raise QueryError(f"{path}:{number}: the line is too long to be copied")
                entry = entry_in(data)
                if isinstance(entry, str):
                    invalid += 1
                elif entry.id in ids:
                    continue
                kept.write(data if data.endswith(b"\n") else data + b"\n")
    if invalid:
        lines = "1 invalid line was" if invalid == 1 else f"{invalid:,} invalid lines were"
        say(f"{path}: {lines} kept, because no question can be read there")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of the file at ``path``, so that nobody appends to it meanwhile."""
    for _ in range(_TRIES):
        with _failing(path):
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _is_locked(file) and _is_at(path, file):
                yield
                return
        finally:
            os.close(file)
        time.sleep(_PAUSE)
    raise QueryError(f"{path} is in use by another process. Try again")


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise QueryError(f"cannot delete from {path}: {reason}") from None
