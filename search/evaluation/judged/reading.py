"""Read files line by line, and note what was wrong with them.

``indexer.reading.jsonl`` splits the lines, also in files of other formats. Bad lines of the same
kind make one note, which names the first line and counts them all. So nothing is skipped silently,
and no kind of problem hides another.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from indexer.errors import DatasetError, UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.articles import MAX_ARTICLE_BYTES

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A problem that did not stop the work: where it first occurred, what it was, and how often.

    >>> print(Note("queries.jsonl:3", "duplicate query 'q1' ignored", 1))
    queries.jsonl:3: duplicate query 'q1' ignored
    """

    where: str
    what: str
    count: int = 1

    def __str__(self) -> str:
        more = f" ({self.count:,} in total)" if self.count > 1 else ""
        return f"{self.where}: {self.what}{more}"


class Notes:
    """Collects notes while files are read, one for each file and kind of problem."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], Note] = {}

    def add(self, path: Path, line: int, kind: str, *details: object) -> None:
        """Note a problem in a line; ``kind`` is a sentence with one ``{}`` for each detail."""
        first = self._found.get((path, kind))
        if first is None:
            first = Note(f"{path}:{line}", kind.format(*details), 0)
        self._found[path, kind] = Note(first.where, first.what, first.count + 1)

    def all(self) -> tuple[Note, ...]:
        return tuple(self._found.values())

    def about(self, path: Path) -> tuple[Note, ...]:
        return tuple(note for (noted, _), note in self._found.items() if noted == path)

    def reasons(self, path: Path) -> str:
        """What was wrong with a file, as the end of a sentence; empty if nothing was."""
        return "".join(f"; {note}" for note in self.about(path))


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The number (from 1) and text of each line that is not blank, without its line break.

    Raises DatasetError if the file cannot be read or is not UTF-8.
    """
    for number, data in _lines(path):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(path, number, data[error.start]) from None
        text = text.rstrip("\r\n").removeprefix("\ufeff" if number == 1 else "")
        if text.strip():
            yield number, text


def records(path: Path, notes: Notes, texts: Collection[str]) -> Iterator[tuple[int, Record]]:
    """The number and JSON object of each line; a line without an object is noted and skipped.

    The values of the keys in ``texts`` must be valid UTF-8. Raises DatasetError if the file cannot
    be read or is not UTF-8.
    """
    for number, data in _lines(path):
        try:
            record = jsonl.parse(data, texts)
        except UnreadableArticle as error:
            if error.kind == jsonl.NOT_UTF8:
                raise _not_utf8(path, number, *error.details) from None
            notes.add(path, number, f"{error.kind}; line skipped", *error.details)
        else:
            yield number, record


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise DatasetError with the system's reason if a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {reason(error)}") from None
    except UnreadableArticle as error:
        raise DatasetError(f"cannot read {path}: {error}") from None


def reason(error: OSError) -> str:
    """The system's message, without the error number and the file name."""
    return (error.strerror or str(error)).lower()


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with reading(path):
        for number, length, data in jsonl.lines(path, MAX_ARTICLE_BYTES):
            if data is None:
                limit = MAX_ARTICLE_BYTES // 2**20
                raise DatasetError(
                    f"{path}:{number}: the line is too long ({length:,} bytes; at most {limit} MiB)"
                )
            yield number, data


def _not_utf8(path: Path, number: int, byte: object) -> DatasetError:
    return DatasetError(f"{path}:{number}: not UTF-8 (byte 0x{byte:02x}). Save the file as UTF-8")
