"""Read a log of questions.

A line that is not valid is skipped and told, such as the last one of a process that was stopped
while it wrote. Openings are joined to their question by its id; one without a question, because
that was deleted, is not counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from indexer.errors import QueryError, UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.line_file import LineFile, too_long
from search.logged.entries import (
    FIRST_BYTES,
    Entry,
    LoggedOpening,
    LoggedQuestion,
    entry_from_json,
)
from search.logged.log import log_file


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question in the log with what was opened after it, in the order of time."""

    question: LoggedQuestion
    openings: tuple[LoggedOpening, ...]

    @property
    def first_rank(self) -> int | None:
        """The rank of the hit that was opened first; None if none was."""
        return self.openings[0].rank if self.openings else None

    def as_json(self) -> dict[str, Any]:
        opened = [opening.as_json() for opening in self.openings]
        for one in opened:
            del one["event"], one["id"]
        question = self.question.as_json()
        del question["event"]
        return {**question, "opened": opened}


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Which questions of a log are wanted: asked on ``since`` or later, and before ``before``.

    Days are those of UTC, as in the log. ``containing`` is a text that the question contains,
    whatever the case of its letters; None if any question is wanted.
    """

    since: date | None = None
    before: date | None = None
    containing: str | None = None

    @property
    def is_all(self) -> bool:
        return self == QuestionFilter()

    def includes(self, question: LoggedQuestion) -> bool:
        day = question.time.date()
        return (
            (self.since is None or day >= self.since)
            and (self.before is None or day < self.before)
            and (self.containing is None or self.containing.casefold() in question.query.casefold())
        )


def logged_questions(named: Path | str, say: Callable[[str], object]) -> Iterator[LoggedQuestion]:
    """The questions in a log, oldest first, each with its ``time``; ``named`` as in ``LOCUS_LOG``.

    ``say`` is called with a message about lines that were skipped. Raises QueryError if there is no
    such log.

    >>> for logged in logged_questions("questions.jsonl", print):
    ...     print(logged.time.date(), logged.query)
    """
    return (kept.question for kept in read_log(named, say))


def read_log(
    named: Path | str, say: Callable[[str], object], wanted: QuestionFilter | None = None
) -> list[KeptQuestion]:
    """The ``wanted`` questions in a log with what was opened, oldest first.

    Raises QueryError if the file cannot be read or is not a log.
    """
    path = log_file(named)
    wanted = wanted or QuestionFilter()
    questions: dict[str, LoggedQuestion] = {}
    openings: dict[str, list[LoggedOpening]] = {}
    for entry in entries(path, say):
        if isinstance(entry, LoggedOpening):
            openings.setdefault(entry.id, []).append(entry)
        elif wanted.includes(entry):
            questions.setdefault(entry.id, entry)
    in_order = sorted(questions.values(), key=lambda question: question.time)
    return [
        KeptQuestion(it, tuple(sorted(openings.get(it.id, ()), key=lambda opening: opening.time)))
        for it in in_order
    ]


def entries(path: Path, say: Callable[[str], object]) -> Iterator[Entry]:
    """Each valid entry of a file. Raises QueryError if it cannot be read or is not a log."""
    for number, data in log_lines(path):
        entry = entry_in(data)
        if isinstance(entry, str):
            say(f"{path}:{number}: {entry}; line skipped")
        else:
            yield entry


def log_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """The number and bytes of each line; None if it is too long.

    Raises QueryError if the file cannot be read or is not a log.
    """
    file = LineFile(path)
    is_first = True
    for number, data in file.lines():
        if is_first and data is not None and not data.startswith(FIRST_BYTES):
            raise QueryError(f"{file.name} is not a log of questions")
        is_first = False
        yield number, data


def entry_in(data: bytes | None) -> Entry | str:
    """The entry in a line, or the reason why it has none."""
    if data is None:
        return str(too_long())
    try:
        return entry_from_json(jsonl.parse(data, ()))
    except UnreadableArticle as error:
        is_cut = not data.endswith(b"\n")
        return "incomplete, because a process was stopped while it wrote" if is_cut else str(error)
    except QueryError as error:
        return str(error)


def day(text: str, name: str) -> date:
    """The day that ``2026-11-30`` names. Raises QueryError."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise QueryError(f"{name}: {text!r} is not a date. Write it as 2026-11-30") from None
