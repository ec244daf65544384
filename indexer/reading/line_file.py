"""A file of JSON lines that a command was given, which may be standard input."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import QueryError, UnreadableArticle
from indexer.reading import jsonl
from indexer.text import printable

STANDARD_INPUT = Path("-")
LONGEST_LINE = 1 << 20
"""Longest line to read, in bytes."""


@dataclass(frozen=True, slots=True)
class LineFile:
    """The lines of a file, or of standard input if its path is ``-``.

    >>> [number for number, _ in LineFile(Path("questions.jsonl")).lines()]
    [1, 2, 4]
    """

    path: Path

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return "standard input" if self.path == STANDARD_INPUT else printable(self.path)

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """The number and bytes of each line that is not blank; None if it is too long.

        Raises QueryError if the file cannot be read.
        """
        try:
            if self.path == STANDARD_INPUT:
                found = jsonl.lines_of(sys.stdin.buffer, LONGEST_LINE)
            else:
                found = jsonl.lines(self.path, LONGEST_LINE)
            for number, _, data in found:
                yield number, data
        except UnreadableArticle as error:
            advice = "Name a file, or - for standard input"
            raise QueryError(f"cannot read {self.name}: {error}. {advice}") from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise QueryError(f"cannot read {self.name}: {reason}") from None


def too_long() -> QueryError:
    """The error for a line that was too long to be read."""
    return QueryError(f"the line is too long (at most {LONGEST_LINE:,} bytes)")
