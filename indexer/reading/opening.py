"""Open regular files, and nothing else, without ever waiting.

Opening a named pipe waits until somebody writes to it, and a device may never end. A path that was
a file when its folder was listed may have become one of these since. It is therefore opened without
waiting, and what was opened is looked at before it is read.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from indexer.errors import UnreadableArticle

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_file(path: Path) -> BinaryIO:
    """A regular file, to read its bytes.

    Raises UnreadableArticle for what is none, such as a folder or a named pipe, and OSError.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket, or a device that is not there
            raise UnreadableArticle("not a regular file") from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableArticle("not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file.

    Raises UnreadableArticle for what is none and for more than ``limit`` bytes, and OSError.
    """
    with open_file(path) as file:
        data = file.read(limit + 1)
        if len(data) > limit:
            raise past_limit(os.fstat(file.fileno()).st_size, limit)
    return data


def past_limit(size: int, limit: int) -> UnreadableArticle:
    """The error for a file or a line of ``size`` bytes, where ``limit`` bytes are allowed."""
    return UnreadableArticle(f"{size:,} bytes long; the limit is {limit // 2**20} MiB")
