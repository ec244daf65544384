"""One small module per format: a file's bytes to a title and a text.

To read a new format, write its module and name its suffix in ``READERS``: everything that asks
which files are articles, or what one says, asks here.
"""

from typing import Protocol

from indexer.errors import UnreadableArticle, is_panic
from indexer.reading.formats import markdown, plain
from indexer.reading.titles import title_of
from indexer.text import lone_surrogate

_LONGEST_REASON = 200


class Reader(Protocol):
    """Reads one format.

    A function of a file's bytes and its name (a path with ``/``), and of nothing else: it opens no
    other file. It returns a title, empty if the file has none, and a text that is not blank;
    passages are spans of that text. It raises UnreadableArticle with the reason if it cannot.
    Whatever else it raises, ``read`` takes for the file's fault.
    """

    def __call__(self, data: bytes, name: str, /) -> tuple[str, str]: ...


READERS: dict[str, Reader] = {
    ".txt": plain.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
}
"""Reader by suffix, in lower case."""


def suffix_of(name: str) -> str:
    """The suffix of a file's name or path, in lower case; empty if it has none."""
    name = name.rpartition("/")[2]
    dot = name.rfind(".", 1)
    return name[dot:].lower() if dot > 0 else ""


def read(data: bytes, name: str) -> tuple[str, str]:
    """Title and text of a file, by the reader of its suffix; a title is made where it has none.

    Raises UnreadableArticle for whatever goes wrong in the reader or in a library below it: one
    file must not end a run over thousands. A lack of memory and the end of the process pass.
    """
    suffix = suffix_of(name)
    if suffix not in READERS:
        raise UnreadableArticle(f"unsupported file type; Locus reads {', '.join(READERS)}")
    try:
        title, text = READERS[suffix](data, name)
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


def _check(suffix: str, title: str, text: str) -> None:
    """Refuse what the index could not hold."""
    if not text.strip():
        raise UnreadableArticle("empty")
    for found in (title, text):
        at = lone_surrogate(found)
        if at is not None:
            raise UnreadableArticle(
                f"the {suffix} reader found half of a surrogate pair at character {at},"
                " which no text can hold"
            )


def _failure(suffix: str, error: BaseException) -> UnreadableArticle:
    said = " ".join(str(error).split())[:_LONGEST_REASON]
    kind = type(error).__name__
    return UnreadableArticle(f"the {suffix} reader failed ({kind}{said and ': '}{said})")
