"""Asking the questions of a dataset: what is measured, and which notes are made."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import DatasetError, QueryError
from indexer.pipeline import build
from indexer.types import Splitting
from search import Searcher, open_index
from search.evaluation.judged.datasets import Dataset, read_dataset
from search.evaluation.judged.trec import ranked, read_run, write_qrels, write_run
from search.evaluation.measured.evaluator import best_passages, evaluate, evaluate_run
from search.evaluation.measured.measures import MEASURES, PASSAGE_MEASURES
from search.evaluation.measured.results import Evaluation, Latency
from search.types import Hit
from tests.conftest import ARTICLES
from tests.hashing import HashingEncoder

ir: Any = ir_measures  # only partly typed

SMALL = Splitting(target_tokens=12)
QUERIES = {
    "q1": "owls hunt mice",
    "q2": "moths by echo",
    "q3": "carries trains, painted red",
    "q4": "a bridge of stone",
}
JUDGED = {
    "q1": {"night/owls.txt": 2, "night/bats.txt": 1},
    "q2": {"night/bats.txt": 1},
    "q3": {"bridges.md": 1},
    "q4": {"bridges.md": 1, "night/owls.txt": 0},
}


@pytest.fixture
def dataset(articles: Path) -> Path:
    """Judged questions over the three sample articles."""
    (articles / "qrels").mkdir()
    rows = [f"{query}\t{name}\t{g}" for query, of in JUDGED.items() for name, g in of.items()]
    (articles / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(rows))
    queries = [json.dumps({"_id": query, "text": text}) for query, text in QUERIES.items()]
    (articles / "queries.jsonl").write_text("\n".join(queries) + "\n")
    answers = []
    for query, name, answer in (
        ("q1", "night/owls.txt", "mice"),
        ("q3", "bridges.md", "painted red"),
        ("q3", "bridges.md", "trains. It"),
    ):
        start = ARTICLES[name].index(answer)
        answers.append({"query_id": query, "doc_id": name, "start": start})
        answers[-1]["end"] = start + len(answer)
    (articles / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)) + "\n")
    return articles


@pytest.fixture
def searcher(articles: Path, tmp_path: Path) -> Iterator[Searcher]:
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=SMALL)
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        yield searcher


def hit(article: str, score: float, start: int = 0) -> Hit:
    text = "x" * 10
    return Hit(1, score, None, None, article, "s", "t", "h", start, start + 10, 1, text, None)


def told(evaluation: Evaluation) -> list[str]:
    return [str(note) for note in evaluation.notes]


def test_the_spelling_of_a_query_is_corrected_as_in_a_search(
    dataset: Path, searcher: Searcher
) -> None:
    """A forest is in one passage; misspelled, it is in none."""
    questions = [{"_id": query, "text": "forets"} for query in QUERIES]
    (dataset / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)) + "\n")
    found = evaluate(read_dataset(dataset), searcher, "lexical")
    assert [list(of) for of in found.run.values()] == [["night/owls.txt"]] * len(QUERIES)


@pytest.mark.parametrize("mode", ["semantic", "lexical", "hybrid"])
def test_every_judged_query_is_asked_and_measured(
    dataset: Path, searcher: Searcher, mode: Any
) -> None:
    seen = []
    found = evaluate(
        read_dataset(dataset), searcher, mode, progress=lambda *step: seen.append(step)
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (found.name, found.dataset, found.k) == (mode, "articles", 100)
    assert list(found.run) == list(QUERIES) == [outcome.query for outcome in found.outcomes]
    assert [figure.measure for figure in found.figures] == list(MEASURES)
    assert [figure.measure for figure in found.passage_figures] == list(PASSAGE_MEASURES)
    assert {figure.queries for figure in found.figures} == {4}
    assert {figure.queries for figure in found.passage_figures} == {2}, "two have answer spans"
    assert found.index is not None
    assert (found.index.articles, found.index.generation) == (3, 1)
    assert found.index.folder.endswith("x.locus")
    assert found.found_anything
    assert all(outcome.milliseconds and outcome.milliseconds > 0 for outcome in found.outcomes)


def test_the_right_articles_and_passages_come_first(dataset: Path, searcher: Searcher) -> None:
    found = evaluate(read_dataset(dataset), searcher, "lexical")
    assert [next(iter(run)) for run in found.run.values()] == [
        "night/owls.txt",
        "night/bats.txt",
        "bridges.md",
        "bridges.md",
    ]
    assert {figure.measure: figure.mean for figure in found.passage_figures}["hit@1"] == 1.0
    first = found.outcomes[0]
    assert first.returned[0].answers
    assert (first.returned[0].grade, first.returned[0].excerpt) == (2, "Owls hunt mice at night.")
    assert next((one.article, one.grade, one.rank) for one in first.wanted) == (
        "night/owls.txt",
        2,
        1,
    )
    assert first.wanted[0].answers == ("mice",)
    assert found.curves["R@k"][1] == pytest.approx((1 / 2 + 1 + 1 + 1) / 4)


def test_our_figures_are_those_of_ir_measures_on_the_run_file_we_write(
    dataset: Path, searcher: Searcher, tmp_path: Path
) -> None:
    read = read_dataset(dataset)
    found = evaluate(read, searcher, "hybrid")
    write_run(tmp_path / "our.run", found.run, found.name)
    write_qrels(tmp_path / "our.qrels", read.qrels)
    measures = [ir.nDCG @ 10, ir.RR @ 10, ir.AP, ir.P @ 1, ir.P @ 5, ir.R @ 5, ir.R @ 10]
    theirs = ir.calc_aggregate(
        measures,
        ir.read_trec_qrels(str(tmp_path / "our.qrels")),
        ir.read_trec_run(str(tmp_path / "our.run")),
    )
    ours = {figure.measure: figure.mean for figure in found.figures}
    for measure, value in theirs.items():
        assert ours[str(measure)] == pytest.approx(value, abs=1e-4)
    again = evaluate_run(read, read_run(tmp_path / "our.run"))
    assert again.figures == found.figures
    assert (again.name, again.latency, again.index, again.passage_figures) == (
        "hybrid",
        None,
        None,
        (),
    )


def test_articles_rank_by_their_best_passage_without_equal_scores() -> None:
    scores = best_passages([hit("b", 0.5), hit("a", 0.5), hit("b", 0.5, 9), hit("c", 0.4)])
    assert list(scores) == ranked(scores) == ["b", "a", "c"]
    assert scores["b"] == 0.5
    assert scores["a"] == pytest.approx(0.5, abs=1e-6)
    assert scores["a"] < 0.5


@given(st.lists(st.floats(-1, 1, width=32), max_size=20))
def test_the_run_keeps_the_searchers_order(scores: list[float]) -> None:
    hits = [hit(f"{n % 12}", score) for n, score in enumerate(sorted(scores, reverse=True))]
    run = best_passages(hits)
    assert ranked(run) == list(dict.fromkeys(one.article for one in hits))


def test_percentiles_of_the_time_a_search_takes() -> None:
    assert Latency.of([float(n) for n in range(101)]) == Latency(50, 95, 99)
    assert str(Latency(1, 2.25, 3)) == "median 1.0 ms, p95 2.2 ms, p99 3.0 ms"


def test_text_and_json(dataset: Path, searcher: Searcher) -> None:
    found = evaluate(read_dataset(dataset), searcher, "lexical", 20, name="words")
    lines = found.as_text().splitlines()
    assert lines[0] == (
        f"articles, words: 4 queries over 3 articles in {found.index.passages} passages"  # type: ignore[union-attr]
        " (generation 1)"
    )
    assert lines[2].split() == ["mean", "95%", "interval", "queries"]
    assert lines[3].split()[0] == "nDCG@10" and lines[3].split()[-1] == "4"
    assert lines[-3].startswith("search time (20 passages): median ")
    assert lines[-1] == "first hit wrong: none of 4 questions"
    whole = json.loads(json.dumps(found.as_json()))
    assert whole["measures"]["AP"].keys() == {"mean", "low", "high", "queries"}
    assert whole["latency_ms"].keys() == {"p50", "p95", "p99"}
    rows = json.loads(json.dumps(found.rows()))
    assert [row["query"] for row in rows] == list(QUERIES)
    assert rows[0]["measures"]["RR@10"] == 1.0
    assert "hit@1" not in rows[1]["measures"], "it has no answer span"


def test_an_index_of_other_articles_is_refused(
    dataset: Path, searcher: Searcher, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "comets.txt").write_text("Comets have tails of dust.\n")
    build(tmp_path / "other.locus", [other], encoder=HashingEncoder(), splitting=SMALL)
    with (
        open_index(tmp_path / "other.locus") as wrong,
        pytest.raises(
            DatasetError, match=r"none of the relevant articles.*, only others \(e\.g\. 'comets"
        ),
    ):
        evaluate(read_dataset(dataset), wrong, "lexical")


def test_what_the_index_lacks_is_noted(dataset: Path, tmp_path: Path) -> None:
    read = read_dataset(dataset)
    (dataset / "night/bats.txt").unlink()
    (dataset / "bridges.md").write_text("Something else entirely, and a bridge of stone.\n")
    twice = tmp_path / "twice"
    (twice / "night").mkdir(parents=True)
    (twice / "night/owls.txt").write_text("Owls again, another article of that name.\n")
    build(tmp_path / "y.locus", [dataset, twice], encoder=HashingEncoder(), splitting=SMALL)
    with open_index(tmp_path / "y.locus") as searcher:
        assert searcher.articles() == ["bridges.md", "night/owls.txt", "night/owls.txt"]
        found = evaluate(read, searcher, "lexical")
    assert told(found) == [
        "the index: relevant article 'night/bats.txt' is missing and counts as not found",
        "the index: two sources have an article 'night/owls.txt'; they count as one",
        "the index: article 'bridges.md' differs from the dataset's version; re-index it",
        (
            "the run: 100 passages cover only 0.8 articles on average, so measures deeper than that"
            " are cut off"
        ),
    ]


def test_an_index_that_changes_meanwhile_is_noted(
    dataset: Path, searcher: Searcher, tmp_path: Path
) -> None:
    def change(done: int, _: int) -> None:
        if done == 2:
            (dataset / "comets.txt").write_text("Comets have tails of dust.\n")
            build(tmp_path / "x.locus", encoder=HashingEncoder(), splitting=SMALL)

    found = evaluate(read_dataset(dataset), searcher, "lexical", progress=change)
    assert "the index: updated during the evaluation (generation 1 to 2)" in told(found)


def test_warnings_of_the_search_are_noted_once_and_counted(
    dataset: Path, searcher: Searcher
) -> None:
    with (dataset / "queries.jsonl").open("a") as file:
        for query in ("q5", "q6"):
            file.write(json.dumps({"_id": query, "text": "owl " * 90}) + "\n")
    with (dataset / "qrels/test.tsv").open("a") as file:
        file.write("\nq5\tbridges.md\t1\nq6\tbridges.md\t1\n")
    found = evaluate(read_dataset(dataset), searcher, "semantic")
    (warning,) = [text for text in told(found) if "the question is too long" in text]
    assert warning.endswith("(2 in total)")


def test_what_cannot_be_asked_is_an_error_of_the_question(
    dataset: Path, searcher: Searcher
) -> None:
    with pytest.raises(QueryError, match="got 0"):
        evaluate(read_dataset(dataset), searcher, "lexical", 0)


def test_a_run_of_other_queries_or_articles(dataset: Path, tmp_path: Path) -> None:
    read: Dataset = read_dataset(dataset)
    path = tmp_path / "a.run"
    path.write_text("other Q0 bridges.md 1 1.0 x\n")
    with pytest.raises(
        DatasetError, match=r"no results for the queries of articles \(it has e\.g\. 'o"
    ):
        evaluate_run(read, read_run(path))
    path.write_text("q1 Q0 owls 1 1.0 x\nq1 Q0 bats 2 0.5 x\nq2 Q0 bats 1 1.0 x\nq9 Q0 a 1 1 x\n")
    found = evaluate_run(read, read_run(path), name="theirs")
    assert told(found) == [
        "the run: query 'q3' has no results and counts as 0 (2 in total)",
        "the run: query 'q9' is not judged in articles; skipped",
        "the run: none of its articles are judged; do its ids (e.g. 'owls') match the dataset?",
    ]
    assert {figure.mean for figure in found.figures} == {0.0}
    assert not found.found_anything
    assert found.as_text().startswith("articles, theirs: 4 queries\n")
    assert [one.query for one in found.worst(2)] == ["q1", "q2"]
