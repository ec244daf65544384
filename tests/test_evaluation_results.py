"""The results of an evaluation as text, as JSON and query by query."""

from dataclasses import replace

import pytest

from search.evaluation.judged.reading import Note
from search.evaluation.measured.measures import Figure
from search.evaluation.measured.results import (
    Evaluation,
    IndexFacts,
    Latency,
    Outcome,
    Returned,
    Wanted,
)


def outcome(query: str, ndcg: float, rank: int | None = 1, **passage: float) -> Outcome:
    return Outcome(
        query=query,
        text=f"about {query}",
        measures={
            "nDCG@10": ndcg,
            **{f"passage {name}@10": value for name, value in passage.items()},
        },
        wanted=(Wanted("owls", "Owls", 2, rank, ("hunt",)),),
        returned=(Returned(1, "owls", "Owls", 0.5, 3, 9, "They hunt.", 2, answers=True),),
        first_right=1,
        milliseconds=2.5,
        confidence=0.875,
    )


EVALUATION = Evaluation(
    name="hybrid",
    dataset="night",
    k=20,
    run={"q1": {"owls": 0.5}},
    values={"nDCG@10": {"q1": 0.75}},
    figures=(Figure("nDCG@10", 0.75, 0.5, 1.0, 1200),),
    passage_figures=(Figure("hit@1", 0.5, 0.25, 0.625, 8),),
    curves={"R@k": {1: 0.5, 10: 1.0}},
    outcomes=(outcome("q1", 0.75),),
    index=IndexFacts("/home/night.locus", 3, 1500, 40000),
    latency=Latency(2.0, 2.25, 3.0),
    notes=(Note("queries.jsonl:7", "missing _id; query skipped", 2),),
)


def test_the_table_has_a_row_for_each_measure_between_the_size_and_the_time() -> None:
    assert EVALUATION.as_text() == (
        "night, hybrid: 1 queries over 1,500 articles in 40,000 passages (generation 3)\n"
        "\n"
        "          mean    95% interval  queries\n"
        "nDCG@10  0.750  0.500 to 1.000    1,200\n"
        "hit@1    0.500  0.250 to 0.625        8\n"
        "\n"
        "confidence: calibration error 0.125\n"
        "\n"
        "search time (20 passages): median 2.0 ms, p95 2.2 ms, p99 3.0 ms"
    )


def test_a_run_from_a_file_has_neither_an_index_nor_a_time() -> None:
    bare = replace(outcome("q1", 0.75), confidence=None)
    read = replace(EVALUATION, index=None, latency=None, passage_figures=(), outcomes=(bare,))
    assert read.as_text() == (
        "night, hybrid: 1 queries\n"
        "\n"
        "          mean    95% interval  queries\n"
        "nDCG@10  0.750  0.500 to 1.000    1,200"
    )
    assert (read.as_json()["index"], read.as_json()["latency_ms"]) == (None, None)


def test_json_has_everything_but_the_single_queries() -> None:
    assert EVALUATION.as_json() == {
        "dataset": "night",
        "name": "hybrid",
        "k": 20,
        "queries": 1,
        "index": {
            "folder": "/home/night.locus",
            "generation": 3,
            "articles": 1500,
            "passages": 40000,
        },
        "measures": {"nDCG@10": {"mean": 0.75, "low": 0.5, "high": 1.0, "queries": 1200}},
        "passages": {"hit@1": {"mean": 0.5, "low": 0.25, "high": 0.625, "queries": 8}},
        "curves": {"R@k": {"1": 0.5, "10": 1.0}},
        "confidence": {
            "area": None,
            "error": 0.125,
            "bins": [{"from": 0.8, "to": 0.9, "answers": 1, "confidence": 0.875, "right": 1.0}],
        },
        "latency_ms": {"p50": 2.0, "p95": 2.25, "p99": 3.0},
        "notes": ["queries.jsonl:7: missing _id; query skipped (2 in total)"],
        "failures": None,
    }


def test_a_row_has_the_measures_of_a_query_and_what_it_expected_and_found() -> None:
    assert EVALUATION.rows() == [
        {
            "query": "q1",
            "text": "about q1",
            "measures": {"nDCG@10": 0.75},
            "first_right_passage": 1,
            "milliseconds": 2.5,
            "confidence": 0.875,
            "wanted": [{"article": "owls", "grade": 2, "rank": 1}],
            "returned": [{"article": "owls", "start": 3, "end": 9, "score": 0.5}],
            "cause": None,
        }
    ]


def test_an_answer_is_right_by_its_first_passage_or_by_its_article() -> None:
    by_span = outcome("q1", 0.75)
    wrong = replace(by_span.returned[0], answers=False)
    assert by_span.is_right
    assert not replace(by_span, returned=(wrong, *by_span.returned)).is_right
    by_article = replace(by_span, wanted=(Wanted("owls", "Owls", 2, 1, ()),))
    assert replace(by_article, returned=(wrong,)).is_right
    assert not replace(by_article, returned=(replace(wrong, grade=None),)).is_right
    assert not replace(by_span, returned=()).is_right
    assert replace(EVALUATION, outcomes=(replace(by_span, confidence=None),)).reliability is None


def test_the_lowest_scores_come_first_and_perfect_ones_not_at_all() -> None:
    outcomes = (
        outcome("perfect", 1.0, RR=1.0),
        outcome("perfect, no spans", 1.0),
        outcome("late passage", 1.0, RR=0.5),
        outcome("low, right passage", 0.5, RR=1.0),
        outcome("low, late passage", 0.5, RR=0.25),
        outcome("no spans", 0.75),
    )
    found = replace(EVALUATION, outcomes=outcomes)
    assert [one.query for one in found.worst(9)] == [
        "low, late passage",
        "low, right passage",
        "no spans",
        "late passage",
    ]
    assert [one.query for one in found.worst(1)] == ["low, late passage"]


@pytest.mark.parametrize(("ranks", "found"), [((None, 40), True), ((None, None), False)])
def test_something_was_found_if_any_relevant_article_has_a_rank(
    ranks: tuple[int | None, ...], found: bool
) -> None:
    outcomes = tuple(outcome(f"q{n}", 0.0, rank) for n, rank in enumerate(ranks))
    assert replace(EVALUATION, outcomes=outcomes).found_anything is found


def test_percentiles_of_search_times_are_rounded_to_microseconds_in_json() -> None:
    found = Latency.of([float(n) for n in range(101)])
    assert found == Latency(50, 95, 99)
    assert replace(found, p50=50.00049).as_json() == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
