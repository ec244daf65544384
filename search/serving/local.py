"""The Unix socket through which ``locus search`` reaches a running server: DIR/serve.sock.

Because the socket is in the index folder, every command that names the folder finds it, and it
moves with the folder. Its file has mode 0600, so only the user who may read the index can connect;
no token is needed. This module has both sides of the file: ``server`` listens on it, ``client``
connects to it.

A path that is too long for a socket address is reached through a short link in a temporary folder.
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
"""Response header that identifies the database of the answer, see ``schema.identity``."""
VERSION = "locus-version"
"""Response header with the version of Locus that answered."""
UNLOGGED = {"locus-log": "off"}
"""A request header that keeps a question out of the log of the server."""

_LONGEST = 100
"""Longest path of a socket, in bytes, on every system: macOS allows 104, Linux 108."""
_WAITING = 64
"""Connections that may wait to be accepted."""
_AT_ONCE = 1.0
"""Seconds to connect. The operating system accepts connections, however busy the server is."""


def exists(folder: Path) -> bool:
    """Whether ``folder`` contains a socket that this user, or root, created."""
    try:
        facts = (folder / NAME).lstat()
    except OSError:
        return False
    return stat.S_ISSOCK(facts.st_mode) and facts.st_uid in {0, os.geteuid()}


def connect(folder: Path) -> socket.socket:
    """A connection to the server on the socket in ``folder``. Raises OSError if none accepts it."""
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
    """A listening socket in ``folder`` for the ``with`` block; its file is removed afterwards.

    If it cannot be created, or another server is using it, ``say`` is called with the reason and
    the block gets None. A file that replaced the socket during the block is not removed.
    """
    try:
        listener = _bind(folder)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            say(
                "another server for this index is already running; `locus search` will keep using"
                " that one"
            )
        else:
            reason = error.strerror or error
            say(
                f"`locus search` cannot use this server ({folder / NAME}: {reason}), so it will be"
                " slower; the web page works"
            )
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
        # The socket must have its mode from the start. A chmod of the path would come too late:
        # another user who may write to the folder could connect before it, or swap the file. No
        # other thread of this process creates files at this point.
        mask = os.umask(0o177)
        try:
            with _address(folder) as address:
                listener.bind(address)
        finally:
            os.umask(mask)
        listener.listen(_WAITING)  # nobody can connect before this
    except BaseException:
        listener.close()
        raise
    return listener


def _clear(folder: Path) -> None:
    """Remove the socket of a server that has ended. Raises OSError if it is anything else."""
    try:
        facts = (folder / NAME).lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(facts.st_mode):
        raise OSError(errno.EEXIST, "this file is not a socket")
    try:
        connect(folder).close()
    except ConnectionRefusedError:
        (folder / NAME).unlink(missing_ok=True)
        return
    except (TimeoutError, BlockingIOError):  # it is running, and overloaded
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
    """Device, inode and change time: they identify a file even if its inode was reused."""
    try:
        facts = (folder / NAME).lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_ctime_ns
