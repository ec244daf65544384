"""Plain text: UTF-8, with or without a byte order mark; line ends stay as they are."""

import codecs

from indexer.errors import UnreadableArticle
from indexer.reading.titles import title_of

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(data: bytes, name: str) -> tuple[str, str]:
    """Title and text of a plain text file."""
    text = decode(data)
    return title_of(text, name), text


def decode(data: bytes) -> str:
    """The text of a file; UnreadableArticle if it is binary, not UTF-8, or holds no text."""
    if data.startswith(_UTF16):
        raise UnreadableArticle("UTF-16 text: save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise UnreadableArticle(f"binary: a NUL byte at byte {nul}")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableArticle(
            f"not UTF-8: byte 0x{data[error.start]:02x} at byte {error.start}, line {line}"
        ) from None
    if not text or text.isspace():
        raise UnreadableArticle("empty")
    return text
