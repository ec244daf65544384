"""An index is asked its own titles and sentences, and what its graph misses is counted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.encoding import models
from indexer.errors import DatasetError
from indexer.pipeline import build
from indexer.types import Splitting
from search import Searcher, open_index
from search.evaluation.measured.unjudged import (
    OPTIMISTIC,
    KnownItems,
    evaluate_known_items,
    vector_recall,
)
from tests.hashing import HashingEncoder

ARTICLES = {
    "a": ("Night hunters", "Owls hunt small mice at night in the forest."),
    "b": ("Sonar", "Bats find moths in the dark by their own echo."),
    "c": ("", "A bridge of seven stone arches spans the wide old river."),
}


@pytest.fixture(autouse=True)
def _hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load", lambda _: HashingEncoder())


def made(folder: Path, articles: dict[str, tuple[str, str]]) -> Path:
    rows = [
        json.dumps({"_id": name, "title": title, "text": text})
        for name, (title, text) in articles.items()
    ]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    build(
        folder / "x.locus",
        [folder / "corpus.jsonl"],
        encoder=HashingEncoder(),
        splitting=Splitting(14),
    )
    return folder / "x.locus"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("unjudged"), ARTICLES)


@pytest.fixture
def searcher(index: Path) -> Iterator[Searcher]:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        yield searcher


@pytest.fixture
def known(searcher: Searcher) -> KnownItems:
    return evaluate_known_items(searcher, "lexical", 10)


def test_titles_and_sentences_are_asked_each_for_its_article(known: KnownItems) -> None:
    titles, sentences = known.evaluations
    assert [one.text for one in titles.outcomes] == ["Night hunters", "Sonar"]
    assert [one.text for one in sentences.outcomes] == [text for _, text in ARTICLES.values()]
    assert known.found_anything
    assert {figure.mean for figure in sentences.passage_figures} == {1.0}
    assert known.reasons == ()


def test_progress_is_told_question_by_question_of_each_kind(searcher: Searcher) -> None:
    told: list[tuple[int, int]] = []
    evaluate_known_items(searcher, "lexical", progress=lambda *it: told.append(it))
    assert [it for it in told if it[0]] == [(1, 2), (2, 2), (1, 3), (2, 3), (3, 3)]


def test_the_json_has_each_kind_the_recall_and_how_to_take_them(known: KnownItems) -> None:
    found = json.loads(json.dumps(known.as_json()))
    assert found["optimistic"] == OPTIMISTIC
    assert list(found["known_items"]) == ["known titles", "known sentences"]
    assert found["vector_recall"] == {
        "k": 10,
        "queries": 5,
        "mean": 1.0,
        "least": 1.0,
        "perfect": 1.0,
    }
    assert found["notes"] == known.notes()
    assert [row["kind"] for row in known.rows()] == ["known titles"] * 2 + ["known sentences"] * 3


def test_the_table_has_a_column_for_each_kind(known: KnownItems) -> None:
    lines = known.as_text().splitlines()
    (head,) = [line for line in lines if "known titles, lexical" in line and "  " in line]
    assert head.index("known titles") < head.index("known sentences")
    assert any(line.split() == ["questions", "2", "3"] for line in lines)
    assert any(line.startswith("RR@10") for line in lines)
    assert str(known.recall) in known.as_text()


def test_a_kind_without_questions_is_a_reason_and_the_other_is_asked(tmp_path: Path) -> None:
    index = made(tmp_path, {name: ("", text) for name, (_, text) in ARTICLES.items()})
    with open_index(index, encoder=HashingEncoder()) as searcher:
        known = evaluate_known_items(searcher, "lexical")
    assert [one.dataset for one in known.evaluations] == ["known sentences"]
    assert len(known.reasons) == 1
    assert known.notes()[0] == known.reasons[0]
    assert "known titles" in known.notes()[0]


def test_an_index_that_gives_nothing_to_ask_for_is_an_error_with_both_reasons(
    tmp_path: Path,
) -> None:
    index = made(tmp_path, {"a": ("", "Short.")})
    with (
        open_index(index, encoder=HashingEncoder()) as searcher,
        pytest.raises(DatasetError) as refused,
    ):
        evaluate_known_items(searcher)
    assert "titles" in str(refused.value)
    assert "sentences" in str(refused.value)


def test_what_was_found_by_one_kind_alone_is_something(known: KnownItems) -> None:
    def blind(at: int) -> KnownItems:
        parts = list(known.evaluations)
        parts[at] = replace(parts[at], outcomes=())
        return replace(known, evaluations=tuple(parts))

    assert blind(0).found_anything
    nothing = tuple(replace(one, outcomes=()) for one in known.evaluations)
    assert not replace(known, evaluations=nothing).found_anything


def test_recall_is_of_the_questions_that_are_given(index: Path) -> None:
    found = vector_recall(index, ["owls", "bats", "bridges"], 2)
    assert (found.k, found.queries, found.mean) == (2, 3, 1.0)
