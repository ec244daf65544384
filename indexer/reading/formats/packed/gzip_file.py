"""Read the file in a ``.gz``: an article, or the articles in a table or a mailbox."""

import gzip
import io
from collections.abc import Iterator, Sequence
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
    gunzipped_name,
)

_PIECE = 1024 * 1024


def members(
    file: BinaryIO,
    name: str,
    readable: Readable | None = None,
    *,
    text_columns: Sequence[str] = (),
) -> Iterator[Member]:
    """The one article, named as the file in the ``.gz``, or the articles in that file.

    Of all formats, or the given ones. Raises UnreadableArticle.
    """
    readable = readable or everything(text_columns)
    inner = gunzipped_name(name.rpartition("/")[2])
    suffix = suffix_of(inner)
    if suffix in readable.containers:
        yield from readable.containers[suffix](open_gzip(file), inner)
    elif suffix in readable.suffixes:
        try:
            with gzip.GzipFile(fileobj=file) as stream:
                data = Budget(archives.TOTAL_LIMIT).read(stream, archives.MEMBER_LIMIT)
        except BROKEN as error:
            raise damaged("gzip", error) from None
        yield Member(inner, data, suffix)
    else:
        raise UnreadableArticle("unsupported file type in it: {}", suffix or "no suffix")


def open_gzip(file: BinaryIO) -> BinaryIO:
    """The file in a ``.gz`` as a stream of up to TOTAL_LIMIT bytes, read as often as needed."""
    return io.BufferedReader(_Gunzipped(file), _PIECE)


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
            if self._stream.tell() > archives.TOTAL_LIMIT:
                raise archives.past(archives.TOTAL_LIMIT)
        except BROKEN as error:
            raise damaged("gzip", error) from None
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return self._stream.seek(offset, whence)
        except BROKEN as error:
            raise damaged("gzip", error) from None
