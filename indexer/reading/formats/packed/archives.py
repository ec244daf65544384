"""What archives of all kinds have in common: what is read in them, limits, harmless names.

An archive is not trusted. Its files are decompressed piece by piece, in memory, and stopped at a
limit, whatever sizes it declares. Names are names only: nothing is written to a disk.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from indexer.errors import UnreadableArticle
from indexer.reading.formats.member import Container

MEMBER_LIMIT = 64 * 1024 * 1024
"""Bytes of one file when decompressed."""
TOTAL_LIMIT = 2 * 1024 * 1024 * 1024
"""Bytes of all files of an archive when decompressed."""

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, ValueError, OverflowError, IndexError),
)
"""What the libraries raise for an archive that is damaged or has an unknown feature."""
ARCHIVES = {".zip", ".gz"}
_PIECE = 1024 * 1024
_LONGEST_NAME = 1000


@dataclass(frozen=True, slots=True)
class Readable:
    """What is read in an archive: ``suffixes`` of articles, and files that contain several.

    Files of other types are counted in ``ignored`` by suffix.
    """

    suffixes: Collection[str]
    containers: Mapping[str, Container] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)


def everything(text_columns: Sequence[str] = ()) -> Readable:
    """All formats that Locus reads, without the archives themselves.

    ``text_columns`` are the columns of tables that are the text.
    """
    from indexer.reading.formats import FORMATS  # complete only after this module was found in it

    single = {suffix for suffix, its in FORMATS.items() if not its.is_container}
    several = {
        suffix: its.container(text_columns)
        for suffix, its in FORMATS.items()
        if its.is_container and suffix not in ARCHIVES
    }
    return Readable(single, several)


class Budget:
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
                raise past(limit if self.left >= 0 else TOTAL_LIMIT)
        return b"".join(pieces)


def gunzip(data: bytes, budget: Budget | None = None) -> bytes:
    """The file in a ``.gz``; raises UnreadableArticle if damaged or above MEMBER_LIMIT."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return (budget or Budget(TOTAL_LIMIT)).read(stream, MEMBER_LIMIT)
    except BROKEN as error:
        raise damaged("gzip", error) from None


def gunzipped_name(name: str) -> str:
    """The name of the file in a ``.gz`` of this name."""
    return name[:-3] if name.lower().endswith(".gz") else name


def harmless(path: str) -> str:
    """The path of a file in an archive as a name, without what could lead out of a folder."""
    path = re.sub(r"\A[A-Za-z]:", "", path.replace("\\", "/"))
    path = "/".join(part for part in path.split("/") if part.strip() not in {"", ".", ".."})
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in path)
    return shown[-_LONGEST_NAME:].strip("/")


def past(limit: int) -> UnreadableArticle:
    """The error for more than ``limit`` bytes."""
    return UnreadableArticle("more than {:,} MiB when decompressed", limit // 2**20)


def damaged(kind: str, error: Exception) -> UnreadableArticle:
    """The error for an exception of a library."""
    said = str(error) or type(error).__name__
    return UnreadableArticle("the {} archive is damaged ({})", kind, said[:200])
