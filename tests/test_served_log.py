"""The log of questions of a server, of an assistant and of the prompt: who writes it, and what."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from search.logged.keeping import Keeping
from search.logged.log import QuestionLog
from search.logged.reading import KeptQuestion, read_log
from search.serving.client import ask
from search.serving.openapi import document
from search.serving.served import ServedIndex
from search.serving.tools import GetTool, SearchTool
from search.types import Options
from tests.conftest import Locus
from tests.hashing import HashingEncoder
from tests.logs import opening, question
from tests.serving import serving

ID = "6d1f0c2a9be34875"
REPORTED: dict[str, Any] = {
    "event": "question",
    "id": ID,
    "query": "Who hunts mice?",
    "corrected": None,
    "mode": "hybrid",
    "options": {"under": "night", "tags": ["owls"], "literal": True},
    "hits": 4,
    "confidence": 0.75,
    "generation": 1,
}
OPENED: dict[str, Any] = {
    "event": "opened",
    "id": ID,
    "rank": 2,
    "article": "night/owls.txt",
    "source": "/articles",
    "sha256": "0" * 64,
    "start": 20,
    "end": 44,
    "text": "Owls hunt mice at night.",
}


def refuse(message: str) -> None:
    raise AssertionError(message)


@pytest.fixture
def log(tmp_path: Path) -> QuestionLog:
    return QuestionLog(tmp_path / "asked.jsonl", refuse)


@pytest.fixture
def client(copied_index: Path, log: QuestionLog) -> Iterator[httpx2.Client]:
    with serving(copied_index, log=log, beside=True) as client:
        yield client


def kept(log: QuestionLog) -> list[KeptQuestion]:
    return read_log(log.path, refuse) if log.path.exists() else []


def test_a_question_of_a_program_is_kept_with_its_options(
    client: httpx2.Client, log: QuestionLog, copied_index: Path
) -> None:
    given: dict[str, str | int] = {
        "q": "Who hunts mice?",
        "k": 2,
        "under": "night",
        "literal": "true",
    }
    answer = client.get("/search", params=given).json()
    (found,) = kept(log)
    asked = found.question
    assert (asked.query, asked.by, asked.hits) == ("Who hunts mice?", "http", len(answer["hits"]))
    assert asked.options == Options(2, under="night", literal=True)
    assert (asked.index, asked.confidence) == (str(copied_index), answer["confidence"])


def test_what_is_not_asked_by_a_person_is_not_kept(
    client: httpx2.Client, log: QuestionLog, copied_index: Path
) -> None:
    client.get("/search", params={"q": "owls"}, headers={"locus-log": "off"})
    client.post("/search", json={"q": "owls"}, headers={"Locus-Log": "off"})
    client.post("/batch", json={"queries": ["owls", "bats"]})
    client.get("/similar", params={"article": "night/owls.txt"})
    client.get("/search", params={"q": " "})
    assert ask(copied_index, "owls", Options()) is not None
    assert kept(log) == []


def test_a_command_that_the_server_answers_keeps_its_question_once(
    client: httpx2.Client, log: QuestionLog, copied_index: Path, locus: Locus
) -> None:
    command = ["search", "--mode", "lexical", "--index", copied_index, "echo"]
    locus(*command, check=0)
    assert kept(log) == []
    locus(*command, check=0, LOCUS_LOG=str(log.path))
    assert [it.question.by for it in kept(log)] == ["search"]


def test_what_the_page_reports_is_kept_as_asked_in_the_page(
    client: httpx2.Client, log: QuestionLog, copied_index: Path
) -> None:
    lies = {"by": "assistant", "index": "/elsewhere", "time": "1999-01-01T00:00:00+00:00"}
    assert client.post("/log", json={**REPORTED, **lies}).json() == {"kept": True}
    assert client.post("/log", json=OPENED).json() == {"kept": True}
    (found,) = kept(log)
    asked = found.question
    assert (asked.by, asked.index, asked.query) == ("page", str(copied_index), "Who hunts mice?")
    assert asked.time.year > 1999
    assert asked.options == Options(under="night", tags=("owls",), literal=True)
    (read,) = found.openings
    assert (read.rank, read.passage.place) == (2, "night/owls.txt:20-44")
    assert read.passage.text == "Owls hunt mice at night."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event": "typed"}, "event"),
        ({"query": " "}, "the question is empty"),
        ({"query": "x" * 2001}, "query is too long"),
        ({"id": "x"}, "16 hexadecimal digits"),
        ({"options": {"by": "me"}}, "the option 'by'"),
        ({"confidence": 2}, "from 0 to 1"),
    ],
)
def test_what_is_no_entry_is_refused(
    client: httpx2.Client, log: QuestionLog, changes: dict[str, Any], reason: str
) -> None:
    response = client.post("/log", json={**REPORTED, **changes})
    assert response.status_code == 422, response.text
    assert reason in response.json()["error"]["message"]
    assert client.post("/log", content=b"[]", headers={"content-type": "application/json"})
    assert kept(log) == []


def test_without_a_log_nothing_can_be_reported_and_the_status_says_so(copied_index: Path) -> None:
    with serving(copied_index) as client:
        assert client.get("/status").json()["log"] is None
        response = client.post("/log", json=REPORTED)
        assert response.status_code == 403
        assert "start it with --log FILE" in response.json()["error"]["message"]


def test_the_status_names_the_log(client: httpx2.Client, log: QuestionLog) -> None:
    assert client.get("/status").json()["log"] == str(log.path)


def test_other_websites_cannot_write_to_the_log(client: httpx2.Client, log: QuestionLog) -> None:
    response = client.post("/log", json=REPORTED, headers={"origin": "http://evil.example"})
    assert response.status_code == 403
    assert kept(log) == []


def test_the_entries_of_the_log_are_described_as_they_are(client: httpx2.Client) -> None:
    schemas = document()["components"]["schemas"]
    described = schemas["LoggedQuestion"]["properties"]
    assert sorted(described) == sorted(REPORTED)
    written = question("x").as_json()
    assert set(written) - set(described) == {"time", "by", "index"}
    of_options = set(described["options"]["properties"])
    assert of_options == set(Options().as_json()) - {"mode"}
    read = {*schemas["LoggedOpening"]["properties"], *schemas["Citation"]["properties"]}
    assert read == set(OPENED)
    assert set(opening(question("x"), 1).as_json()) - read == {"time"}


def test_a_log_that_cannot_be_written_does_not_fail_a_search(copied_index: Path) -> None:
    told: list[str] = []
    log = QuestionLog("/dev/null", told.append)
    with serving(copied_index, log=log) as client:
        assert client.get("/search", params={"q": "owls"}).json()["hits"]
        assert client.post("/log", json=REPORTED).json() == {"kept": False}
    assert told == ["this question was not kept in /dev/null: it is not a regular file"]


# The assistant


@pytest.fixture
def assisted(copied_index: Path, log: QuestionLog) -> ServedIndex:
    index = ServedIndex(copied_index, HashingEncoder())
    index.keeping = Keeping(log, "assistant", copied_index)
    return index


def test_what_an_assistant_reads_belongs_to_its_newest_question_that_found_it(
    assisted: ServedIndex, log: QuestionLog
) -> None:
    SearchTool.of({"query": "who hunts mice at night"}).reply(assisted)
    found = SearchTool.of({"query": "who finds moths by echo", "limit": 2}).reply(assisted)
    bats = found.passages[0]
    assert bats.article == "night/bats.txt"
    GetTool.of({"article": bats.article, "start": bats.start, "end": bats.end}).reply(assisted)
    GetTool.of({"article": "bridges.md", "start": 80, "end": 90}).reply(assisted)
    first, second = kept(log)
    assert (first.question.by, second.question.options.k) == ("assistant", 2)
    assert [it.passage.place for it in second.openings] == [
        f"night/bats.txt:{bats.start}-{bats.end}"
    ]
    assert [it.passage.article for it in first.openings] == ["bridges.md"]


def test_what_no_question_found_is_no_opening(assisted: ServedIndex, log: QuestionLog) -> None:
    GetTool.of({"article": "night/owls.txt"}).reply(assisted)
    SearchTool.of({"query": "echo", "mode": "lexical"}).reply(assisted)
    GetTool.of({"article": "night/owls.txt"}).reply(assisted)
    (found,) = kept(log)
    assert found.openings == ()


def test_lines_are_the_json_that_the_format_says(assisted: ServedIndex, log: QuestionLog) -> None:
    SearchTool.of({"query": "echo", "mode": "lexical"}).reply(assisted)
    GetTool.of({"article": "night/bats.txt"}).reply(assisted)
    asked, read = map(json.loads, log.path.read_text("utf-8").splitlines())
    assert (asked["event"], read["event"], read["id"]) == ("question", "opened", asked["id"])
    assert asked["options"] == {"k": 5}
    assert read["rank"] == 1
