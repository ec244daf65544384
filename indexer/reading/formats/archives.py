"""Read archives: the files in a ``.zip``, and the one file in a ``.gz``.

An archive is not trusted. Its files are decompressed piece by piece, in memory, and stopped at a
limit, whatever sizes it declares. Names are names only: nothing is written to a disk. Files that
share bytes are refused: that is how a small archive becomes a large one.
"""

import gzip
import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.formats.member import Container, Member
from indexer.types import NO_SUFFIX

MEMBER_LIMIT = 64 * 1024 * 1024
"""Bytes of one file when decompressed."""
TOTAL_LIMIT = 2 * 1024 * 1024 * 1024
"""Bytes of all files of an archive when decompressed."""
MOST_MEMBERS = 1_000_000

_PIECE = 1024 * 1024
_HEADER = 30
"""Bytes of a file's header before its name."""
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
"""Of the others, LZMA takes as much memory as the archive says."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, ValueError, OverflowError, IndexError),
)
"""What the libraries raise for an archive that is damaged or has an unknown feature."""
_LONGEST_NAME = 1000


@dataclass(frozen=True, slots=True)
class Readable:
    """What is read in an archive: ``suffixes`` of articles, and files that contain several.

    Files of other types are counted in ``ignored`` by suffix.
    """

    suffixes: Collection[str]
    containers: Mapping[str, Container] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)


class _Budget:
    """How many bytes may still be decompressed."""

    def __init__(self, left: int) -> None:
        self.left = left

    def read(self, stream: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
        """What ``stream`` contains. Raises UnreadableArticle for more than ``limit`` bytes."""
        pieces = []
        allowed = min(limit, self.left)
        while piece := stream.read(min(_PIECE, allowed + 1)):
            pieces.append(piece)
            allowed -= len(piece)
            self.left -= len(piece)
            if allowed < 0:
                raise _past(limit if self.left >= 0 else TOTAL_LIMIT)
        return b"".join(pieces)


def zip_members(file: BinaryIO, name: str, readable: Readable) -> Iterator[Member]:
    """The articles in a zip archive, named by their paths in it.

    An archive in the archive is read too, and none in that one. Raises UnreadableArticle.
    """
    del name
    yield from _members(file, readable, _Budget(TOTAL_LIMIT), nested=False)


def gunzip(data: bytes) -> bytes:
    """The file in a ``.gz``; raises UnreadableArticle if damaged or above MEMBER_LIMIT."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _Budget(TOTAL_LIMIT).read(stream, MEMBER_LIMIT)
    except _BROKEN as error:
        raise _damaged("gzip", error) from None


def open_gzip(file: BinaryIO) -> BinaryIO:
    """The same as a stream of up to TOTAL_LIMIT bytes, which may be read several times."""
    return io.BufferedReader(_Gunzipped(file), _PIECE)


def gunzipped_name(name: str) -> str:
    """The name of the file in a ``.gz`` of this name."""
    return name[:-3] if name.lower().endswith(".gz") else name


class _Gunzipped(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._stream = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read(len(buffer))
            if self._stream.tell() > TOTAL_LIMIT:
                raise _past(TOTAL_LIMIT)
        except _BROKEN as error:
            raise _damaged("gzip", error) from None
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return self._stream.seek(offset, whence)
        except _BROKEN as error:
            raise _damaged("gzip", error) from None


def _members(
    file: BinaryIO, readable: Readable, budget: _Budget, *, nested: bool
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise _damaged("zip", error) from None
    infos = archive.infolist()
    _refuse_overlap(infos, archive.start_dir)
    known = {*readable.suffixes, *readable.containers, ".zip"}
    used: Counter[str] = Counter()
    for number, info in enumerate(infos, 1):
        path = _harmless(info) or f"file {number}"
        if info.filename.endswith("/") or _is_junk(path):
            continue
        suffix = _suffix_of(gunzipped_name(path))
        if suffix not in known:
            readable.ignored[suffix or NO_SUFFIX] += 1
            continue
        path = _unused(path, used)
        try:
            data = _content(archive, info, budget)
            if suffix == ".zip" and nested:
                raise UnreadableArticle("an archive in an archive in an archive is not read")
            yield from _articles(path, suffix, data, readable, budget)
        except UnreadableArticle as error:
            if budget.left < 0:
                raise
            yield Member(path, error)


def _articles(
    path: str, suffix: str, data: bytes, readable: Readable, budget: _Budget
) -> Iterator[Member]:
    """The articles in one file of an archive."""
    if suffix == ".zip":
        inside = _members(io.BytesIO(data), readable, budget, nested=True)
    elif suffix in readable.containers:
        inside = readable.containers[suffix](io.BytesIO(data), gunzipped_name(path))
    else:
        yield Member(path, data, suffix)
        return
    for member in inside:
        yield Member(f"{path}/{member.name}", member.content, member.suffix)


def _unused(path: str, used: Counter[str]) -> str:
    """The path, or the path and a number if an earlier file of the archive has it."""
    name = path
    while name in used:
        used[path] += 1
        name = f"{path} ({used[path]})"
    used[name] = 1
    return name


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableArticle("encrypted: it needs a password")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableArticle("a symbolic link")
    if info.compress_type not in _METHODS:
        raise UnreadableArticle("compressed with an unsupported method")
    try:
        with archive.open(info) as stream:
            data = budget.read(stream, MEMBER_LIMIT)
        if not info.filename.lower().endswith(".gz"):
            return data
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return budget.read(stream, MEMBER_LIMIT)
    except _BROKEN as error:
        raise _damaged("zip", error) from None


def _refuse_overlap(infos: list[zipfile.ZipInfo], end: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise UnreadableArticle("the archive has more than {:,} files", MOST_MEMBERS)
    places = sorted(
        (it.header_offset, it.header_offset + _HEADER + it.compress_size) for it in infos
    )
    for (_, last), (first, _) in pairwise([*places, (end, end)]):
        if last > first:
            raise UnreadableArticle("the archive is not safe to read: its files overlap")


def _harmless(info: zipfile.ZipInfo) -> str:
    """The path of a file as a name, without what could lead out of a folder."""
    path = info.filename
    with suppress(ValueError):  # programs forget to say that a name is UTF-8
        path = path.encode("cp437").decode("utf-8")
    path = re.sub(r"\A[A-Za-z]:", "", path.replace("\\", "/"))
    path = "/".join(part for part in path.split("/") if part.strip() not in {"", ".", ".."})
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in path)
    return shown[-_LONGEST_NAME:].strip("/")


def _is_junk(path: str) -> bool:
    """Whether a folder's listing would leave the file out: hidden, or a copy of an editor's."""
    parts = path.split("/")
    last = parts[-1]
    return (
        any(part.startswith(".") or part == "__MACOSX" for part in parts)
        or last.startswith(("~$", "#"))
        or last.endswith("~")
    )


def _suffix_of(path: str) -> str:
    name = path.rpartition("/")[2]
    dot = name.rfind(".", 1)
    return name[dot:].lower() if dot > 0 else ""


def _past(limit: int) -> UnreadableArticle:
    return UnreadableArticle("more than {:,} MiB when decompressed", limit // 2**20)


def _damaged(kind: str, error: Exception) -> UnreadableArticle:
    said = str(error) or type(error).__name__
    return UnreadableArticle("the {} archive is damaged ({})", kind, said[:200])
