"""Formats that tests make up: readers in this process, and files whose readers misbehave.

A file with the suffix ``.odd`` is read in the worker. Each of its lines says what the reader does:
see ``read``. One with the suffix ``.box`` contains an article per line.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.formats import FORMATS
from indexer.reading.formats.format import Format, Reader
from indexer.reading.formats.member import Member
from indexer.types import Block, Document, Location, Metadata

if TYPE_CHECKING:  # the child process needs none of it
    import pytest

ODD = Format("odd file", __name__)
BOX = Format("box", __name__, is_container=True)


def with_reader(patched: "pytest.MonkeyPatch", suffix: str, reader: Reader | Any) -> None:
    """Register a format that a function reads in this process."""
    name = f"tests.made{suffix}"
    module = ModuleType(name)
    vars(module)["read"] = reader
    patched.setitem(sys.modules, name, module)
    patched.setitem(FORMATS, suffix, Format(f"{suffix} file", name, is_safe=True))


def with_worker_formats(patched: "pytest.MonkeyPatch") -> None:
    """Register ``.odd`` and ``.box``."""
    patched.setitem(FORMATS, ".odd", ODD)
    patched.setitem(FORMATS, ".box", BOX)


def read(data: bytes, name: str) -> Document:
    """Do what the lines say, then return the text, with a page a line."""
    text = data.decode()
    for line in text.splitlines():
        _act(line.split())
    starts = [0] + [at + 1 for at, mark in enumerate(text) if mark == "\n"]
    pages = tuple(Location(at, f"page {n}") for n, at in enumerate(starts, 1) if at < len(text))
    blocks = (Block(0, text.find("\n"), "heading", 1),) if "\n" in text else ()
    return Document("", text, blocks, pages, Metadata("2024-05", ("Ann Lee",), "en", ("tea",)))


def members(file: BinaryIO, name: str) -> Iterator[Member]:
    """An article per line: its name, a colon and its text; as bytes for ``.odd`` if it says so."""
    FORMATS[".odd"] = ODD  # in the child process
    for line in file:
        its, _, text = line.decode().strip().partition(": ")
        if text == "unreadable":
            yield Member(its, UnreadableArticle("unreadable"))
        elif text == "broken":
            raise UnreadableArticle("broken after this")
        elif text.startswith("do "):
            yield Member(its, text.removeprefix("do ").encode(), ".odd")
        elif text.startswith("act "):
            _act(text.split()[1:])
        else:
            yield Member(its, Document("", text, encoding="windows-1252"))


def _act(words: list[str]) -> None:
    if words and words[0] in ACTS:
        ACTS[words[0]](*words[1:])


def _hang() -> None:
    while True:
        time.sleep(60)


def _swell() -> None:
    held = []
    while True:
        held.append(bytearray(2**24))


def _print() -> None:
    os.write(1, b"\0" * 2**16)
    os.write(2, b"\0" * 2**16)
    sys.stdout.write("printed")
    sys.stdout.flush()


def _fail() -> None:
    raise RuntimeError("bad\nxref")


def _say(text: str) -> None:
    raise UnreadableArticle(text)


def _wait(path: str) -> None:
    """Hang until there is a file at ``path``, and then no more."""
    if not Path(path).exists():
        _hang()


ACTS: dict[str, Callable[..., object]] = {
    "hang": _hang,
    "wait": _wait,
    "die": os.abort,
    "exit": lambda: os._exit(3),
    "swell": _swell,
    "print": _print,
    "fail": _fail,
    "refuse": lambda: _say("scanned: 12 pages without text"),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "read": lambda path: Path(path).read_bytes(),
    "write": lambda path: Path(path).write_text("x"),
    "run": lambda path: subprocess.run(["touch", path], check=True),
    "environment": lambda: _say(" ".join(sorted(os.environ))),
    "process": lambda: _say(str(os.getpid())),
}
"""What a line of a file can make its reader do."""
