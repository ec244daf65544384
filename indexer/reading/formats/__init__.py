"""One small module per file format: it converts a file's bytes to a title and a text.

To support a new format, write its module and add its suffix to ``READERS``: every other module
uses this table to decide which files are articles and how to read them.
"""

import shlex
from typing import Protocol

from indexer.errors import UnreadableArticle, is_panic
from indexer.reading.formats import markdown, plain
from indexer.reading.titles import title_of
from indexer.text import lone_surrogate
from indexer.types import Document

_LONGEST_REASON = 200


class Reader(Protocol):
    """Reads one format.

    It returns a Document, or only its title and text.
    The result depends only on the file's bytes and its name (a path with ``/``); no other file is
    opened. It returns a title (empty if the file has none) and a text that is not blank; passages
    are spans of that text. It raises UnreadableArticle with the reason if it cannot read the file.
    ``read`` treats any other exception as a problem of the file too.
    """

    def __call__(self, data: bytes, name: str, /) -> Document | tuple[str, str]: ...


READERS: dict[str, Reader] = {
    ".txt": plain.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
}
"""Each reader by its suffix, in lower case."""


def suffix_of(name: str) -> str:
    """The suffix of a file name or path, in lower case; empty if it has none."""
    name = name.rpartition("/")[2]
    dot = name.rfind(".", 1)
    return name[dot:].lower() if dot > 0 else ""


def read(data: bytes, name: str) -> tuple[str, str]:
    """Title and text of a file, read by the reader of its suffix; a missing title is derived.

    Raises UnreadableArticle for every failure of the reader or of a library that it uses, because
    one file must not stop a run over thousands. MemoryError and exits of the process are passed on.
    """
    suffix = suffix_of(name)
    if suffix not in READERS:
        raise UnreadableArticle(f"unsupported file type; Locus reads {', '.join(READERS)}")
    try:
        found = READERS[suffix](data, name)
        title, text = (found.title, found.text) if isinstance(found, Document) else found
        _check(suffix, title, text)
    except (UnreadableArticle, MemoryError):
        raise
    except Exception as error:
        raise _failure(suffix, error) from error
    except BaseException as error:
        if is_panic(error):
            raise _failure(suffix, error) from error
        raise
    return title.strip() or title_of(text, name), text


def unsupported(suffix: str, path: str) -> str:
    """Why ``path``, as the user wrote it, cannot be a source because of its suffix."""
    known = ", ".join([*READERS, ".jsonl"])
    example = f", e.g. pdftotext {shlex.quote(path)}" if suffix == ".pdf" else ""
    return f"unsupported file type. Supported: {known}. Convert it to text first{example}"


def _check(suffix: str, title: str, text: str) -> None:
    """Refuse a title or a text that the index cannot store."""
    if not text.strip():
        raise UnreadableArticle("the file contains no text")
    for found in (title, text):
        at = lone_surrogate(found)
        if at is not None:
            raise UnreadableArticle(
                f"the {suffix} reader found invalid Unicode at character {at} (unpaired surrogate)"
            )


def _failure(suffix: str, error: BaseException) -> UnreadableArticle:
    said = " ".join(str(error).split())[:_LONGEST_REASON]
    kind = type(error).__name__
    return UnreadableArticle(f"the {suffix} reader failed ({kind}{said and ': '}{said})")
