"""The server: the same answers over HTTP, only for permitted clients, within limits, robust."""

import contextlib
import gc
import json
import os
import random
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from indexer import __version__
from indexer.arrays import Vectors
from indexer.deriving.verify import verify
from indexer.errors import ModelError, ServerError
from indexer.pipeline import build
from indexer.storing.schema import identity
from indexer.types import Splitting
from search import open_index
from search.limits import MAX_QUERY
from search.serving import local
from search.serving.api import MAX_BODY, Example, Question
from search.serving.openapi import document
from search.serving.page import FILES
from search.serving.protocol import Protocol
from search.serving.routes import Workers
from search.serving.server import listening, serve
from tests.conftest import RELATED, ROOT, Locus
from tests.hashing import HashingEncoder
from tests.serving import ODD_NAMES, by_socket, odd_articles, odd_text, refuse, serving

SMALL = Splitting(target_tokens=12)
TOKEN = "a-token-of-the-tests"
NOT_UTF_8 = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e gnp.exe"


@pytest.fixture
def index(copied_index: Path) -> Path:
    return copied_index


@pytest.fixture(scope="module")
def client(small_index: Path) -> Iterator[httpx2.Client]:
    """A client of one server, shared by all tests that only ask."""
    with serving(small_index) as client:
        yield client


class Waiting(HashingEncoder):
    """An encoder that starts on a question and waits until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)
        self.told = threading.Event()

    def encode_query(self, text: str) -> Vectors:
        if text.startswith("wait"):
            self.asked.release()
            assert self.told.wait(30)
        return super().encode_query(text)


def error_of(response: httpx2.Response, status: int) -> str:
    """The message of an error; its form is checked too."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["status"] == status
    return str(error["message"])


# What is answered


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"k": 2},
        {"mode": "lexical"},
        {"under": "night"},
        {"k": 2, "per_article": 1},
        {"min_confidence": 0.25},
    ],
)
def test_both_ways_of_asking_answer_as_the_searcher_does(
    client: httpx2.Client, small_index: Path, asked: dict[str, Any]
) -> None:
    query = "bridges of stone with seven arches, or a steel bridge for trains, painted red"
    with open_index(small_index, encoder=HashingEncoder()) as searcher:
        expected = searcher.search(query, **asked).as_json()
        plain = searcher.search(query, 2).as_json()
    assert expected["hits"]
    assert [hit["article"] for hit in plain["hits"]] == ["bridges.md", "bridges.md"]
    assert "per_article" not in asked or expected["hits"] != plain["hits"]
    question = {"q": query, **asked}
    for response in (client.get("/search", params=question), client.post("/search", json=question)):
        answer = response.json()
        assert {**answer, "took_ms": 0} == {**expected, "took_ms": 0}
        assert answer["took_ms"] > 0


def test_several_questions_are_answered_in_one_request(client: httpx2.Client) -> None:
    won = {"mice at night": "night/owls.txt", "stone": "bridges.md", "caves": "night/bats.txt"}
    asked = {"queries": [*won], "k": 1, "mode": "lexical"}
    answers = client.post("/batch", json=asked).json()["answers"]
    assert {it["query"]: [hit["article"] for hit in it["hits"]] for it in answers} == {
        query: [article] for query, article in won.items()
    }
    alone = client.post("/search", json={"q": "stone", "k": 1, "mode": "lexical"}).json()
    assert {**answers[1], "took_ms": 0} == {**alone, "took_ms": 0}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "missing parameter queries"),
        ({"queries": "owls"}, "queries must be a list of 1 to 100 questions"),
        ({"queries": []}, "queries must be a list of 1 to 100 questions"),
        ({"queries": ["owls"] * 101}, "queries must be a list of 1 to 100 questions"),
        ({"queries": ["owls", " "]}, "question 2: q is empty"),
        ({"queries": ["owls", 7]}, "question 2: q must be text"),
        ({"queries": ["owls"], "k": 0}, "k must be a whole number from 1 to 1000"),
        ({"queries": ["owls"], "q": "owls"}, "unknown parameter 'q'"),
        ({"queries": ["owls"], "since": "soon"}, "since: 'soon' is not a date"),
    ],
)
def test_several_questions_are_checked(
    client: httpx2.Client, asked: dict[str, Any], reason: str
) -> None:
    assert reason in error_of(client.post("/batch", json=asked), 422)


def test_the_spelling_of_a_question_is_corrected_unless_it_is_literal(
    client: httpx2.Client,
) -> None:
    asked: dict[str, Any] = {"q": "forets", "mode": "lexical"}
    for given, corrected, articles in (
        ({}, "forest", ["night/owls.txt"]),
        ({"literal": False}, "forest", ["night/owls.txt"]),
        ({"literal": True}, None, []),
    ):
        question = {**asked, **given}
        in_address = {name: str(value).lower() for name, value in question.items()}
        for response in (
            client.get("/search", params=in_address),
            client.post("/search", json=question),
        ):
            answer = response.json()
            assert (answer["query"], answer["corrected"]) == ("forets", corrected)
            assert [hit["article"] for hit in answer["hits"]] == articles


def test_what_is_like_an_article_or_a_part_of_it_is_found(related_index: Path) -> None:
    start = RELATED["owls.txt"].index("Tea is")
    end = start + len("Tea is hot.")
    tea = {"article": "owls.txt", "start": start, "end": end}
    cases: list[tuple[dict[str, Any], str, list[str]]] = [
        ({"article": "hawks.txt", "k": 3}, "hawks.txt", ["owls.txt", "owls.txt", "tea.txt"]),
        (
            {"article": "hawks.txt", "k": 3, "per_article": 1},
            "hawks.txt",
            ["owls.txt", "tea.txt", "bridges.txt"],
        ),
        ({**tea, "k": 1}, f"owls.txt:{start}-{end}", ["tea.txt"]),
        ({**tea, "under": "b*"}, f"owls.txt:{start}-{end}", ["bridges.txt"]),
    ]
    with (
        serving(related_index) as client,
        open_index(related_index, encoder=HashingEncoder()) as searcher,
    ):
        for asked, query, found in cases:
            answer = client.get("/similar", params=asked).json()
            assert [hit["article"] for hit in answer["hits"]] == found
            assert (answer["query"], answer["confidence"]) == (query, None)
            expected = searcher.similar(**asked).as_json()
            assert {**answer, "took_ms": 0} == {**expected, "took_ms": 0}
            source = str(related_index.parent / "articles")
            with_source = client.get("/similar", params={**asked, "source": source}).json()
            assert with_source["hits"] == answer["hits"]


def test_a_body_may_be_written_as_json_has_it(client: httpx2.Client) -> None:
    body = {"q": "owls", "k": 2.0, "under": None, "per_article": None, "min_confidence": 0}
    assert len(client.post("/search", json=body).json()["hits"]) == 2


def test_no_hits_are_an_answer(client: httpx2.Client) -> None:
    answer = client.get("/search", params={"q": "owls", "under": "nowhere"}).json()
    assert answer["hits"] == []


def test_an_article_comes_whole_with_its_passages(client: httpx2.Client, small_index: Path) -> None:
    articles = small_index.parent / "articles"
    article = client.get("/articles/night/owls.txt").json()
    assert article["text"] == (articles / "night/owls.txt").read_text()
    assert (article["article"], article["source"]) == ("night/owls.txt", str(articles))
    for hit in client.get("/search", params={"q": "owls", "k": 50}).json()["hits"]:
        if hit["article"] == "night/owls.txt":
            assert {"start": hit["start"], "end": hit["end"]} in article["passages"]
            assert article["text"][hit["start"] : hit["end"]] == hit["text"]


def test_a_name_of_two_sources_asks_which(own_index: Path, articles: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "bridges.md").write_text("# Bridges of rope\n\nThey sway.\n")
    build(own_index, [other], encoder=HashingEncoder(), splitting=SMALL)
    with serving(own_index) as client:
        message = error_of(client.get("/articles/bridges.md"), 409)
        assert str(other) in message
        assert str(articles) in message
        found = client.get("/articles/bridges.md", params={"source": str(other)})
        assert found.json()["title"] == "Bridges of rope"
        assert error_of(client.get("/similar?article=bridges.md"), 409) == message
        asked = {"article": "bridges.md", "source": str(other), "k": "1"}
        (hit,) = client.get("/similar", params=asked).json()["hits"]
        assert (hit["article"], hit["source"]) == ("bridges.md", str(articles))


@pytest.mark.parametrize(
    "path",
    [
        "/articles/none.txt",
        "/articles/",
        "/articles//etc/passwd",
        "/articles/..%2f..%2fetc%2fpasswd",
        "/articles/%2e%2e/x.locus/locus.db",
        "/articles/night",
        "/nothing",
        "/search/",
        "/__init__.py",
    ],
)
def test_only_what_is_indexed_is_served(client: httpx2.Client, path: str) -> None:
    known = path.startswith("/articles/")
    expected = "no such article in the index" if known else "no such path; see /docs"
    assert error_of(client.get(path), 404) == expected


def test_an_article_of_any_name_is_found_by_it(tmp_path: Path) -> None:
    build(tmp_path / "x.locus", [odd_articles(tmp_path)], encoder=HashingEncoder())
    with serving(tmp_path / "x.locus") as client:
        for number, name in enumerate(ODD_NAMES):
            question: dict[str, str | int] = {"q": f"zebra{number} lamp{number}", "k": 1}
            (hit,) = client.get("/search", params=question).json()["hits"]
            assert hit["article"] == name
            for asked in ({"article": name}, {"article": name, "source": hit["source"]}):
                article = client.get("/articles", params=asked).json()
                assert (article["article"], article["text"]) == (name, odd_text(number))
            answer = client.get("/similar", params={"article": name}).json()
            assert answer["query"] == name
            assert name not in [hit["article"] for hit in answer["hits"]]
        error_of(client.get("/articles", params={"article": "none"}), 404)
        error_of(client.get("/articles", params={"article": ""}), 404)
        assert "missing parameter article" in error_of(client.get("/articles"), 422)
        assert "unknown parameter 'id'" in error_of(client.get("/articles?article=c&id=c"), 422)


def test_the_status_names_a_path_that_is_not_utf_8(index: Path, tmp_path: Path) -> None:
    odd = index.rename(tmp_path / os.fsdecode(b"x\xff.locus"))
    with serving(odd, beside=True) as client, by_socket(odd) as own:
        for asked in (client, own):
            assert asked.get("/status").json()["index"] == f"{tmp_path}/x\\xff.locus"
        shutil.rmtree(odd)
        assert "locus" in error_of(client.get("/status"), 503)


def test_the_status_and_the_health(client: httpx2.Client, small_index: Path) -> None:
    status = client.get("/status").json()
    assert status["index"] == str(small_index)
    assert (status["generation"], status["articles"]) == (1, 3)
    assert status["writing"] is None
    assert client.get("/health").json() == {"status": "ok"}


def test_the_document_describes_what_there_is(client: httpx2.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described == document()
    names = list(Question.__slots__)
    assert [it["name"] for it in described["paths"]["/search"]["get"]["parameters"]] == names
    assert list(described["components"]["schemas"]["Question"]["properties"]) == names
    of_batch = list(described["components"]["schemas"]["Batch"]["properties"])
    assert of_batch == ["queries", *(name for name in names if name != "q")]
    example = described["paths"]["/similar"]["get"]["parameters"]
    assert [it["name"] for it in example] == list(Example.__slots__)
    assert [it["name"] for it in example if it["required"]] == ["article"]
    for path, methods in described["paths"].items():
        address = path.replace("{id}", "bridges.md")
        for method in ("GET", "POST"):
            status = client.request(method, address).status_code
            assert (status == 405) == (method.lower() not in methods), (method, path)
        if path in {"/originals", "/check", "/log"}:
            continue  # the answer of the first is a file, the others have tests of their own
        asked = {
            "/search": {"q": "owls"},
            "/articles": {"article": "bridges.md"},
            "/similar": {"article": "bridges.md"},
        }.get(path, {})
        if path == "/batch":
            response = client.post(address, json={"queries": ["owls"]})
        else:
            response = client.get(address, params=asked)
        got = response.json()
        (responses, *_) = (it["responses"] for it in methods.values())
        answered = responses["200"]
        assert {"400", "403", "414", "431", "503"} < responses.keys()
        schema = answered["content"]["application/json"]["schema"]
        named = {name for name in response.headers if name.startswith("locus-")}
        assert named == set(answered.get("headers", {})), path
        shape = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert sorted(got) == sorted(shape["properties"]) == sorted(shape["required"])
        for hit in got.get("hits", []):
            assert sorted(hit) == sorted(described["components"]["schemas"]["Hit"]["properties"])


def test_the_page_is_whole_and_from_here(client: httpx2.Client) -> None:
    assert {"/", "/docs", "/app.js", "/base.css", "/icon.svg"} <= set(FILES)
    for path in FILES:
        response = client.get(path)
        assert response.status_code == 200
        assert "http" not in response.text.replace("http://www.w3.org/2000/svg", ""), path
        tag = response.headers["etag"]
        assert client.get(path, headers={"if-none-match": tag}).status_code == 304


# What is refused


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "missing parameter q (the question)"),
        ("q=", "q is empty"),
        ("q=%20%0a", "q is empty"),
        ("q=%1c%ef%bb%bf", "q is empty"),
        ("q=" + "a" * (MAX_QUERY + 1), "2,001 characters"),
        ("q=owls&k=0", "from 1 to 1000"),
        ("q=owls&k=1001", "from 1 to 1000"),
        ("q=owls&k=1e1", "whole number"),
        ("q=owls&k=%D9%A3", "whole number"),
        ("q=owls&k=", "whole number"),
        ("q=owls&mode=psychic", "hybrid, semantic, lexical"),
        ("q=owls&under=", "under is empty"),
        ("q=owls&under=" + "a" * 501, "501 characters"),
        ("q=owls&q=bats", "given twice"),
        ("q=owls&limit=3", "unknown parameter 'limit'; allowed: q, k, mode, under, per_article,"),
        ("q=owls&per_article=0", "per_article must be a whole number from 1 to 1000"),
        ("q=owls&per_article=1001", "from 1 to 1000"),
        ("q=owls&per_article=", "whole number"),
        ("q=owls&min_confidence=1.1", "min_confidence must be a number from 0 to 1"),
        ("q=owls&min_confidence=-0.1", "from 0 to 1"),
        ("q=owls&min_confidence=nan", "from 0 to 1"),
        ("q=owls&min_confidence=%200.5", "from 0 to 1"),
        ("q=owls&min_confidence=", "from 0 to 1"),
        ("q=owls&literal=", "literal must be true or false"),
        ("q=owls&exact=yes", "exact must be true or false"),
        ("q=owls&literal=1", "literal must be true or false"),
        ("q=owls&literal=True", "literal must be true or false"),
    ],
)
def test_what_is_outside_the_limits_is_named(
    client: httpx2.Client, query: str, reason: str
) -> None:
    assert reason in error_of(client.get(f"/search?{query}"), 422)


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("", 422, "missing parameter article (the `article` value from a hit)"),
        ("article=none.md", 404, "no such article in the index"),
        ("article=", 404, "no such article in the index"),
        ("article=bridges.md&source=/x", 404, "no such article in the index"),
        ("article=bridges.md&start=-1", 422, "start must be a whole number from 0 to 1000000000"),
        ("article=bridges.md&start=%D9%A3", 422, "start must be a whole number"),
        ("article=bridges.md&start=1e1", 422, "start must be a whole number"),
        ("article=bridges.md&start=9999999999", 422, "start must be a whole number"),
        ("article=bridges.md&start=", 422, "start must be a whole number"),
        ("article=bridges.md&end=0", 422, "end must be a whole number from 1 to 1000000000"),
        ("article=bridges.md&end=" + "9" * 5000, 422, "end must be a whole number"),
        ("article=bridges.md&start=5&end=5", 422, "so it has no part 5-5"),
        ("article=bridges.md&end=9999", 422, "so it has no part 0-9999"),
        ("article=night/owls.txt&start=71", 422, "only white space from 71 to 72"),
        ("article=bridges.md&k=0", 422, "k must be a whole number from 1 to 1000"),
        ("article=bridges.md&per_article=1001", 422, "per_article must be a whole number from 1 "),
        ("article=bridges.md&under=", 422, "under is empty"),
        ("article=bridges.md&under=" + "a" * 501, 422, "501 characters"),
        ("article=bridges.md&article=c", 422, "parameter 'article' is given twice"),
        ("article=bridges.md&mode=lexical", 422, "unknown parameter 'mode'; allowed: article, "),
    ],
)
def test_an_example_that_cannot_be_used_is_refused(
    client: httpx2.Client, query: str, status: int, reason: str
) -> None:
    assert reason in error_of(client.get(f"/similar?{query}"), status)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid UTF-8 JSON"),
        (b"{", "not valid UTF-8 JSON"),
        (b"\xff", "not valid UTF-8 JSON"),
        (b"[" * 50_000, "not valid UTF-8 JSON"),
        *(('{"q": "owls"}'.encode(name), "not valid UTF-8 JSON") for name in NOT_UTF_8),
        (b"[]", "JSON object"),
        (b'{"q": 1}', "q must be text"),
        (b'{"q": null}', "q must be text"),
        (b'{"q": "\\ud800"}', "not valid Unicode text"),
        (b'{"q": "owls", "k": true}', "whole number"),
        (b'{"q": "owls", "k": 1.5}', "whole number"),
        (b'{"q": "owls", "k": 1e999}', "whole number"),
        (b'{"q": "owls", "under": ["x"]}', "under must be text"),
        (b'{"q": "owls", "under": "\\udfff"}', "not valid Unicode text"),
        (b'{"q": "owls", "mode": []}', "mode must be"),
        (b'{"q": "owls", "size": 1}', "unknown parameter 'size'"),
        (b'{"q": "owls", "per_article": 1.5}', "whole number"),
        (b'{"q": "owls", "per_article": "1"}', "whole number"),
        (b'{"q": "owls", "min_confidence": NaN}', "from 0 to 1"),
        (b'{"q": "owls", "min_confidence": -0.1}', "must be a number from 0 to 1"),
        (b'{"q": "owls", "min_confidence": true}', "from 0 to 1"),
        (b'{"q": "owls", "min_confidence": null}', "from 0 to 1"),
        (b'{"q": "owls", "literal": 1}', "literal must be true or false"),
        (b'{"q": "owls", "exact": "true"}', "exact must be true or false"),
        (b'{"q": "owls", "literal": "true"}', "literal must be true or false"),
        (b'{"q": "owls", "literal": null}', "literal must be true or false"),
    ],
)
def test_a_body_is_checked_likewise(client: httpx2.Client, body: bytes, reason: str) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert reason in error_of(client.post("/search", content=body, headers=headers), 422)


@pytest.mark.parametrize("size", [MAX_BODY + 1, 40 * MAX_BODY])
def test_a_body_that_is_too_large(client: httpx2.Client, size: int) -> None:
    headers = {"content-type": "application/json"}
    if size < 16 * MAX_BODY:
        chunks = (b" " * 1000 for _ in range(size // 1000 + 1))
        error_of(client.post("/search", content=chunks, headers=headers), 413)
        error_of(client.post("/search", content=b" " * size, headers=headers), 413)
    else:
        with contextlib.suppress(httpx2.NetworkError):  # the server may stop reading it
            error_of(client.post("/search", content=b" " * size, headers=headers), 413)
    assert client.get("/health").status_code == 200


def test_a_body_of_another_kind(client: httpx2.Client) -> None:
    """Without a preflight, a page of another site can only send form data and plain text."""
    assert "application/json" in error_of(client.post("/search", data={"q": "owls"}), 415)
    error_of(client.post("/search", content=b'{"q": "owls"}'), 415)
    for charset in ("utf-16", "latin-1", '"utf-32"'):
        headers = {"content-type": f"application/json; charset={charset}"}
        response = client.post("/search", content=b'{"q": "owls"}', headers=headers)
        assert "UTF-8" in error_of(response, 415)
    for given in ("application/json;charset=UTF-8", 'application/json; charset="utf-8"'):
        headers = {"content-type": given}
        body = b'\xef\xbb\xbf{"q": "owls", "k": 1}'  # a byte order mark means the same
        assert client.post("/search", content=body, headers=headers).json()["hits"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:5628"])
def test_the_names_of_this_machine_are_heard(client: httpx2.Client, host: str) -> None:
    assert client.get("/status", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:5628",
        "192.168.1.7",
        "127.0.0.1@evil.example",
        "localhost:80:80",
        "",
    ],
)
def test_a_name_that_another_gave_this_machine_is_refused(client: httpx2.Client, host: str) -> None:
    """DNS rebinding: the name of another site that points to this machine."""
    for path in ("/", "/search?q=owls", "/status"):
        assert "127.0.0.1" in error_of(client.get(path, headers={"host": host}), 403)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[broken"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "iframe",
            },
            403,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            200,
        ),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
    ],
)
def test_pages_of_other_sites_are_refused(
    client: httpx2.Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/search?q=owls", headers=headers).status_code == status


def test_the_page_itself_may_ask(client: httpx2.Client) -> None:
    origin = str(client.base_url).rstrip("/")
    assert client.get("/search?q=owls", headers={"origin": origin}).status_code == 200


def test_every_answer_carries_the_policy_and_none_opens_it(client: httpx2.Client) -> None:
    for path in ("/", "/search?q=owls", "/search", "/nothing", "/openapi.json"):
        headers = client.get(path, headers={"origin": str(client.base_url).rstrip("/")}).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert not [name for name in headers if name.startswith("access-control")]
    assert error_of(client.options("/search"), 405) == "method not allowed on this path; see /docs"


def test_hostile_text_comes_as_data(own_index: Path, articles: Path) -> None:
    (articles / "hostile.txt").write_text(f"{HOSTILE}\n\nzebra {HOSTILE} zebra.\n")
    build(own_index, encoder=HashingEncoder(), splitting=SMALL)
    with serving(own_index) as client:
        response = client.get("/search", params={"q": f"zebra {HOSTILE}"})
        assert response.headers["content-type"] == "application/json"
        assert HOSTILE in response.json()["hits"][0]["text"]
        error_of(client.get("/articles/" + HOSTILE), 404)


# Tokens


def test_with_a_token_only_who_knows_it_is_answered(index: Path) -> None:
    with serving(index, token=TOKEN) as client:
        for path in ("/search?q=owls", "/status", "/articles/bridges.md", "/nothing"):
            for given in ("", TOKEN, f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", "Bearer é"):
                headers = {b"authorization": given.encode()} if given else {}
                response = client.get(path, headers=headers)
                assert TOKEN not in error_of(response, 401)
                assert response.headers["www-authenticate"] == "Bearer"
        right = {"authorization": f"bearer {TOKEN}"}
        assert client.get("/search?q=owls", headers=right).status_code == 200
        for path in ("/", "/app.js", "/health", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("host", "token", "reason"),
    [
        ("0.0.0.0", None, "--token"),
        ("::", None, "--token"),
        ("192.168.1.7", None, "--token"),
        ("example.org", None, "--token"),
        ("127.0.0.1", "short", "at least 16 printable"),
        ("127.0.0.1", "", "at least 16 printable"),
        ("127.0.0.1", "é" * 16, "ASCII"),
    ],
)
def test_what_would_be_exposed_is_not_served(
    index: Path, host: str, token: str | None, reason: str
) -> None:
    with pytest.raises(ServerError, match=reason):
        serve(index, host, 0, token, open_browser=False, say=print)


def test_beyond_loopback_addresses_are_heard_and_strange_names_are_not(index: Path) -> None:
    right = {"authorization": f"Bearer {TOKEN}"}
    with serving(index, host="0.0.0.0", token=TOKEN) as client:
        for host in ("192.168.1.7:5628", "[fe80::1]", "localhost", socket.gethostname()):
            assert client.get("/status", headers={"host": host, **right}).status_code == 200
        error_of(client.get("/status", headers={"host": "evil.example", **right}), 403)


# The index's own socket


@pytest.fixture
def sock(index: Path) -> Path:
    return index / local.NAME


def test_the_socket_is_for_its_user_alone_and_goes_with_the_server(index: Path, sock: Path) -> None:
    with serving(index, beside=True):
        facts = sock.stat()
        assert stat.S_ISSOCK(facts.st_mode)
        assert stat.S_IMODE(facts.st_mode) == 0o600
        with by_socket(index) as client:
            assert client.get("/search?q=owls").json()["hits"]
    assert not sock.exists()


def test_who_opens_the_socket_needs_no_token_and_all_others_do(index: Path, sock: Path) -> None:
    with serving(index, token=TOKEN, beside=True) as client, by_socket(index) as own:
        for host in ("localhost", "127.0.0.1"):
            assert own.get("/search?q=owls", headers={"host": host}).status_code == 200
        for host in (str(sock), "by.socket", "localhost", "127.0.0.1"):
            found = client.get("/search?q=owls", headers={"host": host, "x-server": str(sock)})
            assert found.status_code == (401 if host in {"localhost", "127.0.0.1"} else 403)
        error_of(own.get("/search?q=owls", headers={"origin": "http://by.socket"}), 403)
        error_of(own.get("/search?q=owls", headers={"origin": "null"}), 403)
        error_of(own.get("/search?q=owls", headers={"sec-fetch-site": "cross-site"}), 403)


def test_a_server_without_a_socket_takes_no_one_for_its_user(index: Path) -> None:
    with serving(index, token=TOKEN) as client:
        error_of(client.get("/search?q=owls"), 401)


def test_the_limits_hold_at_the_socket_too(index: Path) -> None:
    encoder = Waiting()
    workers = Workers(at_once=1)
    with (
        serving(index, encoder=encoder, workers=workers, beside=True) as client,
        by_socket(index) as own,
    ):
        error_of(own.post("/search", json={"q": "x" * (MAX_QUERY + 1)}), 422)
        headers = {"content-type": "application/json"}
        error_of(own.post("/search", content=b" " * (MAX_BODY + 1), headers=headers), 413)
        waits = threading.Thread(target=client.get, args=("/search?q=wait",))
        waits.start()
        encoder.asked.acquire()
        error_of(own.get("/search?q=owls"), 429)
        encoder.told.set()
        waits.join()
        assert own.get("/search?q=owls").status_code == 200


def test_an_answer_says_of_which_index_and_version_it_is(index: Path, tmp_path: Path) -> None:
    with serving(index, beside=True) as client, by_socket(index) as own:
        for asked in (client, own):
            headers = asked.get("/search?q=owls").headers
            assert headers[local.INDEX] == identity(index)
            assert headers[local.VERSION] == __version__
        shutil.copytree(index, tmp_path / "y.locus", ignore=shutil.ignore_patterns(local.NAME))
        index.rename(tmp_path / "old.locus")
        (tmp_path / "y.locus").rename(index)
        assert client.get("/search?q=owls").headers[local.INDEX] == identity(index)


def test_the_socket_is_made_again_in_an_index_made_anew(
    own_index: Path, articles: Path, tmp_path: Path
) -> None:
    asked = {"q": "owls hunt mice", "k": 1}
    with serving(own_index, token=TOKEN, beside=True):
        shutil.rmtree(own_index)
        build(own_index, [articles / "night"], encoder=HashingEncoder(), splitting=SMALL)
        answer = answer_by_socket(own_index, asked)
        assert (answer["index"]["articles"], answer["hits"][0]["article"]) == (2, "owls.txt")
        old = own_index.rename(tmp_path / "old.locus")
        build(own_index, [articles], encoder=HashingEncoder(), splitting=SMALL)
        answer = answer_by_socket(own_index, asked)
        assert (answer["index"]["articles"], answer["hits"][0]["article"]) == (3, "night/owls.txt")
        assert stat.S_IMODE((own_index / local.NAME).stat().st_mode) == 0o600
    assert not (own_index / local.NAME).exists()
    assert (old / local.NAME).exists(), "it was moved: not the server's any more"


def answer_by_socket(index: Path, asked: dict[str, Any]) -> Any:
    """An answer at the socket of an index that has just been rebuilt."""
    for _ in range(500):
        if local.exists(index):
            break
        time.sleep(0.02)
    with by_socket(index) as own:
        return own.get("/search", params=asked).json()


def test_the_socket_has_its_mode_from_the_first_instant(
    index: Path, sock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []

    class Looking(socket.socket):
        def bind(self, address: Any) -> None:
            super().bind(address)
            modes.append(stat.S_IMODE(sock.lstat().st_mode))

    monkeypatch.setattr(socket, "socket", Looking)
    mask = os.umask(0)
    try:
        with local.listening(index, refuse):
            assert os.umask(0) == 0
    finally:
        os.umask(mask)
    assert modes == [0o600]


def test_a_path_longer_than_an_address_is_reached(index: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60) / "x.locus"
    deep.parent.mkdir(parents=True)
    index.rename(deep)
    with serving(deep, token=TOKEN, beside=True), local.connect(deep) as own:
        own.sendall(b"GET /search?q=owls HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        assert own.recv(100).startswith(b"HTTP/1.1 200 ")
    assert not local.exists(deep)


def test_the_socket_of_a_dead_server_is_replaced(index: Path, sock: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(sock))
    dead.close()
    with serving(index, beside=True), by_socket(index) as own:
        assert own.get("/health").status_code == 200


def test_the_socket_of_a_live_server_is_left_to_it(index: Path, sock: Path) -> None:
    said: list[str] = []
    with serving(index, beside=True), by_socket(index) as own:
        with local.listening(index, said.append) as second:
            assert second is None
        assert own.get("/health").status_code == 200
    assert said == [
        "another server for this index is already running; `locus search` will keep using that one"
    ]


def test_a_server_that_is_too_busy_to_take_anyone_in_lives(index: Path) -> None:
    said: list[str] = []
    with local.listening(index, refuse) as listener, contextlib.ExitStack() as waiting:
        assert listener is not None
        with contextlib.suppress(BlockingIOError, TimeoutError):
            for _ in range(500):
                waiting.enter_context(local.connect(index))
        with local.listening(index, said.append) as second:
            assert second is None
    assert "already running" in said[0]


def test_what_is_no_socket_is_left_alone(index: Path, sock: Path) -> None:
    said: list[str] = []
    sock.write_text("notes")
    with local.listening(index, said.append) as none:
        assert none is None
    assert sock.read_text() == "notes"
    (line,) = said
    assert line == (
        f"`locus search` cannot use this server ({sock}: this file is not a socket), so it will be"
        " slower; the web page works"
    )


def test_a_folder_that_takes_no_socket_is_served_all_the_same() -> None:
    said: list[str] = []
    with local.listening(Path("/proc/self"), said.append) as none:
        assert none is None
    assert said[0].startswith("`locus search` cannot use this server (/proc/self/serve.sock: ")


def test_the_socket_of_a_later_server_outlives_an_earlier_one(index: Path, sock: Path) -> None:
    with local.listening(index, refuse) as first:
        assert first is not None
        first.close()  # it shuts down, but still answers open requests
        with local.listening(index, refuse) as second:
            assert second is not None
            path = second.getsockname()
            later = sock.stat().st_ctime_ns
    assert not sock.exists()
    with local.listening(index, refuse) as first:
        assert first is not None
        first.close()
        sock.unlink()
        later_socket = socket.socket(socket.AF_UNIX)  # with the same inode, if it is free again
        later_socket.bind(path)
        later_socket.close()
        assert sock.stat().st_ctime_ns != later
    assert sock.exists()


def test_nothing_stumbles_over_the_socket(own_index: Path, articles: Path, tmp_path: Path) -> None:
    index = own_index
    with serving(index, beside=True), by_socket(index) as own:
        assert verify(index).ok
        build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=True)
        assert own.get("/search?q=owls").json()["index"]["generation"] == 2
        assert verify(index).ok
        # An index inside its own source.
        made = build(tmp_path / "y.locus", [tmp_path], encoder=HashingEncoder(), splitting=SMALL)
        assert made.skipped == []
        build(index, [articles], encoder=HashingEncoder(), splitting=SMALL)
        subprocess.run(["cp", "-r", index, tmp_path / "z.locus"], check=True)
        assert verify(tmp_path / "z.locus").ok


def test_a_killed_server_is_in_nobodys_way(index: Path, sock: Path) -> None:
    server, _ = slow_server(index)
    with by_socket(index) as own:
        assert own.get("/search?q=owls").json()["hits"]
    server.kill()
    assert server.communicate(timeout=30) == ("", "")
    assert server.returncode == -signal.SIGKILL
    assert sock.exists()
    with pytest.raises(OSError, match="refused"):
        local.connect(index)


# Many, slow, and broken requests


def test_more_at_once_than_it_takes_are_told_to_come_again(index: Path) -> None:
    encoder = Waiting()
    with serving(index, encoder=encoder, workers=Workers(at_once=2)) as client:
        answers: list[httpx2.Response] = []

        def ask() -> None:
            answers.append(client.get("/search", params={"q": "wait for owls"}))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
            encoder.asked.acquire()
        refused = client.get("/search", params={"q": "owls"})
        assert "too many" in error_of(refused, 429)
        assert refused.headers["retry-after"] == "1"
        assert client.get("/health").status_code == 200
        encoder.told.set()
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in answers] == [200, 200]
        assert client.get("/search", params={"q": "owls"}).status_code == 200


def test_a_question_that_takes_too_long_is_given_up(index: Path) -> None:
    encoder = Waiting()
    with serving(index, encoder=encoder, workers=Workers(seconds=0.2)) as client:
        slow = client.get("/search", params={"q": "wait for owls"})
        assert "longer than 0.2 seconds" in error_of(slow, 503)
        assert client.get("/search", params={"q": "owls"}).status_code == 200
        encoder.told.set()


def test_new_generations_and_new_indexes_are_taken_up(own_index: Path, articles: Path) -> None:
    asked: dict[str, str | int] = {"q": "a comet has a tail", "k": 1}
    with serving(own_index) as client:
        (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
        build(own_index, encoder=HashingEncoder(), splitting=SMALL)
        answer = client.get("/search", params=asked).json()
        assert (answer["index"]["generation"], answer["hits"][0]["article"]) == (2, "new.txt")
        shutil.rmtree(own_index)
        assert str(own_index) in error_of(client.get("/search", params=asked), 503)
        (articles / "new.txt").rename(articles / "newer.txt")
        build(own_index, [articles], encoder=HashingEncoder(), splitting=SMALL)
        answer = client.get("/search", params=asked).json()
        assert (answer["index"]["generation"], answer["hits"][0]["article"]) == (1, "newer.txt")


def test_a_defect_is_an_answer_too(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            raise ZeroDivisionError(text)

    with serving(index, encoder=Broken()) as client:
        message = error_of(client.get("/search", params={"q": "a secret"}), 500)
        assert message == "internal error (ZeroDivisionError); please report it"
        assert client.get("/health").status_code == 200
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


def test_random_bytes_leave_it_standing(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(5628)
    post = b"POST /search HTTP/1.1\r\nhost: localhost\r\n"
    cut_short = post + b"content-length: 5000\r\n\r\n"
    starts = [b"", b"GET /search?q=", post, cut_short, b"\x16\x03"]
    for _ in range(300):
        start = chance.choice(starts)
        with socket.create_connection(("127.0.0.1", client.base_url.port or 0)) as connection:
            connection.sendall(start + chance.randbytes(chance.randrange(200)) + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(10)
            try:
                answer = connection.recv(100)
            except ConnectionResetError:
                continue
            assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert caplog.text == ""
    assert client.get("/search", params={"q": "owls"}).status_code == 200


@pytest.mark.parametrize(
    ("begun", "answered", "then"),
    [
        (
            b"POST /nothing HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
            404,
            b"",
        ),
        (b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n", 200, b"HTTP/1.1 400"),
    ],
    ids=["in its body", "as the next"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_what_turns_out_to_be_no_http_is_no_defect(
    client: httpx2.Client,
    caplog: pytest.LogCaptureFixture,
    begun: bytes,
    answered: int,
    then: bytes,
    at_once: bool,
) -> None:
    broken = b"neither a chunk nor a request\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), 10) as connection:
        if at_once:
            connection.sendall(begun + broken)
        else:
            connection.sendall(begun)
            assert connection.recv(10_000).startswith(b"HTTP/1.1 %d" % answered)
            connection.sendall(broken)
        rest = b""
        while received := connection.recv(10_000):
            rest += received
    assert rest.startswith(b"HTTP/1.1 ") if at_once else then in rest
    assert client.get("/health").status_code == 200
    assert caplog.text == ""


def test_a_failure_that_nobody_waits_for_any_more_is_not_told(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given_up, ended = threading.Event(), threading.Event()

    class Failing(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            if text != "slow":
                return super().encode_query(text)
            assert given_up.wait(30)
            ended.set()
            raise ModelError("a secret of the question")

    with serving(index, encoder=Failing(), workers=Workers(seconds=0.1)) as client:
        assert client.get("/search?q=slow").status_code == 503
        given_up.set()
        assert ended.wait(30)
        gc.collect()
        assert client.get("/search?q=owls").status_code == 200
    gc.collect()
    assert "secret" not in caplog.text


def test_by_the_socket_names_are_checked_too(index: Path) -> None:
    with serving(index, beside=True), by_socket(index) as own:
        assert own.get("/status").status_code == 200
        assert own.get("/status", headers={"host": "evil.example:8000"}).status_code == 403


@pytest.mark.parametrize(
    "token", ["sixteen characters\n", " sixteen-characters", "sixteen\tcharacters"]
)
def test_a_token_with_a_space_could_never_match(index: Path, token: str) -> None:
    with pytest.raises(ServerError, match="no spaces"):
        serve(index, "127.0.0.1", 0, token, open_browser=False, say=print)


def test_a_host_that_is_no_name_is_an_error() -> None:
    with pytest.raises(ServerError, match="cannot listen"), listening("a..b", 0):
        pass


ASKED = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "answered"),
    [
        (b"", 0),
        (b"GET /health HTTP/1.1\r\nhost: loc", 0),
        (ASKED, 1),
        (ASKED + b"GET /health HTTP/1.1\r\nhost: loc", 1),
        (ASKED.replace(b"\r\n\r\n", b"\r\ncontent-length: 9\r\n\r\nbody"), 1),
    ],
    ids=["nothing", "half a head", "no further request", "half a second head", "half a body"],
)
def test_a_connection_without_a_request_is_not_kept(
    index: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes, answered: int
) -> None:
    monkeypatch.setattr(Protocol, "patience", 0.15)
    with serving(index) as client, connected(client) as connection:
        received = b""
        connection.sendall(begun)
        if answered:
            received = connection.recv(10_000)
            connection.sendall(b"x")  # the limit is for the whole request, not for each byte
        received += read_to_the_end(connection)
        assert received.count(b"HTTP/1.1 200") == answered
        for _ in range(3):  # a client that keeps asking stays connected
            assert client.get("/search", params={"q": "owls"}).status_code == 200
            time.sleep(0.06)


def test_a_client_that_does_not_read_its_answers_is_not_kept(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Protocol, "patience", 0.1)
    asked = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with serving(index, beside=True), local.connect(index) as connection:
        connection.sendall(asked * 100)
        hung_up = select.poll()
        hung_up.register(connection, 0)
        assert hung_up.poll(10_000) == [(connection.fileno(), select.POLLHUP)]
        assert read_to_the_end(connection).count(b"HTTP/1.1 200") < 100


@pytest.mark.parametrize("asked", [1, 3])
def test_a_client_that_sends_nothing_more_gets_its_answers(
    client: httpx2.Client, asked: int
) -> None:
    for _ in range(20):
        with connected(client) as connection:
            connection.sendall(b"GET /search?q=owls HTTP/1.1\r\nhost: localhost\r\n\r\n" * asked)
            connection.shutdown(socket.SHUT_WR)
            assert read_to_the_end(connection).count(b"HTTP/1.1 200") == asked


def test_a_client_that_reads_slowly_gets_its_answers(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Protocol, "patience", 1.0)
    asked = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with serving(index, beside=True), local.connect(index) as connection:
        connection.settimeout(10)
        connection.sendall(asked * 60)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while more := connection.recv(30_000):
            received += more
            time.sleep(0.04)  # in all more than the patience, and each time far less
        assert received.count(b"HTTP/1.1 200") == 60


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (b"GET /" + b"x" * 200_000, 414, "address is too long"),
        (b"GET / HTTP/1.1\r\nx: " + b"x" * 200_000, 431, "headers are too long"),
        (b"what is this\r\n\r\n", 400, "not valid HTTP"),
        (b"\x16\x03\x01" + b"\0" * 70_000, 400, "not valid HTTP"),
    ],
    ids=["address", "headers", "words", "TLS"],
)
def test_what_is_refused_before_it_is_read_is_told_in_full(
    client: httpx2.Client, sent: bytes, status: int, reason: str
) -> None:
    with connected(client) as connection:
        connection.sendall(sent)
        with contextlib.suppress(OSError):
            for _ in range(20):  # the client keeps sending, as if it had read no refusal
                connection.sendall(b"x" * 50_000)
        head, _, body = read_to_the_end(connection).partition(b"\r\n\r\n")
    said, *lines = head.decode().split("\r\n")
    assert said.startswith(f"HTTP/1.1 {status} ")
    headers = httpx2.Headers(dict(line.split(": ", 1) for line in lines))
    assert headers["connection"] == "close"
    is_refusal(httpx2.Response(status, headers=headers, content=body), status, reason)


def test_one_connection_too_many_is_told_so(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "most", 2)
    with serving(index) as client, connected(client) as other:
        other.sendall(ASKED)
        assert other.recv(1000).startswith(b"HTTP/1.1 200")
        response = client.get("/health")
        is_refusal(response, 503, "too many connections")
        assert response.headers["retry-after"] == "1"
        other.close()
        while client.get("/health").status_code == 503:
            time.sleep(0.01)


def connected(client: httpx2.Client) -> socket.socket:
    """A raw connection to the server of a client."""
    return socket.create_connection(("127.0.0.1", client.base_url.port or 0), 10)


def read_to_the_end(connection: socket.socket) -> bytes:
    received = b""
    while more := connection.recv(100_000):
        received += more
    return received


def is_refusal(response: httpx2.Response, status: int, reason: str) -> None:
    """Check that a refusal has the usual form, and the headers of every answer."""
    assert reason in error_of(response, status)
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"


# The command


def test_a_port_that_is_taken_is_an_error(index: Path, locus: Locus) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ServerError, match=f"port {port} of 127.0.0.1 is already in use.*--port"
        ):
            serve(index, "127.0.0.1", port, None, open_browser=False, say=print)
        done = locus("serve", "--index", index, "--port", str(port), check=2)
    assert done.stderr.startswith(f"locus: port {port} of 127.0.0.1 is already in use")


def test_no_index_is_an_error(locus: Locus) -> None:
    done = locus("serve", "--port", "0", check=2)
    assert "Create one with: locus index FOLDER" in done.stderr


_SLOW_SERVER = """
import sys
from indexer.encoding import models
from tests.hashing import HashingEncoder

class Slow(HashingEncoder):
    def encode_query(self, text):
        if "slowly" in text:
            print("asked", flush=True)
            sys.stdin.readline()
        return super().encode_query(text)

models.load = lambda identity: Slow()
from search.cli import main
sys.argv = ["locus", "serve", "--port", "0", "--index", sys.argv[1]]
main()
"""


def slow_server(index: Path) -> tuple[subprocess.Popen[str], str]:
    """A server in a process of its own that is listening, and its address.

    A question that contains "slowly" is printed to its standard output, and waits for a line of
    input.
    """
    server = subprocess.Popen(
        [sys.executable, "-c", _SLOW_SERVER, str(index)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    said = server.stderr.readline()
    assert "(3 articles) at http://" in said
    return server, said.partition(" at ")[2].partition(" (press Ctrl-C")[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_hand_is_answered_before_it_ends(
    index: Path, sock: Path, number: signal.Signals
) -> None:
    server, address = slow_server(index)
    answers: list[httpx2.Response] = []
    with httpx2.Client(base_url=address, timeout=30, trust_env=False) as client:

        def ask() -> None:
            answers.append(client.get("/search", params={"q": "owls slowly, in secret"}))

        assert client.get("/health").status_code == 200
        thread = threading.Thread(target=ask)
        thread.start()
        assert server.stdout is not None
        assert server.stdout.readline() == "asked\n"
        server.send_signal(number)
        with pytest.raises(httpx2.TransportError):  # refused, or closed while it waited
            while True:
                httpx2.get(f"{address}health", trust_env=False)
                time.sleep(0.02)
        assert server.stdin is not None
        server.stdin.write("\n")
        server.stdin.flush()
        thread.join()
    assert answers[0].status_code == 200
    assert json.loads(answers[0].text)["hits"][0]["article"] == "night/owls.txt"
    assert server.communicate(timeout=30) == ("", "")
    assert server.returncode == 0
    assert not sock.exists()
    with pytest.raises(OSError, match="No such file"):
        local.connect(index)


def test_what_is_like_an_article_is_searched_exactly_if_wanted(small_index: Path) -> None:
    with serving(small_index) as client:
        hit = client.get("/search", params={"q": "night"}).json()["hits"][0]
        assert (hit["date"], hit["authors"]) == (None, [])
        like = {"article": hit["article"], "exact": "true"}
        assert client.get("/similar", params=like).json()["hits"]
        refused = client.get("/similar", params={**like, "exact": "yes"})
        assert refused.status_code == 422
        assert refused.json()["error"]["message"] == "exact must be true or false"
