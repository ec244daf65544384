"""Read the members of a zip archive in memory: EPUB, DOCX, PPTX and ODT are such archives.

An archive is not trusted. Its members are decompressed piece by piece and stopped at a limit,
whatever sizes it declares. Members that share bytes are refused: that is how a small archive
becomes a large one without an unusual member.
"""

import io
import zipfile
import zlib
from typing import IO

from indexer.errors import UnreadableArticle

MOST_MEMBERS = 65_536
MEMBER_LIMIT = 64 * 1024 * 1024
"""Bytes of one member when decompressed."""
TOTAL_LIMIT = 512 * 1024 * 1024
"""Bytes that are read from one archive, all members together."""

_PIECE = 1024 * 1024
_HEADER = 30
"""Bytes of a member's header before its name."""
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""What the formats allow; the memory that LZMA needs is chosen by the archive."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError),
)
"""What ``zipfile`` raises for an archive that is damaged or has an unknown feature."""


class Archive:
    """An open archive; ``open`` makes one."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._left = TOTAL_LIMIT

    @property
    def is_exhausted(self) -> bool:
        """Whether more than TOTAL_LIMIT bytes were read."""
        return self._left < 0

    def names(self) -> list[str]:
        """The names of all members, in the archive's order."""
        return list(self._file.NameToInfo)

    def read(self, name: str, limit: int = MEMBER_LIMIT) -> bytes:
        """The content of a member.

        Raises UnreadableArticle if the archive has no such member or it is damaged, encrypted,
        larger than ``limit``, or if more than TOTAL_LIMIT bytes were read from the archive.
        """
        member = self._file.NameToInfo.get(name)
        if member is None:
            raise UnreadableArticle("the archive has no member {!r}", name)
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableArticle("encrypted (member {!r} needs a password)", name)
        if member.compress_type not in _METHODS:
            raise UnreadableArticle("member {!r} has an unsupported compression", name)
        try:
            with self._file.open(member) as stream:
                return self._capped(stream, name, limit)
        except _BROKEN as error:
            raise _damaged(error) from None

    def _capped(self, stream: IO[bytes], name: str, limit: int) -> bytes:
        pieces = []
        left = min(limit, self._left)
        while piece := stream.read(min(_PIECE, left + 1)):
            pieces.append(piece)
            left -= len(piece)
            self._left -= len(piece)
            if left < 0:
                whose, most = (
                    ("the archive", TOTAL_LIMIT) if self._left < 0 else (f"member {name!r}", limit)
                )
                raise UnreadableArticle(
                    "{} has more than {:,} bytes when decompressed", whose, most
                )
        return b"".join(pieces)


def open(data: bytes) -> Archive:  # noqa: A001 - callers write zipped.open
    """Open an archive; raises UnreadableArticle if it is damaged or its members overlap."""
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise _damaged(error) from None
    members = file.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnreadableArticle("the zip archive has more than {:,} members", MOST_MEMBERS)
    end = 0
    for member in sorted(members, key=lambda it: it.header_offset):
        if member.header_offset < end:
            raise UnreadableArticle("the zip archive is not safe to read (its members overlap)")
        end = member.header_offset + _HEADER + member.compress_size
    return Archive(file)


def _damaged(error: Exception) -> UnreadableArticle:
    return UnreadableArticle("the zip archive is damaged ({})", str(error) or type(error).__name__)
