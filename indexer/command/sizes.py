"""The size of a folder on disk, in bytes and in words."""

import os
from contextlib import suppress
from pathlib import Path

_MEGA = 1e6


def bytes_in(folder: Path) -> int:
    """The bytes of all files in a folder; symlinks are not followed.

    Files that another process deletes in the meantime are not counted.
    """
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).lstat().st_size
    return total


def in_words(size: int) -> str:
    """A number of bytes for people.

    >>> in_words(53_400_000), in_words(2_100)
    ('53.4 MB', '2.1 kB')
    """
    return f"{size / _MEGA:,.1f} MB" if size >= _MEGA / 10 else f"{size / 1e3:,.1f} kB"
