"""The self-test of an index: what it asks, what it cannot ask, and how it is shown."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer.encoding import models
from indexer.errors import DatasetError
from indexer.pipeline import build
from search import Searcher, open_index
from search.evaluation.measured.unjudged import OPTIMISTIC, evaluate_known_items, vector_recall
from search.evaluation.measured.vector_recall import Recall
from tests.hashing import HashingEncoder

LONG = "Owls hunt small mice at night in the old forest."
ARTICLES = [("a", "Night hunters", LONG), ("b", "Sonar", "Bats find moths by echo.")]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load", lambda _: HashingEncoder())


def indexed(folder: Path, articles: Sequence[tuple[str, str, str]]) -> Searcher:
    rows = [
        json.dumps({"_id": name, "title": title, "text": text}) for name, title, text in articles
    ]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    build(folder / "x.locus", [folder / "corpus.jsonl"], encoder=HashingEncoder())
    return open_index(folder / "x.locus")


@pytest.fixture
def searcher(tmp_path: Path) -> Iterator[Searcher]:
    with indexed(tmp_path, ARTICLES) as searcher:
        yield searcher


def test_titles_and_sentences_are_asked_and_the_articles_found(searcher: Searcher) -> None:
    seen: list[tuple[int, int]] = []
    found = evaluate_known_items(searcher, "lexical", 5, progress=lambda *it: seen.append(it))
    titles, sentences = found.evaluations
    assert (titles.dataset, sentences.dataset) == ("known titles", "known sentences")
    assert [one.text for one in titles.outcomes] == ["Night hunters", "Sonar"]
    assert [one.text for one in sentences.outcomes] == [LONG]
    assert [next(iter(titles.run[query])) for query in sorted(titles.run)] == ["a", "b"]
    assert seen == [(1, 2), (2, 2), (1, 1)]
    assert found.found_anything
    assert found.recall == Recall(10, 3, 1.0, 1.0, 1.0)
    assert found.reasons == ()
    assert found.rows()[2] == {"kind": "known sentences", **sentences.rows()[0]}


def test_the_table_explains_itself_and_gives_each_kind_a_column(searcher: Searcher) -> None:
    found = evaluate_known_items(searcher, "lexical", 5)
    text = found.as_text()
    assert " ".join(text.split()).startswith(OPTIMISTIC)
    lines = text.splitlines()
    assert "Over 2 articles in 2 passages (generation 1):" in lines
    head = next(line for line in lines if "known titles, lexical" in line)
    assert head.endswith("known sentences, lexical")
    assert next(line.split() for line in lines if line.startswith("questions")) == [
        *("questions", "2", "1")
    ]
    assert any(line.startswith("known titles, search time (5 passages): median ") for line in lines)
    assert lines[-1] == (
        "vector index: finds 100.00% of the 10 nearest passages (3 queries; worst query 100%,"
        " 100.0% of the queries complete)"
    )
    whole = found.as_json()
    assert whole["vector_recall"] == {
        "k": 10, "queries": 3, "mean": 1.0, "least": 1.0, "perfect": 1.0
    }  # fmt: skip
    assert list(whole["known_items"]) == ["known titles", "known sentences"]
    assert whole["notes"] == found.notes()


def test_a_kind_that_cannot_be_asked_is_named_with_the_reason(tmp_path: Path) -> None:
    with indexed(tmp_path, ARTICLES[1:]) as searcher:
        found = evaluate_known_items(searcher, "lexical", 5)
    assert [one.dataset for one in found.evaluations] == ["known titles"]
    assert found.notes()[0] == "the index has no known sentences to ask"


def test_an_index_of_which_nothing_can_be_asked_is_refused(tmp_path: Path) -> None:
    same = [("a", "Moss", "Moss grows."), ("b", "Moss", "It is green.")]
    with (
        indexed(tmp_path, same) as searcher,
        pytest.raises(DatasetError) as refused,
    ):
        evaluate_known_items(searcher, "lexical", 5)
    assert str(refused.value) == (
        "the index has no known titles to ask: skipped a title that is empty or that another"
        " article has (or its name) (2 in total); the index has no known sentences to ask"
    )


def test_recall_is_of_the_passages_that_a_searcher_considers(searcher: Searcher) -> None:
    assert vector_recall(searcher.folder, [LONG, "Sonar"], 1) == Recall(1, 2, 1.0, 1.0, 1.0)
