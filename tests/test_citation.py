"""What can be cited, where the hits of an answer are, and how a verdict is written."""

import json
from typing import Any

import pytest

from indexer.errors import QueryError
from search import Citation, Hit, Verdict
from search.checking.citation import hits_in, verdicts_as_json

HIT = Hit(1, 0.9, 0.6, 7.1, "sea.md", "/notes", "Sea", "0" * 64, 5, 9, 2, "Salt", None)
BY_HAND: dict[str, Any] = {"article": "sea.md", "start": 5, "end": 9, "text": "Salt"}


def test_a_hit_is_a_citation_in_python_and_in_json() -> None:
    cited = Citation("sea.md", 5, 9, "Salt", "0" * 64, "/notes")
    assert Citation.of(HIT) == cited
    assert Citation.from_json(HIT.as_json()) == cited
    assert Citation.from_json(cited.as_json()) == cited
    assert Citation.from_json(BY_HAND) == Citation("sea.md", 5, 9, "Salt")


def test_of_a_shortened_text_the_part_that_is_shown_is_cited() -> None:
    given = {**BY_HAND, "end": 5000, "truncated": True}
    assert Citation.from_json(given).end == 9
    assert Citation.from_json({**given, "truncated": False}).end == 5000


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"article": None}, '"article" is missing or not a string'),
        ({"article": ""}, '"article" is empty'),
        ({"text": 5}, '"text" is missing or not a string'),
        ({"text": " \n"}, '"text" is empty'),
        ({"text": "\ud800"}, '"text" has invalid Unicode (unpaired surrogate)'),
        ({"sha256": 5}, '"sha256" is missing or not a string'),
        ({"start": -1}, '"start" is missing or not a character offset'),
        ({"start": True}, '"start" is missing or not a character offset'),
        ({"end": None}, '"end" is missing or not a character offset'),
        ({"end": 10**10}, '"end" is missing or not a character offset'),
        ({"end": 4}, '"end" (4) is before "start" (5)'),
        ({"truncated": True, "start": None}, '"start" is missing or not a character offset'),
    ],
)
def test_what_cannot_be_cited_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError) as refused:
        Citation.from_json({**BY_HAND, **changed})
    assert str(refused.value) == reason
    with pytest.raises(QueryError, match="not a JSON object"):
        Citation.from_json([changed])


def test_the_hits_of_an_answer_are_found_under_each_of_its_names() -> None:
    assert hits_in({"query": "salt", "hits": [1, 2]}) == [1, 2]
    assert hits_in({"passages": [3], "confidence": None}) == [3]
    assert hits_in(BY_HAND) == [BY_HAND]


def test_verdicts_are_counted_and_where_a_text_is_now_can_be_checked_again() -> None:
    cited, now = Citation("sea.md", 5, 9, "Salt"), Citation("new.md", 7, 11, "Salt", "1" * 64)
    moved, gone = Verdict(cited, "moved", now), Verdict(cited, "gone")
    assert (moved.stands, gone.stands) == (True, False)
    written = json.loads(json.dumps(verdicts_as_json([moved, gone, gone])))
    assert [written[it] for it in ("unchanged", "moved", "changed", "gone")] == [0, 1, 0, 2]
    first = written["verdicts"][0]
    assert Citation.from_json(first["now"]) == now
    assert (first["verdict"], first["cited"]["text"], first["diff"]) == ("moved", "Salt", None)
