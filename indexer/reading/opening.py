"""Open regular files only, and never block.

Opening a named pipe blocks until another process writes to it, and a device may have no end. A path
may have become one of these since its folder was listed. So it is opened in non-blocking mode, and
the type of the open file is checked before it is read.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from indexer.errors import UnreadableArticle

NOT_REGULAR = "not a regular file (a device, pipe or socket)"

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading bytes.

    Raises UnreadableArticle for anything else, such as a folder or a named pipe, and OSError.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket, or a missing device
            raise UnreadableArticle(NOT_REGULAR) from None
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableArticle("a folder, not a file" if stat.S_ISDIR(mode) else NOT_REGULAR)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file.

    Raises UnreadableArticle for any other kind of file and for more than ``limit`` bytes, and
    OSError.
    """
    with open_file(path) as file:
        data = file.read(limit + 1)
        if len(data) > limit:
            raise past_limit(os.fstat(file.fileno()).st_size, limit)
    return data


def past_limit(size: int, limit: int) -> UnreadableArticle:
    """The error for a file or a line of ``size`` bytes if ``limit`` bytes are allowed."""
    kind = "too large ({:,} bytes; the limit is {} MiB); split it into smaller parts"
    return UnreadableArticle(kind, size, limit // 2**20)
