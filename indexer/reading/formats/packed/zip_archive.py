"""Read zip archives (``.zip``): each readable file in it is an article.

Files that share bytes are refused: that is how a small archive becomes a large one.
"""

import io
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.formats import suffix_of
from indexer.reading.formats.member import Member
from indexer.reading.formats.packed import archives
from indexer.reading.formats.packed.archives import (
    BROKEN,
    Budget,
    Readable,
    damaged,
    everything,
    gunzip,
    gunzipped_name,
    harmless,
)
from indexer.types import NO_SUFFIX

MOST_MEMBERS = 1_000_000

_HEADER = 30
"""Bytes of a file's header before its name."""
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
"""Of the others, LZMA takes as much memory as the archive says."""


def members(
    file: BinaryIO,
    name: str,
    readable: Readable | None = None,
    *,
    text_columns: Sequence[str] = (),
) -> Iterator[Member]:
    """The articles in a zip archive, named by their paths in it: of all formats, or the given ones.

    An archive in the archive is read too, and none in that one. Raises UnreadableArticle.
    """
    del name
    readable = readable or everything(text_columns)
    yield from _members(file, readable, Budget(archives.TOTAL_LIMIT), nested=False)
    if readable.ignored:
        yield Member("", readable.ignored)


def _members(
    file: BinaryIO, readable: Readable, budget: Budget, *, nested: bool
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise damaged("zip", error) from None
    infos = archive.infolist()
    _refuse_overlap(infos, archive.start_dir)
    known = {*readable.suffixes, *readable.containers, ".zip"}
    used: Counter[str] = Counter()
    for number, info in enumerate(infos, 1):
        path = _name_of(info) or f"file {number}"
        if info.filename.endswith("/") or _is_junk(path):
            continue
        suffix = suffix_of(gunzipped_name(path))
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
    path: str, suffix: str, data: bytes, readable: Readable, budget: Budget
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


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableArticle("encrypted: it needs a password")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableArticle("a symbolic link")
    if info.compress_type not in _METHODS:
        raise UnreadableArticle("compressed with an unsupported method")
    try:
        with archive.open(info) as stream:
            data = budget.read(stream, archives.MEMBER_LIMIT)
    except BROKEN as error:
        raise damaged("zip", error) from None
    return gunzip(data, budget) if info.filename.lower().endswith(".gz") else data


def _refuse_overlap(infos: list[zipfile.ZipInfo], end: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise UnreadableArticle("the archive has more than {:,} files", MOST_MEMBERS)
    places = sorted(
        (it.header_offset, it.header_offset + _HEADER + it.compress_size) for it in infos
    )
    for (_, last), (first, _) in pairwise([*places, (end, end)]):
        if last > first:
            raise UnreadableArticle("the archive is not safe to read: its files overlap")


def _name_of(info: zipfile.ZipInfo) -> str:
    path = info.filename
    with suppress(ValueError):  # programs forget to say that a name is UTF-8
        path = path.encode("cp437").decode("utf-8")
    return harmless(path)


def _is_junk(path: str) -> bool:
    """Whether a folder's listing would leave the file out: hidden, or a copy of an editor's."""
    parts = path.split("/")
    last = parts[-1]
    return (
        any(part.startswith(".") or part == "__MACOSX" for part in parts)
        or last.startswith(("~$", "#"))
        or last.endswith("~")
    )
