"""Files read line by line, and what was wrong with them.

Lines are those of ``indexer.reading.jsonl``, in files of other formats too. Many bad lines of one
kind are one note, which names the first and counts them all, so that nothing is passed over
silently and no kind hides another.
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
    """Something that was wrong and could be passed over, where it first was, and how often."""

    where: str
    what: str
    count: int = 1

    def __str__(self) -> str:
        more = f" ({self.count:,} such)" if self.count > 1 else ""
        return f"{self.where}: {self.what}{more}"


class Notes:
    """Collects notes while files are read: one for each file and kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], Note] = {}

    def add(self, path: Path, line: int, kind: str, *details: object) -> None:
        """Note a line; ``kind`` is the sentence, with a ``{}`` for each of the ``details``."""
        first = self._found.get((path, kind))
        if first is None:
            first = Note(f"{path}:{line}", kind.format(*details), 0)
        self._found[path, kind] = Note(first.where, first.what, first.count + 1)

    def all(self) -> tuple[Note, ...]:
        return tuple(self._found.values())

    def about(self, path: Path) -> tuple[Note, ...]:
        return tuple(note for (noted, _), note in self._found.items() if noted == path)

    def reasons(self, path: Path) -> str:
        """What was wrong with a file, to end a sentence with; empty if nothing was."""
        return "".join(f"; {note}" for note in self.about(path))


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line that is not blank: its number from 1, and its text without the line's end.

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
    """Each line's JSON object with the number of the line; lines that hold none are noted.

    ``texts`` are the keys whose values are to be UTF-8. Raises DatasetError if the file cannot be
    read or is not UTF-8.
    """
    for number, data in _lines(path):
        try:
            record = jsonl.parse(data, texts)
        except UnreadableArticle as error:
            if error.kind == jsonl.NOT_UTF8:
                raise _not_utf8(path, number, *error.details) from None
            notes.add(path, number, f"{error.kind}: the line is left out", *error.details)
        else:
            yield number, record


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Make a DatasetError of what the system says when a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {reason(error)}") from None
    except UnreadableArticle as error:
        raise DatasetError(f"{path} cannot be read: {error}") from None


def reason(error: OSError) -> str:
    """What the system says, without the number and the file's name."""
    return (error.strerror or str(error)).lower()


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with reading(path):
        for number, length, data in jsonl.lines(path, MAX_ARTICLE_BYTES):
            if data is None:
                limit = MAX_ARTICLE_BYTES // 2**20
                raise DatasetError(
                    f"{path}:{number}: {length:,} bytes long; the limit of a line is {limit} MiB"
                )
            yield number, data


def _not_utf8(path: Path, number: int, byte: object) -> DatasetError:
    return DatasetError(f"{path}:{number}: not UTF-8 (byte 0x{byte:02x}): save it as UTF-8")
