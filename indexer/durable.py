"""Atomic, durable file writes: after a crash a file is complete or absent, never partial."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".*.tmp"
"""A glob for the temporary files that a process leaves behind if it is killed while writing."""


def reached(step: str) -> None:
    """Mark a point between two durable steps of a write; it does nothing.

    Every write to an index calls it before and after each step, wherever a crash could occur.
    Tests replace this function to simulate a crash at each of these points.
    """


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; at the end of the block it replaces ``path``.

    If the block raises, the temporary file is deleted and ``path`` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        reached("file")
        yield temporary
        reached("file written")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        reached("file synced")
        temporary.replace(path)
        reached("file in place")
        sync_folder(path.parent)
        reached("file lasting")
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that new and renamed files survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
