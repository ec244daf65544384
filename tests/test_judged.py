"""The routes of the page for judging: who may use them, and that they hide the systems."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from indexer.errors import ServerError
from search.judging.commands import Judging, page_for
from search.serving.guard import PUBLIC
from search.serving.page import JUDGING
from search.serving.server import serve
from tests.judged import acts_of, dataset
from tests.serving import refuse, serving

OWLS = "night/owls.txt"
PATHS = ["/judging", "/judging/hits?question=0", "/judging/standing"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return dataset(tmp_path / "mine")


@pytest.fixture
def client(mine: Path, small_index: Path) -> Iterator[httpx2.Client]:
    with serving(small_index, judging=page_for(Judging(mine, judge="ann"), refuse)) as client:
        yield client


def say(client: httpx2.Client, **said: Any) -> httpx2.Response:
    return client.post("/judging/opinion", json={"question": 0, "article": OWLS, **said})


def test_a_judgement_is_saved_and_taken_back(client: httpx2.Client, mine: Path) -> None:
    about = client.get("/judging").json()
    assert (about["judge"], about["dataset"], about["depth"]) == ("ann", "mine", 10)
    assert about["next"] == {"question": 0, "place": 0}
    saved = say(client, grade=2, answers=[{"start": 20, "end": 24}], note="in part").json()
    assert saved["opinion"] == {
        "grade": 2,
        "earlier": None,
        "answers": [{"start": 20, "end": 24, "text": "Owls"}],
        "note": "in part",
    }
    assert saved["left"]["graded"] == 1
    assert (mine / "qrels" / "test.tsv").read_text("utf-8").endswith(f"q1\t{OWLS}\t2\n")
    hits = client.get("/judging/hits", params={"question": 0}).json()["hits"]
    (owls,) = [hit for hit in hits if hit["article"] == OWLS]
    assert owls["opinion"] == saved["opinion"]
    undone = client.post("/judging/undo", json={}).json()
    assert undone["undone"] == {"question": 0, "article": OWLS}
    assert undone["left"]["graded"] == 0
    assert client.post("/judging/undo", json={}).json()["undone"] is None


def test_the_standing_compares_systems_and_judges(client: httpx2.Client) -> None:
    hits = client.get("/judging/hits", params={"question": 0}).json()["hits"]
    for hit in hits:
        say(client, article=hit["article"], grade=2 if hit["article"] == OWLS else 0)
    standing = client.get("/judging/standing").json()
    assert standing["comparison"]["questions"] == 1
    assert set(standing["comparison"]["means"]) == {"hybrid", "semantic", "lexical"}
    assert standing["agreement"]["judges"] == ["ann"]


def test_a_hit_shows_nothing_of_the_systems_that_found_it(client: httpx2.Client) -> None:
    for question in range(3):
        answer = client.get("/judging/hits", params={"question": question}).json()
        for place, hit in enumerate(answer["hits"]):
            assert set(hit) == {"article", "source", "title", "passages", "opinion"}
            for passage in hit["passages"]:
                assert {"score", "scores"} & set(passage) == set()
                assert passage["rank"] == place + 1
        said = json.dumps(answer)
        assert not any(mode in said for mode in ("hybrid", "semantic", "lexical"))


@pytest.mark.parametrize(
    "said",
    [
        {"grade": 4},
        {"grade": 1.0},
        {"grade": "2"},
        {"grade": True},
        {"question": 7},
        {"question": -1},
        {"question": "0"},
        {"article": "unknown.md"},
        {"article": 5},
        {"note": 5},
        {"note": "x" * 2001},
        {"answers": [{"start": 0, "end": 10**9}]},
        {"answers": [{"start": 4, "end": 4}]},
        {"answers": [{"start": 0}]},
        {"answers": [5]},
        {"answers": [{"start": 0, "end": 1}] * 21},
        {"judge": "bob"},
        {"folder": "/tmp"},
    ],
)
def test_what_makes_no_sense_is_refused(
    client: httpx2.Client, mine: Path, said: dict[str, Any]
) -> None:
    refused = say(client, **said)
    assert refused.status_code == 422, refused.text
    assert acts_of(mine) == []


def test_other_websites_can_neither_judge_nor_read(client: httpx2.Client, mine: Path) -> None:
    body = {"question": 0, "article": OWLS, "grade": 2}
    for headers in (
        {"origin": "https://example.com"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"host": "example.com"},
    ):
        for path in ("/judging/opinion", "/judging/undo"):
            assert client.post(path, json=body, headers=headers).status_code == 403
        assert client.get("/judging", headers=headers).status_code == 403
    form = client.post("/judging/opinion", content=json.dumps(body).encode())
    plain = client.post(
        "/judging/opinion", content=json.dumps(body), headers={"content-type": "text/plain"}
    )
    assert (form.status_code, plain.status_code) == (415, 415)
    assert client.get("/judging/opinion").status_code == 405
    assert acts_of(mine) == []


def test_the_token_is_needed_and_the_files_of_the_page_are_not_secret(
    mine: Path, small_index: Path
) -> None:
    judging = page_for(Judging(mine, judge="ann"), refuse)
    with serving(small_index, token="t" * 16, judging=judging) as client:
        assert [client.get(path).status_code for path in PATHS] == [401] * 3
        assert say(client, grade=2).status_code == 401
        assert [client.get(path).status_code for path in JUDGING] == [200] * len(JUDGING)
        assert client.get(PATHS[0], headers={"authorization": f"Bearer {'t' * 16}"}).json()["next"]
    assert set(JUDGING) <= PUBLIC
    assert acts_of(mine) == []


def test_it_is_served_only_if_it_is_asked_for(small_index: Path) -> None:
    with serving(small_index) as client:
        for path in (*PATHS, *JUDGING):
            assert client.get(path).status_code == 404
        assert say(client, grade=2).status_code == 404


def test_it_is_not_served_to_other_machines(mine: Path, small_index: Path) -> None:
    judging = page_for(Judging(mine), refuse)
    with pytest.raises(ServerError, match=r"not served on 0\.0\.0\.0"):
        serve(
            *(small_index, "0.0.0.0", 0, "t" * 16),
            open_browser=False,
            judging=judging,
            say=refuse,
        )
    assert acts_of(mine) == []


def test_a_file_that_cannot_be_written_is_told(client: httpx2.Client, mine: Path) -> None:
    (mine / "qrels").symlink_to(mine.parent)
    refused = say(client, grade=2)
    assert refused.status_code == 500
    assert "is a link" in refused.json()["error"]["message"]
