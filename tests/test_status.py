"""``locus status``: what is remembered of each source, and the settings, in words and as JSON."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.command.status import skipped_in, status_of
from indexer.pipeline import build
from indexer.types import Document, SearchDepth, Splitting
from tests.conftest import Locus
from tests.hashing import HashingEncoder
from tests.histories import write
from tests.made import with_reader


@pytest.fixture
def index(tmp_path: Path, articles: Path) -> Path:
    """An index of two sources, of which one has patterns and hidden files."""
    index, encoder = tmp_path / "x.locus", HashingEncoder()
    splitting = Splitting(target_tokens=48, language="german")
    build(index, [articles], encoder=encoder, splitting=splitting)
    write(tmp_path / "mine/a.txt", "Tea.")
    write(tmp_path / "mine/.b.txt", "Coffee.")
    build(index, [tmp_path / "mine"], encoder=encoder, exclude=["notes/", "*.bak"], hidden=True)
    return index


@pytest.fixture
def _in_india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_india")
def test_status_shows_the_selections_the_settings_and_the_local_time(
    index: Path, tmp_path: Path
) -> None:
    found = status_of(index)
    published = found.state.published
    hour, minute = (int(part) for part in published[11:16].split(":"))
    minutes = (hour * 60 + minute + 330) % (24 * 60)  # India is 5:30 hours ahead
    lines = found.as_text().splitlines()
    assert re.fullmatch(rf"{index}: 5 articles, 5 passages, [\d.]+ [kM]B", lines[0])
    assert re.fullmatch(
        rf"last updated \d{{4}}-\d\d-\d\d {minutes // 60:02}:{minutes % 60:02} \(generation 2\)",
        lines[1],
    )
    assert lines[2:] == [
        "model hashing (64 dimensions, up to 40 tokens per passage)",
        "language german (for stemming), passages of about 48 tokens",
        f"source: {tmp_path / 'articles'} (3 articles)",
        (
            f"source: {tmp_path / 'mine'}"
            " (2 articles; excludes: notes/, *.bak; hidden files included)"
        ),
    ]


def test_status_says_that_an_index_without_a_language_has_no_stemming(
    tmp_path: Path, articles: Path
) -> None:
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), language="none")
    lines = status_of(tmp_path / "x.locus").as_text().splitlines()
    assert lines[3] == "language none (no stemming), passages of about 128 tokens"


def test_the_json_of_status_has_what_the_text_has_and_keeps_its_time(
    index: Path, tmp_path: Path, locus: Locus
) -> None:
    facts = json.loads(locus("status", "--index", index, "--json", check=0).stdout)
    assert facts["settings"] == {"language": "german", "passage_tokens": 48}
    mine = str(tmp_path / "mine")
    assert facts["sources"] == [
        {
            "path": str(tmp_path / "articles"),
            "articles": 3,
            "exclude": [],
            "hidden": False,
            "text_columns": [],
        },
        {
            "path": mine,
            "articles": 2,
            "exclude": ["notes/", "*.bak"],
            "hidden": True,
            "text_columns": [],
        },
    ]
    assert re.fullmatch(r"[\d-]+T[\d:]+\+00:00", facts["published"])


def test_status_names_what_the_last_update_skipped(tmp_path: Path, locus: Locus) -> None:
    index, encoder = tmp_path / "x.locus", HashingEncoder()
    write(tmp_path / "mine/a.txt", "Tea.")
    (tmp_path / "mine/b\x1b.txt").write_bytes(b"\0")
    (tmp_path / "mine/link.txt").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "other/c.txt", "Coffee.")
    build(index, [tmp_path / "mine"], encoder=encoder)
    assert locus("status", "--skipped", "--index", index, check=0).stdout.splitlines() == [
        "b\ufffd.txt: looks like a binary file, not text (NUL byte at offset 0)",
        "link.txt: no such file or folder",
    ]
    build(index, [tmp_path / "other"], encoder=encoder)
    listed = json.loads(locus("status", "--skipped", "--json", "--index", index, check=0).stdout)
    assert [it["article"] for it in listed["skipped"]] == ["b\x1b.txt", "link.txt"]
    assert {it["source"] for it in listed["skipped"]} == {str(tmp_path / "mine")}
    for name in ("b\x1b.txt", "link.txt"):
        (tmp_path / "mine" / name).unlink()
    build(index, encoder=encoder)
    assert locus("status", "--skipped", "--index", index).stdout == "No file was skipped.\n"


def test_status_names_what_was_read_in_part(
    tmp_path: Path, locus: Locus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(data: bytes, name: str) -> Document:
        del name
        return Document("Tea", data.decode(), left_out=("chapter 2 (missing)",))

    with_reader(monkeypatch, ".part", read)
    write(tmp_path / "mine/tea.part", "Tea grows on hills.")
    index = tmp_path / "x.locus"
    build(index, [tmp_path / "mine"], encoder=HashingEncoder())
    build(index, encoder=HashingEncoder())  # it is not read again
    said = "tea.part: read without chapter 2 (missing)\n"
    assert locus("status", "--skipped", "--index", index, check=0).stdout == said
    listed = json.loads(locus("status", "--skipped", "--json", "--index", index, check=0).stdout)
    assert (listed["skipped"], len(listed["partial"])) == ([], 1)


def test_nothing_is_said_of_a_source_that_was_forgotten(tmp_path: Path, locus: Locus) -> None:
    index, encoder = tmp_path / "x.locus", HashingEncoder()
    write(tmp_path / "mine/a.txt", "Tea.")
    (tmp_path / "mine/b.txt").write_bytes(b"\0")
    write(tmp_path / "other/c.txt", "Coffee.")
    build(index, [tmp_path / "mine", tmp_path / "other"], encoder=encoder)
    build(index, encoder=encoder, forget=[tmp_path / "mine"])
    assert skipped_in(index).files == ()


def test_the_status_says_how_much_of_the_vectors_a_search_reads(index: Path) -> None:
    exact = status_of(index)
    assert exact.as_json()["search"] == {
        "exact": True,
        "clusters": None,
        "probes": None,
        "recall": 1.0,
        "questions": 0,
    }
    vectors = exact.state.vectors
    assert vectors is not None
    depth = SearchDepth(2048, 190, 0.9912, 500)
    state = replace(exact.state, vectors=replace(vectors, depth=depth))
    found = replace(exact, state=state)
    assert found.as_json()["search"]["probes"] == 190
    assert (
        "a search reads 190 of 2,048 clusters of vectors; recall@10 0.991 (500 questions)"
        in found.as_text().splitlines()
    )
