"""Read plain text files: UTF-8, with or without a byte order mark; line ends are unchanged."""

import codecs

from indexer.errors import UnreadableArticle
from indexer.reading.titles import title_of
from indexer.types import Document

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(data: bytes, name: str) -> Document:
    """Title and text of a plain text file."""
    text = decode(data)
    return Document(title_of(text, name), text)


def decode(data: bytes) -> str:
    """Decode a file; raises UnreadableArticle if it is binary, not UTF-8, or empty."""
    if data.startswith(_UTF16):
        raise UnreadableArticle("UTF-16 text; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise UnreadableArticle(f"looks like a binary file, not text (NUL byte at offset {nul})")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableArticle(
            f"not UTF-8 text (byte 0x{data[error.start]:02x} on line {line});"
            " convert it, e.g. iconv -f latin1 -t utf-8"
        ) from None
    if not text:
        raise UnreadableArticle("the file is empty")
    if text.isspace():
        raise UnreadableArticle("the file contains only white space")
    return text
