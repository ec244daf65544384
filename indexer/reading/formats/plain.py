"""Plain text: UTF-8, with or without a byte order mark; line ends stay as they are."""

import codecs
import re
from pathlib import PurePosixPath

from indexer.errors import UnreadableArticle
from indexer.splitting.sentences import sentences

_LINE = re.compile(r"\S[^\n\r\f\u2028\u2029]*")
_TITLE_CHARS = 120
_WORD_LETTERS = 3
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


def title_of(text: str, name: str) -> str:
    """What a reader would call a text without a heading.

    Its first line, if that is a line and not a paragraph; otherwise its file's name, if that has
    words; otherwise the first sentence, or as much of it as a title can hold.
    """
    match = _LINE.search(text)
    line = match[0].strip() if match else ""
    if 0 < len(line) <= _TITLE_CHARS:
        return _without_full_stop(line)
    words = re.split(r"[\W_]+", PurePosixPath(name).stem)
    if any(len(word) >= _WORD_LETTERS and word.isalpha() for word in words):
        return " ".join(word for word in words if word)
    if not line:
        return name
    first = sentences(line[: 2 * _TITLE_CHARS])[0]
    if first.end <= _TITLE_CHARS:
        return _without_full_stop(line[first.start : first.end])
    beginning = line[:_TITLE_CHARS]
    return (beginning.rpartition(" ")[0] or beginning).rstrip(",;:—–- ") + "…"


def _without_full_stop(line: str) -> str:
    return line[:-1] if line.endswith(".") and not line.endswith("..") else line
