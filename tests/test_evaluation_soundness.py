"""Notes on what makes scores less meaningful, and what is refused because nothing fits."""

from collections.abc import Mapping

import pytest

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured import soundness

JUDGED = {"q1": {"owls": 2, "bats": 0}, "q2": {"tides": 1}, "q3": {"owls": 1, "comets": 1}}


def dataset(hashes: Mapping[str, str] | None = None) -> Dataset:
    return Dataset(
        name="night",
        queries={query: f"about {query}" for query in JUDGED},
        qrels=JUDGED,
        answers={},
        titles={},
        hashes=hashes or {},
        notes=(),
    )


def of_index(*indexed: str) -> list[str]:
    return [str(note) for note in soundness.of_index(dataset(), indexed)]


def test_an_index_with_every_relevant_article_once_needs_no_note() -> None:
    assert of_index("comets", "owls", "tides", "others", "others") == []


def test_missing_articles_are_counted_and_the_first_is_named() -> None:
    assert of_index("owls", "bats") == [
        "the index: relevant article 'tides' is missing and counts as not found (2 in total)"
    ]


def test_an_article_that_is_not_relevant_may_be_missing_or_there_twice() -> None:
    assert of_index("owls", "tides", "comets") == []
    assert of_index("owls", "tides", "comets", "bats", "bats") == []


def test_a_relevant_article_of_two_sources_is_noted() -> None:
    assert of_index("owls", "tides", "comets", "tides") == [
        "the index: two sources have an article 'tides'; they count as one"
    ]


@pytest.mark.parametrize(
    ("indexed", "has"),
    [
        (["bats", "moss"], r", only others \(e\.g\. 'bats'\)\. Index the"),
        ([], "; it is empty. Ind"),
    ],
)
def test_an_index_without_any_relevant_article_is_refused(indexed: list[str], has: str) -> None:
    expected = (
        rf"^this index contains none of the relevant articles of night \(e\.g\. 'owls'\){has}"
    )
    with pytest.raises(DatasetError, match=expected):
        of_index(*indexed)


def of_answers(
    hashes: Mapping[str, set[str]], generations: list[int], warnings: list[str]
) -> list[str]:
    judged = dataset({"owls": "aa", "tides": "bb", "comets": "cc"})
    return [str(note) for note in soundness.of_answers(judged, hashes, generations, warnings)]


def test_answers_of_one_generation_with_the_datasets_texts_need_no_note() -> None:
    assert of_answers({"owls": {"aa"}, "other": {"dd"}}, [3, 3], []) == []


def test_articles_with_another_text_are_noted_unless_one_of_two_sources_has_it() -> None:
    assert of_answers({"owls": {"aa", "dd"}, "tides": {"ee"}, "comets": {"ff"}}, [1], []) == [
        "the index: article 'tides' differs from the dataset's version; re-index it (2 in total)"
    ]


def test_an_update_between_two_answers_is_noted_with_both_generations() -> None:
    assert of_answers({}, [4, 3, 5, 4], []) == [
        "the index: updated during the evaluation (generation 3 to 5)"
    ]


def test_warnings_are_counted_and_the_first_is_shown() -> None:
    assert of_answers({}, [1], ["the query is too long", "again"]) == [
        "the index: the query is too long (2 in total)"
    ]


def depth(k: int, articles: int, *lengths: int) -> list[str]:
    run = {
        f"q{n}": {f"a{place}": 1.0 for place in range(length)} for n, length in enumerate(lengths)
    }
    return [str(note) for note in soundness.of_depth(run, k, articles)]


def test_passages_of_too_few_articles_are_noted_with_their_average() -> None:
    assert depth(20, 500, 10, 15) == [
        (
            "the run: 20 passages cover only 12.5 articles on average, so measures deeper than that"
            " are cut off"
        )
    ]


@pytest.mark.parametrize(
    ("articles", "lengths"),
    [(500, (100, 80)), (10, (9, 9))],
    ids=["nine tenths of 100", "nine tenths of a small index"],
)
def test_nearly_all_articles_that_measures_need_are_enough(
    articles: int, lengths: tuple[int, ...]
) -> None:
    assert depth(100, articles, *lengths) == []


def of_run(run: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [str(note) for note in soundness.of_run(dataset(), run)]


def test_a_run_of_all_queries_that_found_a_judged_article_needs_no_note() -> None:
    assert of_run({"q1": {"bats": 1.0}, "q2": {"x": 1.0}, "q3": {"x": 1.0}}) == []


def test_unanswered_unknown_and_unjudged_are_noted_each_with_the_first() -> None:
    assert of_run({"q9": {"owls": 1.0}, "q8": {"owls": 1.0}, "q2": {"Tides": 1.0}}) == [
        "the run: query 'q1' has no results and counts as 0 (2 in total)",
        "the run: query 'q9' is not judged in night; skipped (2 in total)",
        "the run: none of its articles are judged; do its ids (e.g. 'Tides') match the dataset?",
    ]


def test_a_run_without_results_for_any_query_is_refused() -> None:
    expected = r"no results for the queries of night \(it has e\.g\. 'q9'\)\. Is it for another"
    with pytest.raises(DatasetError, match=expected):
        of_run({"q9": {"owls": 1.0}})


def test_a_run_of_less_than_half_the_length_of_another_is_noted() -> None:
    four, two, one = ({"q1": dict.fromkeys("abcd"[:n], 1.0)} for n in (4, 2, 1))
    assert soundness.of_lengths(two, four) == []
    for first, second in ((one, four), (four, one)):
        (note,) = soundness.of_lengths(first, second)
        assert str(note) == (
            "the runs: one is much longer than the other, which inflates its AP and R@k"
        )
