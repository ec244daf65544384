r"""Files read line by line, and what was wrong with them.

Lines end at ``\n`` alone: a line separator such as U+2028 is part of the text it stands in. Many
bad lines of one kind are one note, which names the first and counts them all, so that nothing is
passed over silently and no kind hides another.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import DatasetError


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
    try:
        with path.open("rb") as file:
            for number, data in enumerate(file, 1):
                text = _decoded(data, path, number)
                if text.strip():
                    yield number, text
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {reason(error)}") from None


def records(path: Path, notes: Notes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's JSON object with the number of the line; lines that hold none are noted."""
    for number, text in lines(path):
        try:
            record = json.loads(text)
        except RecursionError:
            notes.add(path, number, "JSON nested too deeply: the line is left out")
        except ValueError as error:
            what = error.msg if isinstance(error, json.JSONDecodeError) else "a number too long"
            notes.add(path, number, "not JSON ({}): the line is left out", what)
        else:
            if isinstance(record, dict):
                yield number, record
            else:
                notes.add(path, number, "not a JSON object: the line is left out")


def identifier(record: dict[str, Any], key: str) -> str | None:
    """The id under ``key``; None where there is none. A number is taken as its digits."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value and encodable(value) else None


def encodable(text: str) -> bool:
    """Whether a string is text: JSON can write half of a surrogate pair, which no text can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def reason(error: OSError) -> str:
    """What the system says, without the number and the file's name."""
    return (error.strerror or str(error)).lower()


def _decoded(data: bytes, path: Path, number: int) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path}:{number}: not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8"
        ) from None
    return text.rstrip("\r\n").removeprefix("\ufeff" if number == 1 else "")
