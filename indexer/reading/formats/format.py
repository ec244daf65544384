"""The protocol of a reader, and what the table of formats says of each format."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Protocol, cast

from indexer.reading.formats.member import Container
from indexer.types import Document

LARGEST_FILE = 256 * 2**20
"""The limit in bytes of a file that is not plain text: much of it may be images."""
MOST_TEXT = 16 * 2**20
"""The limit in characters of the text of an article."""


class Reader(Protocol):
    """Reads one format.

    The result depends only on the file's bytes and its name (a path with ``/``); no other file is
    opened. The title may be empty, the text not blank; passages are spans of that text. It raises
    UnreadableArticle with the reason if it cannot read the file. ``read`` treats any other
    exception as a problem of the file too.
    """

    def __call__(self, data: bytes, name: str, /) -> Document: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name as a noun in the singular, and the module that reads it.

    The module defines ``read``, which is a Reader, or ``members``, which is a Container; it is
    imported when the first file is read. ``is_safe`` formats are read in the process itself, all
    others in the worker, see ``worker``.

    >>> Format("PDF", "indexer.reading.formats.paged.pdf").limit == LARGEST_FILE
    True
    """

    name: str
    module: str
    is_container: bool = False
    is_safe: bool = False

    @property
    def limit(self) -> int:
        """The limit of a file in bytes; a container may be of any size."""
        return sys.maxsize if self.is_container else LARGEST_FILE

    def reader(self) -> Reader:
        """The reader of a format that is not a container."""
        return cast("Reader", import_module(self.module).read)

    def container(self, text_columns: Sequence[str] = ()) -> Container:
        """The reader of a container; ``text_columns`` are the columns of a table that are text."""
        members = import_module(self.module).members
        found = partial(members, text_columns=text_columns) if text_columns else members
        return cast("Container", found)
