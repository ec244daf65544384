"""The lines of the log of questions: read as they were written, and nothing else is accepted."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import QueryError
from search.checking.citation import Citation
from search.limits import MODES
from search.logged.entries import (
    FIRST_BYTES,
    WAYS,
    Entry,
    LoggedOpening,
    LoggedQuestion,
    as_line,
    entry_from_json,
)
from search.types import Options
from tests.logs import opening, question

texts = st.text(st.characters(codec="utf-8")).filter(str.strip)
times = st.integers(0, 32_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC).replace(microsecond=123_000)
)
ids = st.text("0123456789abcdef", min_size=16, max_size=16)
counts = st.integers(0, 10**9)
options = st.builds(
    Options,
    k=st.integers(1, 1000),
    mode=st.sampled_from(MODES),
    under=st.none() | texts,
    per_article=st.none() | st.integers(1, 1000),
    min_confidence=st.floats(0, 1),
    literal=st.booleans(),
    since=st.none() | st.just("2024-05"),
    tags=st.lists(texts, max_size=3).map(tuple),
    exact=st.booleans(),
)
questions = st.builds(
    LoggedQuestion,
    ids,
    times,
    st.sampled_from(WAYS),
    texts,
    texts.map(str.strip).filter(lambda text: text.strip("\x1c\x1d\x1e\x1f\x85\ufeff")),
    st.none() | texts,
    options,
    counts,
    st.none() | st.floats(0, 1),
    counts,
)
openings = st.builds(
    LoggedOpening,
    ids,
    times,
    st.integers(1, 1000),
    st.builds(Citation, texts, st.just(3), st.integers(3, 10**9), texts, st.none() | texts),
)


@given(entry=st.one_of(questions, openings))
def test_an_entry_is_read_as_it_was_written_on_one_line(entry: Entry) -> None:
    line = as_line(entry)
    assert line.startswith(FIRST_BYTES)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert entry_from_json(json.loads(line)) == entry


def test_only_the_options_that_are_not_the_default_are_written() -> None:
    logged = question("who hunts", options=Options(k=3, under="night", literal=True))
    assert logged.as_json()["options"] == {"k": 3, "under": "night", "literal": True}
    assert logged.as_json()["mode"] == "hybrid"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event": "closed"}, '"event" is neither'),
        ({"id": "6D1F0C2A9BE34875"}, '"id" is not 16'),
        ({"id": 7}, '"id" is not 16'),
        ({"time": "2026-12-01"}, '"time" is not'),
        ({"time": "yesterday"}, '"time" is not'),
        ({"time": None}, '"time" is not'),
        ({"by": "telephone"}, '"by" is not one of search, prompt'),
        ({"by": ["page"]}, '"by" is not one of'),
        ({"index": None}, '"index" is missing'),
        ({"query": "  "}, "the question is empty"),
        ({"query": "\ud800"}, "not valid UTF-8"),
        ({"query": ["a"]}, '"query" is missing'),
        ({"corrected": 1}, '"corrected" is not a string'),
        ({"mode": "psychic"}, "unknown mode 'psychic'"),
        ({"mode": None}, '"mode" is missing'),
        ({"options": []}, '"options" is missing'),
        ({"options": {"k": 0}}, "k must be from 1"),
        ({"options": {"k": True}}, "the option 'k' is unknown or has the wrong type"),
        ({"options": {"tags": "tea"}}, "the option 'tags'"),
        ({"options": {"q": "x"}}, "the option 'q'"),
        ({"options": {"since": "soon"}}, "'soon' is not a date"),
        ({"hits": -1}, '"hits" is not a whole number'),
        ({"hits": 1.5}, '"hits" is not a whole number'),
        ({"confidence": 1.1}, '"confidence" is not a number'),
        ({"confidence": float("nan")}, '"confidence" is not a number'),
        ({"generation": "3"}, '"generation" is not a whole number'),
    ],
)
def test_what_is_no_question_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        entry_from_json({**question("who hunts").as_json(), **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rank": 0}, "ranks count from 1"),
        ({"rank": "1"}, '"rank" is not'),
        ({"article": None}, '"article" is missing'),
        ({"text": " "}, '"text" is empty'),
        ({"end": 1}, "is before"),
    ],
)
def test_what_is_no_opening_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        entry_from_json({**opening(question("who hunts"), 2).as_json(), **changes})


def test_a_time_of_another_zone_is_the_same_time() -> None:
    given = {**question("who hunts").as_json(), "time": "2026-12-01T04:15:04+02:00"}
    assert entry_from_json(given).time == datetime(2026, 12, 1, 2, 15, 4, tzinfo=UTC)
