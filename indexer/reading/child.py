"""The child process of a worker: reads files that it is given, one after another.

A file may be made to attack its parser. So this process can do nothing but read: it has limits of
memory, writes no file, opens no connection, starts no program, and opens no file but those of
Python and its libraries. It ends when its parent does.
"""

import fcntl
import json
import os
import resource
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any, BinaryIO

from indexer.errors import UnreadableArticle, is_panic
from indexer.reading import formats, frames
from indexer.reading.formats.format import Format
from indexer.reading.formats.member import Member
from indexer.reading.opening import past_limit
from indexer.types import Document

EXCEEDED = 86
"""The exit code of a child whose memory exceeds its limit, where the system does not hold it."""
_DEEPEST = 2
"""A container inside a container is read; one inside that is not."""
_OPEN_FILES = 64
_REQUEST_BYTES = 2**16
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = (
    *("socket.", "subprocess.", "shutil.", "pty.", "winreg.", "webbrowser.", "sqlite3."),
    *("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.kill"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.chflags", "os.utime", "os.setxattr", "os.removexattr"),
)
"""What Python announces to an audit hook before it does it, by the beginning of the event."""
_OURS = str(Path(__file__).parents[1])
"""The package itself, which an editable installation does not have on ``sys.path``."""
_LIBRARIES = tuple(
    {
        os.path.realpath(path) + os.sep
        for path in (sys.prefix, sys.base_prefix, *sys.path, _OURS)
        if path not in {"", os.sep}
    }
)
"""Folders in which files may be read."""
_MEMORY = "/proc/self/statm"
_LOOK_SECONDS = 0.1


def main(settings: dict[str, Any]) -> None:
    """Answer requests on standard input until it ends.

    ``settings`` are the limit of ``memory`` in bytes, and ``life``, the descriptor of a pipe that
    closes when the parent ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    requests, answers = socket.socket(fileno=os.dup(0)), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # so that what a library prints breaks no frame
        os.dup2(nothing, standard)
    _end_with(settings["life"])
    _confine(settings["memory"])
    _answer(answers, {"ready": True})
    while (request := _request(requests)) is not None:
        asked, file = request
        try:
            with file:
                for message in _messages(asked, file):
                    _answer(answers, message)
            _answer(answers, {"end": True, "memory": _resident()})
        except MemoryError:
            _answer(answers, {"memory": "exceeded"})
            return


def _request(requests: socket.socket) -> tuple[dict[str, Any], BinaryIO] | None:
    """The next request and its file; None if the parent has no more."""
    data, descriptors, _, _ = socket.recv_fds(requests, _REQUEST_BYTES, 1)
    if not data:
        return None
    while len(data) < frames.LENGTH.size or len(data) < frames.LENGTH.size + _length(data):
        data += requests.recv(_REQUEST_BYTES)
    return frames.unpacked(data[frames.LENGTH.size :]), os.fdopen(descriptors[0], "rb")


def _length(data: bytes) -> int:
    return frames.length_of(data[: frames.LENGTH.size])


def _answer(answers: BinaryIO, message: dict[str, Any]) -> None:
    try:
        answers.write(frames.packed(message))
        answers.flush()
    except BrokenPipeError:  # the parent has ended
        os._exit(0)


def _messages(asked: dict[str, Any], file: BinaryIO) -> Iterator[dict[str, Any]]:
    """The answers to one request, without the end."""
    name = asked["name"]
    its = Format(*asked["format"])
    formats.FORMATS[formats.suffix_of(name)] = its
    if not its.is_container:
        data = file.read(its.limit + 1)
        if len(data) > its.limit:  # it has grown since its size was compared
            yield {"error": str(past_limit(len(data), its.limit))}
        else:
            yield _found(name, data)
        return
    try:
        columns = tuple(asked["text_columns"])
        for number, member in enumerate(_members(its, file, name, 1, columns)):
            if number >= asked["after"]:
                end = {"at": file.tell()}
                yield from (it | end for it in _of_member(member, f"{name}/{member.name}"))
    except UnreadableArticle as error:
        yield {"failed": str(error)}


def _members(
    its: Format, file: BinaryIO, name: str, depth: int, columns: tuple[str, ...]
) -> Iterator[Member]:
    """The members of a container, and those of containers in it; raises UnreadableArticle."""
    try:
        for member in its.container(columns)(file, name):
            inner = formats.FORMATS.get(member.suffix)
            if inner is None or not inner.is_container or not isinstance(member.content, bytes):
                yield member
            elif depth >= _DEEPEST:
                yield Member(
                    member.name,
                    UnreadableArticle("an archive inside an archive of this archive; unpack it"),
                )
            else:
                data = BytesIO(member.content)
                yield from _inside(
                    inner, member.name, data, f"{name}/{member.name}", depth, columns
                )
    except (UnreadableArticle, MemoryError):
        raise
    except Exception as error:
        raise formats.failure(its, error) from error
    except BaseException as error:
        if is_panic(error):
            raise formats.failure(its, error) from error
        raise


def _inside(
    its: Format, inner: str, file: BinaryIO, name: str, depth: int, columns: tuple[str, ...]
) -> Iterator[Member]:
    """The members of a container that is a member itself, which is called ``inner``."""
    try:
        for it in _members(its, file, name, depth + 1, columns):
            yield Member(f"{inner}/{it.name}", it.content, it.suffix)
    except UnreadableArticle as error:
        yield Member(inner, error)


def _of_member(member: Member, name: str) -> Iterator[dict[str, Any]]:
    about = {"member": member.name}
    if isinstance(member.content, UnreadableArticle):
        yield about | {"error": str(member.content)}
    elif isinstance(member.content, Counter):
        yield about | {"ignored": dict(member.content)}
    elif isinstance(member.content, Document):
        its = Format("member", "")
        try:
            yield about | _as_document(formats.checked(its, member.content, name))
        except UnreadableArticle as error:
            yield about | {"error": str(error)}
    else:
        named = name if formats.suffix_of(name) == member.suffix else name + member.suffix
        # So that the parent knows which one ended this process.
        yield about | {"begun": _format_name(named, member.content)}
        yield about | _found(named, member.content)


def _format_name(name: str, data: bytes) -> str:
    try:
        return formats.format_of(name, data).name
    except UnreadableArticle:
        return ""


def _found(name: str, data: bytes) -> dict[str, Any]:
    try:
        its = formats.format_of(name, data)
        return _as_document(formats.read(data, name)) | {"format": its.name}
    except UnreadableArticle as error:
        return {"error": str(error)}


def _as_document(document: Document) -> dict[str, Any]:
    return {"document": frames.pack_document(document)}


def _end_with(life: int) -> None:
    """Have the system end this process, even in native code, when a pipe's other end closes."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(life, fcntl.F_GETFL)
        fcntl.fcntl(life, fcntl.F_SETFL, flags | os.O_ASYNC)


def _confine(memory: int) -> None:
    """Set the limits of this process, which also hold for native code, and the audit hook."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        with suppress(OSError, ValueError):  # one that the system has set lower
            resource.setrlimit(limit, (most, most))
    if sys.platform != "linux":  # macOS does not hold RLIMIT_AS
        Thread(target=_watch_memory, args=(memory,), daemon=True).start()
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, mode, flags = arguments
        if flags & _WRITING or set(mode or "") & set("wax+"):
            raise PermissionError("a reader must not write")
        if not isinstance(path, int) and not _is_a_library_s(os.fsdecode(path)):
            raise PermissionError("a reader must not read another file")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"a reader must not do this: {event}")


def _is_a_library_s(path: str) -> bool:
    return path == _MEMORY or os.path.realpath(path).startswith(_LIBRARIES)


def _watch_memory(limit: int) -> None:
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < limit:
        sleep(_LOOK_SECONDS)
    os._exit(EXCEEDED)


def _resident() -> int:
    """The memory of this process in bytes."""
    try:
        with open(_MEMORY, "rb") as file:  # noqa: PTH123 - a third of the time
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def start(arguments: Iterable[str]) -> None:
    """Run the child with its settings in JSON, as ``worker`` passes them."""
    main(json.loads(next(iter(arguments))))
