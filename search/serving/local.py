"""Where a server answers programs of its own user on this machine: ``serve.sock``, in the index.

A Unix socket beside the index it answers from is found wherever that folder is named, and goes with
it. Its file has mode 0600, and whoever may open it may read the index: that is all who asks has to
show. This module knows both sides of the file; ``server`` listens at it, ``client`` asks there.

A path longer than a socket's address may be is reached through a short link in a folder of its own.
"""

import errno
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "serve.sock"
INDEX = "locus-index"
"""The header of an answer that says which database it is from, see ``schema.identity``."""
VERSION = "locus-version"
"""The header of an answer that says which version of Locus gave it."""

_LONGEST = 100
"""Bytes of a path that a socket's address takes on every system: 104 on macOS, 108 on Linux."""
_WAITING = 64
"""Connections that wait to be taken in."""
_AT_ONCE = 1.0
"""Seconds. A server takes a connection in by the system alone, however busy it is."""


def exists(folder: Path) -> bool:
    """Whether there is a socket in ``folder`` that this user, or root, has made."""
    try:
        facts = (folder / NAME).lstat()
    except OSError:
        return False
    return stat.S_ISSOCK(facts.st_mode) and facts.st_uid in {0, os.geteuid()}


def connect(folder: Path) -> socket.socket:
    """A connection to the server at the socket in ``folder``; raises OSError if none takes it."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_AT_ONCE)
        with _address(folder) as address:
            connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def listening(folder: Path, say: Callable[[str], object]) -> Iterator[socket.socket | None]:
    """A socket that holds the place in ``folder`` while the block lasts, and is gone after it.

    None, and a line to ``say`` why, if it cannot be had: a server that lives keeps its own. A file
    that was put in its place meanwhile is left there.
    """
    try:
        listener = _bind(folder)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            say(f"`locus search` asks the server that was there before: {folder / NAME}")
        else:
            reason = error.strerror or error
            say(f"`locus search` will not find this server: {folder / NAME}: {reason}")
        yield None
        return
    ours = _facts(folder)
    try:
        yield listener
    finally:
        listener.close()
        if _facts(folder) == ours:
            with suppress(OSError):
                (folder / NAME).unlink()


def _bind(folder: Path) -> socket.socket:
    _clear(folder)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Of this mode from the first instant, and not by its name: who may write the folder could
        # connect before, or put another file there. Nothing else here makes files meanwhile.
        mask = os.umask(0o177)
        try:
            with _address(folder) as address:
                listener.bind(address)
        finally:
            os.umask(mask)
        listener.listen(_WAITING)  # until here nobody can connect
    except BaseException:
        listener.close()
        raise
    return listener


def _clear(folder: Path) -> None:
    """Remove the socket of a server that has ended; raises OSError if anything else is there."""
    try:
        facts = (folder / NAME).lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(facts.st_mode):
        raise OSError(errno.EEXIST, "something else has this name")
    try:
        connect(folder).close()
    except ConnectionRefusedError:
        (folder / NAME).unlink(missing_ok=True)
        return
    except (TimeoutError, BlockingIOError):  # it lives, and has more to do than it can
        pass
    raise OSError(errno.EADDRINUSE, "in use")


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    path = folder / NAME
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="locus-") as private:
        link = Path(private, "i")
        link.symlink_to(folder.absolute(), target_is_directory=True)
        yield str(link / NAME)


def _facts(folder: Path) -> tuple[int, int, int] | None:
    """What tells a socket's file from a later one, which may have the same inode."""
    try:
        facts = (folder / NAME).lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_ctime_ns
