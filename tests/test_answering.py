"""``--under`` in a terminal, relative to the current folder, with and without a server."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from indexer.pipeline import build
from indexer.types import Splitting
from search.asking.answering import Answering
from search.question import no_article_under
from search.types import Answer, Options
from tests.hashing import HashingEncoder
from tests.serving import serving

OWLS, BATS, BRIDGES = "night/owls.txt", "night/bats.txt", "bridges.md"


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    small = Splitting(target_tokens=12)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=small)
    return tmp_path / "x.locus"


@pytest.fixture(params=["a searcher", "a server"])
def answering(
    request: pytest.FixtureRequest, index: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Answering]:
    monkeypatch.setattr("indexer.encoding.models.load", lambda _: HashingEncoder())
    beside = serving(index, beside=True) if request.param == "a server" else nullcontext()
    with beside, Answering(index) as answering:
        yield answering


def asked(answering: Answering, under: str) -> Answer:
    return answering.ask("bridges", Options(under=under))


def test_a_folder_is_named_by_its_path_from_the_current_one_too(
    answering: Answering, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(articles)
    for where, under, expected in [
        (tmp_path, "articles/night", {OWLS, BATS}),
        (tmp_path, "./articles/night/", {OWLS, BATS}),
        (tmp_path, "link/night", {OWLS, BATS}),
        (tmp_path, f"{tmp_path}/link/night/*", {OWLS, BATS}),
        (tmp_path, ".", {OWLS, BATS, BRIDGES}),
        (tmp_path, "night", {OWLS, BATS}),
        (articles, "./night", {OWLS, BATS}),
        (articles / "night", "owls.txt", {OWLS}),
        (articles / "night", "./owls.txt", {OWLS}),
        (articles / "night", "./b*", {BATS}),
        (articles / "night", ".", {OWLS, BATS}),
        (articles / "night", "..", {OWLS, BATS, BRIDGES}),
        (articles / "night", "../bridges.md", {BRIDGES}),
        (articles / "night", "bridges.md", {BRIDGES}),
    ]:
        monkeypatch.chdir(where)
        answer = asked(answering, under)
        assert {hit.article for hit in answer.hits} == expected, under
        assert answer.warnings == (), under


def test_what_is_no_article_by_name_or_path_is_said_as_it_was_given(
    answering: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for under, told in [("day", "day"), (".", str(tmp_path / "elsewhere")), ("a\0b", "a\0b")]:
        answer = asked(answering, under)
        assert (answer.hits, answer.warnings) == ((), (no_article_under(told),))
