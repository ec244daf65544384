"""Files that are there whole or not at all, whatever happens while they are written."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".*.tmp"
"""A glob for what a process that was killed while writing leaves behind."""


def reached(step: str) -> None:
    """Mark a point between two steps of what lasts on disk; it does nothing.

    Every write of an index passes one before and after each step that a crash or a fault could
    separate from the next. A test that puts a crash in this function's place puts it everywhere.
    """


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which at the end of the block takes the place of ``path``.

    If the block raises, the temporary file goes and ``path`` stays as it was.
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
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
