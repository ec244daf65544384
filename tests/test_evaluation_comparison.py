"""Comparisons of two evaluations: a significant difference, and one that is not."""

import json
from dataclasses import replace

import pytest

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import Dataset
from search.evaluation.judged.trec import RunFile
from search.evaluation.measured.comparison import compare, shown_p
from search.evaluation.measured.evaluator import evaluate_run
from search.evaluation.measured.results import Evaluation

NUMBERS = [f"q{number:02}" for number in range(40)]
DATASET = Dataset(
    name="forty",
    queries={query: f"question\n{query}" for query in NUMBERS},
    qrels={query: {"right": 1} for query in NUMBERS},
    answers={},
    titles={},
    hashes={},
    notes=(),
)


def run(name: str, right: int, queries: Dataset = DATASET) -> Evaluation:
    """A run with the right article first for the first queries, and second for the others."""
    found = {
        query: {"right": 1.0, "wrong": 0.5} if place < right else {"right": 1.0, "wrong": 2.0}
        for place, query in enumerate(queries.queries)
    }
    return evaluate_run(queries, RunFile(name, found, ()))


def test_a_difference_in_half_of_the_queries_is_significant() -> None:
    found = compare(run("old", 10), run("new", 30))
    reciprocal = next(one for one in found.differences if one.measure == "RR@10")
    assert (reciprocal.before, reciprocal.after) == (0.625, 0.875)
    assert reciprocal.by.mean == pytest.approx(0.25)
    assert 0.15 < reciprocal.by.low < 0.25 < reciprocal.by.high < 0.35
    assert reciprocal.p == pytest.approx(1 / 10_001)
    assert reciprocal.adjusted == pytest.approx(4 / 10_001), "the smallest of four"
    assert reciprocal.significant
    assert not found.worse
    assert compare(run("new", 30), run("old", 10)).worse
    assert (reciprocal.tally.wins, reciprocal.tally.ties, reciprocal.tally.losses) == (20, 20, 0)
    assert [move.query for move in found.moved] == NUMBERS[10:20]


def test_a_run_compared_with_itself_differs_in_nothing() -> None:
    found = compare(run("one", 20), run("same", 20))
    assert {one.p for one in found.differences} == {1.0}
    assert {one.by.mean for one in found.differences} == {0.0}
    assert found.moved == ()
    assert "No significant difference (p >= 0.05, " in found.as_text()


def test_a_single_query_is_not_significant() -> None:
    found = compare(run("old", 20), run("new", 21))
    assert all(one.p == 1.0 for one in found.differences)


def test_text_json_and_rows() -> None:
    found = compare(run("old", 10), run("new", 30))
    lines = found.as_text().splitlines()
    assert lines[:2] == ["forty, old: 40 queries", "forty, new: 40 queries"]
    row = next(line.split() for line in lines if line.startswith("RR@10"))
    assert row[:4] == ["RR@10", "0.625", "0.875", "+0.250*"]
    assert row[-2:] == ["<0.001", "20/20/0"]
    moved = lines.index("  0.63 -> 1.00  q10  question q10")
    assert lines[moved + 1 : moved + 3] == [
        "      1.  wrong   1.* right",
        "      2.* right   2.  wrong",
    ]
    whole = json.loads(json.dumps(found.as_json()))
    assert whole["differences"]["RR@10"]["wins"] == 20
    right, wrong = {"article": "right", "grade": 1}, {"article": "wrong", "grade": 0}
    assert whole["moved"][0] == {
        "query": "q10",
        "text": "question\nq10",
        "before": pytest.approx(0.63093),
        "after": 1.0,
        "hits": {"before": [wrong, right], "after": [right, wrong]},
    }
    rows = found.rows()
    assert len(rows) == 40
    assert rows[10]["measures"]["RR@10"] == [0.5, 1.0]


@pytest.mark.parametrize("change", ["queries", "judgements"])
def test_evaluations_of_different_questions_do_not_compare(change: str) -> None:
    if change == "queries":
        few = NUMBERS[:10]
        queries, qrels = dict.fromkeys(few, "x"), {query: {"right": 1} for query in few}
    else:
        queries, qrels = dict(DATASET.queries), {query: {"right": 2} for query in NUMBERS}
    other = replace(DATASET, name="other", queries=queries, qrels=qrels)
    with pytest.raises(
        DatasetError, match=r"new cannot be compared: they use different .* \(forty and other\)"
    ):
        compare(run("old", 1), run("new", 1, other))


@pytest.mark.parametrize(("p", "text"), [(0.0001, "<0.001"), (0.0124, "0.012"), (1.0, "1.000")])
def test_a_p_is_never_printed_as_zero(p: float, text: str) -> None:
    assert shown_p(p) == text
