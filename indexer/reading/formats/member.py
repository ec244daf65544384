"""A file that contains several articles, and one of these: a mail of a mailbox, a table row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from indexer.errors import UnreadableArticle
from indexer.types import Document


@dataclass(frozen=True, slots=True)
class Member:
    """One article inside a file; its name in the index is ``<file>/<name>``.

    ``content`` is the article, or its bytes for the reader of ``suffix``, or why it is unreadable.
    Or it is no article: the numbers of files of other types, by suffix. ``end`` is about where it
    ends in the file, in bytes.

    >>> Member("notes/old.html", b"<p>The sea rises.", ".html").name
    'notes/old.html'
    """

    name: str
    content: bytes | Document | UnreadableArticle | Counter[str]
    suffix: str = ""
    end: int = 0


class Container(Protocol):
    """Reads a format whose files contain several articles, one after another.

    It never holds the whole file in memory, and names each member so that the name stays the same
    when other members come or go, if the format allows. A member that cannot be read does not end
    the iteration. It raises UnreadableArticle if the file as a whole cannot be read. It accepts
    ``text_columns`` too, for tables and containers of them.
    """

    def __call__(self, file: BinaryIO, name: str, /) -> Iterator[Member]: ...
