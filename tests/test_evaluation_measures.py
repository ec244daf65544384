"""Measures: values worked out by hand, values of ir_measures, and general properties."""

import math
import random
from typing import Any

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import AnswerSpan
from search.evaluation.judged.trec import Qrels, Run, write_qrels, write_run
from search.evaluation.measured.measures import (
    MEASURES,
    figures,
    first_right,
    intervals,
    per_query,
    per_query_passages,
)
from search.types import Hit

ir: Any = ir_measures  # only partly typed

ARTICLES = st.sampled_from("abcdefgh")
QUERIES = st.sampled_from([f"q{number}" for number in range(6)])
qrels = st.dictionaries(
    QUERIES, st.dictionaries(ARTICLES, st.integers(0, 3), min_size=1), min_size=1
)
runs = st.dictionaries(
    QUERIES, st.dictionaries(ARTICLES, st.floats(-2, 2, width=32), min_size=1), min_size=1
)


def hit(rank: int, article: str, start: int, end: int) -> Hit:
    return Hit(
        rank, 1 / rank, None, None, article, "s", "t", "h", start, end, 1, "x" * (end - start), None
    )


def means(judged: Qrels, run: Run) -> dict[str, float]:
    return {figure.measure: figure.mean for figure in figures(per_query(judged, run))}


def test_figures_worked_out_by_hand() -> None:
    judged = {"q1": {"a": 2, "b": 1, "c": 0}, "q2": {"d": 1}}
    run = {"q1": {"b": 3.0, "x": 2.0, "a": 1.0}, "q9": {"d": 1.0}}
    found = per_query(judged, run)
    gain = 1 / math.log2(2) + 2 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert {name: values["q1"] for name, values in found.items()} == pytest.approx(
        {
            "nDCG@10": gain / ideal,
            "RR@10": 1.0,
            "AP": (1 / 1 + 2 / 3) / 2,
            "P@1": 1.0,
            "P@5": 2 / 5,
            "R@5": 1.0,
            "R@10": 1.0,
            "R@100": 1.0,
        }
    )
    assert {values["q2"] for values in found.values()} == {0.0}, "a query the run misses is zero"
    assert all(list(values) == ["q1", "q2"] for values in found.values())
    assert means(judged, run)["AP"] == pytest.approx(5 / 12)


def test_a_run_without_any_judged_query_is_all_zero() -> None:
    assert set(means({"q1": {"a": 1}, "q2": {"b": 0}}, {}).values()) == {0.0}


def test_no_judged_query_is_an_error() -> None:
    with pytest.raises(DatasetError, match="nothing to measure: no query has judgements"):
        figures(per_query({}, {"q1": {"a": 1.0}}))


@pytest.mark.parametrize("name", ["nDCG", "P@0", "P@", "RR@x", "ap", "Success@1", "P@10000", ""])
def test_an_unknown_measure_is_an_error(name: str) -> None:
    with pytest.raises(DatasetError, match=f"unknown measure '{name}'"):
        per_query({"q1": {"a": 1}}, {}, [name])


def test_all_measures_break_ties_alike() -> None:
    """ir_measures itself would rank ``a`` first for RR@10, but ``b`` for the others."""
    found = per_query({"q1": {"b": 1}}, {"q1": {"a": 1.0, "b": 1.0}}, ["RR@10", "P@1", "AP"])
    assert [values["q1"] for values in found.values()] == [1.0, 1.0, 1.0]


@given(judged=qrels, run=runs)
@settings(max_examples=60, deadline=None)
def test_the_figures_are_those_of_ir_measures_on_the_files_we_write(
    tmp_path_factory: pytest.TempPathFactory, judged: Qrels, run: Run
) -> None:
    folder = tmp_path_factory.mktemp("files")
    write_run(folder / "run", run)
    write_qrels(folder / "qrels", judged)
    ours = means(judged, run)
    theirs = ir.calc_aggregate(
        [ir.nDCG @ 10, ir.AP, ir.P @ 1, ir.P @ 5, ir.R @ 5, ir.R @ 10, ir.R @ 100, ir.RR],
        ir.read_trec_qrels(str(folder / "qrels")),
        ir.read_trec_run(str(folder / "run")),
    )
    theirs["RR@10"] = theirs.pop(ir.RR)  # of at most 8 articles, and with trec_eval's ties
    assert {str(measure) for measure in theirs} == set(ours)
    for measure, value in theirs.items():
        assert ours[str(measure)] == pytest.approx(value, abs=1e-4)


@given(judged=qrels)
def test_a_perfect_run_is_perfect(judged: Qrels) -> None:
    judged = {query: {**grades, "best": 3} for query, grades in judged.items()}
    run = {query: {a: float(grade) for a, grade in of.items()} for query, of in judged.items()}
    found = means(judged, run)
    for measure in ("nDCG@10", "RR@10", "AP", "P@1", "R@10"):
        assert found[measure] == pytest.approx(1.0), measure


@given(judged=qrels, run=runs, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_order_of_queries_and_articles_changes_nothing(
    judged: Qrels, run: Run, seed: int
) -> None:
    def shuffled(nested: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
        outer = random.Random(seed).sample(list(nested), len(nested))
        return {query: {a: nested[query][a] for a in reversed(nested[query])} for query in outer}

    other = per_query(shuffled(judged), shuffled(run))  # type: ignore[arg-type]
    assert figures(other) == figures(per_query(judged, run))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_its_mean_and_stays_within_the_values(values: list[float]) -> None:
    (figure,) = figures({"AP": {f"q{n:02}": value for n, value in enumerate(values)}})
    assert figure.low <= figure.mean <= figure.high
    assert min(values) - 1e-9 <= figure.low
    assert figure.high <= max(values) + 1e-9
    assert figure.mean == pytest.approx(sum(values) / len(values))
    assert figure.queries == len(values)


def test_intervals_are_those_of_the_normal_distribution_where_that_fits() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.1, (1, 400))
    low, high = intervals(values)[:, 0]
    error = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - error, values.mean() + error), abs=5e-4)


def test_intervals_are_seeded_and_narrower_with_more_queries() -> None:
    values = np.random.default_rng(4).random((2, 2500))
    some = values[:, :50]
    assert intervals(some).tolist() == intervals(some).tolist()
    assert intervals(some, seed=1).tolist() != intervals(some).tolist()
    few, many = (np.diff(intervals(of), axis=0)[0, 0] for of in (some, values[:1]))
    assert many < few / 5
    assert (np.diff(intervals(values[:, :1]), axis=0) == 0).all(), "of one query it has no width"


def test_the_right_passage_holds_the_whole_span() -> None:
    span = AnswerSpan("a", 10, 20, "x" * 10)
    assert first_right([hit(1, "a", 10, 20)], [span]) == 1
    assert first_right([hit(1, "b", 0, 99), hit(2, "a", 0, 99)], [span]) == 2
    assert first_right([hit(1, "a", 0, 19), hit(2, "a", 11, 99)], [span]) is None
    assert first_right([], [span]) is None


def test_of_several_spans_the_best_counts() -> None:
    spans = [AnswerSpan("a", 10, 20, ""), AnswerSpan("b", 0, 5, "")]
    assert first_right([hit(1, "c", 0, 99), hit(2, "b", 0, 5), hit(3, "a", 0, 99)], spans) == 2


def test_passage_figures_worked_out_by_hand() -> None:
    found = figures(per_query_passages({"q1": 1, "q2": None, "q3": 6, "q4": 11}))
    assert {figure.measure: figure.mean for figure in found} == pytest.approx(
        {"hit@1": 1 / 4, "hit@5": 1 / 4, "passage RR@10": (1 + 1 / 6) / 4}
    )


def test_the_defaults_are_those_promised() -> None:
    assert MEASURES == ("nDCG@10", "RR@10", "AP", "P@1", "P@5", "R@5", "R@10", "R@100")
