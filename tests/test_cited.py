"""``POST /check``: the hits that it accepts, and what it answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from search.limits import MAX_CHECKED
from search.serving.cited import MAX_CHECK_BODY
from search.serving.openapi import document
from tests.serving import serving

OWLS = "night/owls.txt"
HIT = {"article": OWLS, "start": 0, "end": 24, "text": "Owls hunt mice at night."}


@pytest.fixture(scope="module")
def client(small_index: Path) -> Iterator[httpx2.Client]:
    with serving(small_index) as client:
        yield client


def test_an_answer_is_checked_as_it_is(client: httpx2.Client) -> None:
    answer = client.get("/search", params={"q": "owls", "k": 2}).json()
    for body in (answer, {"hits": answer["hits"]}, answer["hits"], answer["hits"][0]):
        found = client.post("/check", json=body)
        assert found.headers["locus-index"]
        checked = found.json()
        assert {it["verdict"] for it in checked["verdicts"]} == {"unchanged"}
        assert checked["unchanged"] == len(checked["verdicts"]) > 0


def test_the_answer_says_where_a_text_is_and_has_the_shape_that_is_described(
    client: httpx2.Client,
) -> None:
    reworded = {**HIT, "text": "Owls hunt rats at night."}
    checked = client.post("/check", json=[HIT, reworded]).json()
    moved, changed = checked["verdicts"]
    assert (moved["verdict"], moved["now"]["start"], moved["now"]["end"]) == ("moved", 20, 44)
    assert (changed["verdict"], changed["diff"]) == (
        "changed",
        "Owls hunt [-rats-]{+mice+} at night.",
    )
    schemas = document()["components"]["schemas"]
    for given, name in ((checked, "Checked"), (moved, "Verdict"), (moved["now"], "Citation")):
        assert sorted(given) == sorted(schemas[name]["properties"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not valid UTF-8 JSON"),
        (b"5", "must be a JSON object or a list of hits"),
        (b"{}", 'hit 1: "article" is missing or not a string'),
        (b'{"hits": [5]}', "hit 1: not a JSON object"),
        (json.dumps([HIT, {**HIT, "start": 30}]).encode(), 'hit 2: "end" (24) is before'),
        (json.dumps([{}] * (MAX_CHECKED + 1)).encode(), "too many hits (1,001; the limit is 1,000"),
    ],
)
def test_what_cannot_be_checked_is_refused(client: httpx2.Client, body: bytes, reason: str) -> None:
    headers = {"content-type": "application/json"}
    refused = client.post("/check", content=body, headers=headers)
    assert refused.status_code == 422
    assert reason in refused.json()["error"]["message"]


def test_it_takes_longer_bodies_than_a_search_up_to_a_limit(client: httpx2.Client) -> None:
    hit: dict[str, Any] = {**HIT, "title": "x" * 100_000}
    assert client.post("/check", json=[hit]).status_code == 200
    refused = client.post("/check", json=[{**HIT, "title": "x" * MAX_CHECK_BODY}])
    assert refused.status_code == 413
    assert f"{MAX_CHECK_BODY:,} bytes" in refused.json()["error"]["message"]
    assert client.get("/check").status_code == 405
