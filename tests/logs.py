"""Logs of questions for tests."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.checking.citation import Citation
from search.logged.entries import Entry, LoggedOpening, LoggedQuestion, Way, as_line, new_id
from search.types import Options

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def question(
    query: str,
    at: datetime = NOON,
    *,
    by: Way = "page",
    index: str = "/articles/.locus",
    options: Options | None = None,
    hits: int = 10,
    confidence: float | None = 0.9,
) -> LoggedQuestion:
    return LoggedQuestion(
        new_id(), at, by, index, query, None, options or Options(), hits, confidence, 1
    )


def opening(asked: LoggedQuestion, rank: int, cited: Citation | None = None) -> LoggedOpening:
    """The opening of the hit at ``rank``, as many seconds after the question."""
    cited = cited or Citation("owls.md", 5, 9, "hoot", source="/articles")
    return LoggedOpening(asked.id, asked.time + timedelta(seconds=rank), rank, cited)


def of_index(asked: LoggedQuestion, folder: Path) -> LoggedQuestion:
    return replace(asked, index=str(folder.resolve()))


def written_log(path: Path, entries: Iterable[Entry]) -> Path:
    path.write_bytes(b"".join(map(as_line, entries)))
    return path
