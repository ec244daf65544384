"""The lines of a log of questions: JSON objects, of two kinds.

A question, and how it was answered::

    {"event": "question", "id": "6d1f0c2a9be34875", "time": "2026-12-01T02:15:04.123+00:00",
     "by": "prompt", "index": "/home/ann/articles/.locus", "query": "Who hunts at night?",
     "corrected": null, "mode": "hybrid", "options": {"k": 10, "under": "notes"}, "hits": 10,
     "confidence": 0.98, "generation": 3}

A hit that was opened after it, with the same ``id``, and what ``locus check`` needs to find the
passage again::

    {"event": "opened", "id": "6d1f0c2a9be34875", "time": "2026-12-01T02:15:09.007+00:00",
     "rank": 2, "article": "owls.md", "start": 120, "end": 560, "text": "Owls hunt mice ...",
     "sha256": "...", "source": "/home/ann/articles"}

``options`` has the options of the search that are not the default, and always ``k``. Other keys
are ignored. ``from_json`` checks everything, because anyone may have written the file.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args

from indexer.errors import QueryError
from indexer.text import is_utf8, printable
from search.checking.citation import Citation
from search.question import check_options, checked_question
from search.types import Answer, Hit, Options

Way = Literal["search", "prompt", "page", "http", "assistant"]
"""How a question was asked."""
WAYS: tuple[Way, ...] = get_args(Way)
FOLLOWED: frozenset[Way] = frozenset({"prompt", "page", "assistant"})
"""The ways in which Locus sees what is opened."""
FIRST_BYTES = b'{"event": "'
"""What each line begins with, so that no other file is taken for a log."""

_ID = re.compile(r"[0-9a-f]{16}")
_DEFAULTS = Options().as_json()
_LISTS = frozenset({"tags", "authors"})
_SWITCHES = frozenset({"literal", "exact"})
_COUNTS = frozenset({"k", "per_article"})
_MOST = 10**9


def new_id() -> str:
    """An id for a question: 16 hexadecimal digits at random."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The time, in UTC, as exact as the log keeps it."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class LoggedQuestion:
    """A question that somebody asked; ``time`` is in UTC, ``index`` the folder that was searched.

    ``hits`` is the number of hits, and ``corrected`` the question that was answered if its spelling
    was corrected.

    >>> logged = LoggedQuestion.of(answer, Options(), "prompt", Path(".locus"))
    >>> logged.query, logged.hits
    ('Who hunts at night?', 10)
    """

    id: str
    time: datetime
    by: Way
    index: str
    query: str
    corrected: str | None
    options: Options
    hits: int
    confidence: float | None
    generation: int

    @classmethod
    def of(cls, answer: Answer, options: Options, by: Way, folder: Path) -> Self:
        """The question of an answer, asked now of the index in ``folder``."""
        return cls(
            new_id(),
            now(),
            by,
            index_name(folder),
            answer.query.strip(),
            answer.corrected,
            options,
            len(answer.hits),
            answer.confidence,
            answer.generation,
        )

    def as_json(self) -> dict[str, Any]:
        options = self.options.as_json()
        named = {name: options[name] for name in options if options[name] != _DEFAULTS[name]}
        del options["mode"]
        named.pop("mode", None)
        return {
            "event": "question",
            "id": self.id,
            "time": self.time.isoformat(timespec="milliseconds"),
            "by": self.by,
            "index": self.index,
            "query": self.query,
            "corrected": self.corrected,
            "mode": self.options.mode,
            "options": {"k": self.options.k, **named},
            "hits": self.hits,
            "confidence": self.confidence,
            "generation": self.generation,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises QueryError for an object that ``as_json`` does not return."""
        by, index, corrected = given.get("by"), given.get("index"), given.get("corrected")
        if by not in WAYS:
            raise QueryError(f'"by" is not one of {", ".join(WAYS)}')
        if not isinstance(index, str) or not is_utf8(index):
            raise QueryError('"index" is missing or not a string')
        query = given.get("query")
        if not isinstance(query, str):
            raise QueryError('"query" is missing or not a string')
        if corrected is not None and not (isinstance(corrected, str) and is_utf8(corrected)):
            raise QueryError('"corrected" is not a string')
        return cls(
            _id(given),
            _time(given),
            by,
            index,
            checked_question(query),
            corrected,
            _options(given),
            _count(given, "hits"),
            _share(given, "confidence"),
            _count(given, "generation"),
        )


@dataclass(frozen=True, slots=True)
class LoggedOpening:
    """A hit that was opened after the question with this ``id``; ``rank`` counts from 1."""

    id: str
    time: datetime
    rank: int
    passage: Citation

    @classmethod
    def of(cls, question: str, hit: Hit) -> Self:
        """The opening of a hit now; ``question`` is the id of the question it answers."""
        return cls(question, now(), hit.rank, Citation.of(hit))

    def as_json(self) -> dict[str, Any]:
        return {
            "event": "opened",
            "id": self.id,
            "time": self.time.isoformat(timespec="milliseconds"),
            "rank": self.rank,
            **self.passage.as_json(),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises QueryError for an object that ``as_json`` does not return."""
        rank = _count(given, "rank")
        if not rank:
            raise QueryError('"rank" is 0, and ranks count from 1')
        return cls(_id(given), _time(given), rank, Citation.from_json(dict(given)))


Entry = LoggedQuestion | LoggedOpening


def entry_from_json(given: Mapping[str, Any]) -> Entry:
    """The entry in a JSON object. Raises QueryError."""
    event = given.get("event")
    if event == "question":
        return LoggedQuestion.from_json(given)
    if event == "opened":
        return LoggedOpening.from_json(given)
    raise QueryError('"event" is neither "question" nor "opened"')


def as_line(entry: Entry) -> bytes:
    """An entry as a line of the file."""
    text = json.dumps(entry.as_json(), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def index_name(folder: Path) -> str:
    """What the log calls an index: the path of its folder, without links."""
    return printable(folder.resolve())


def _id(given: Mapping[str, Any]) -> str:
    name = given.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise QueryError('"id" is not 16 hexadecimal digits')
    return name


def _time(given: Mapping[str, Any]) -> datetime:
    text = given.get("time")
    try:
        time = datetime.fromisoformat(text if isinstance(text, str) else "")
        if time.tzinfo is None:
            raise ValueError
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise QueryError('"time" is not a date and time with a time zone') from None


def _count(given: Mapping[str, Any], name: str) -> int:
    value = _whole(given.get(name))
    if value is None or not 0 <= value <= _MOST:
        raise QueryError(f'"{name}" is not a whole number of 0 or more')
    return value


def _whole(value: object) -> int | None:
    """The integer in a JSON value, which may be written as 5.0; None if it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def _share(given: Mapping[str, Any], name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 <= value <= 1:
        raise QueryError(f'"{name}" is not a number from 0 to 1')
    return float(value)


def _options(given: Mapping[str, Any]) -> Options:
    found = given.get("options")
    if not isinstance(found, dict):
        raise QueryError('"options" is missing or not an object')
    named: dict[str, Any] = {"mode": given.get("mode")}
    for name, value in found.items():
        if name in _LISTS and isinstance(value, list) and all(isinstance(it, str) for it in value):
            named[name] = tuple(value)
        elif name in _COUNTS and _whole(value) is not None:
            named[name] = _whole(value)
        elif (
            (name in _SWITCHES and isinstance(value, bool))
            or (name in {"under", "since", "until"} and isinstance(value, str))
            or (name == "min_confidence" and type(value) in {int, float})
        ):
            named[name] = value
        else:
            raise QueryError(f"the option {name[:40]!r} is unknown or has the wrong type")
    if not isinstance(named["mode"], str):
        raise QueryError('"mode" is missing or not a string')
    options = Options(**named)
    check_options(options)
    return options
