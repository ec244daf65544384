"""The figures of the report: what each draws, and how it describes itself in words."""

import re

import numpy as np
import pytest

from search.evaluation.shown import plots
from search.evaluation.shown.plots import Plot

CURVES = {"R@k": {1: 0.25, 10: 1.0}, "nDCG@k": {1: 0.5, 10: 0.75}}


def said(plot: Plot) -> tuple[str, str]:
    """The title and the description."""
    title = re.search(rf'<title id="{plot.name}-title">(.*?)</title>', plot.svg)
    words = re.search(rf'<desc id="{plot.name}-told">(.*?)</desc>', plot.svg)
    assert title and words
    return title[1], words[1]


def written(plot: Plot) -> set[str]:
    """The texts in a figure."""
    return set(re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg))


def test_depth_draws_both_measures_and_names_the_run_only_beside_another() -> None:
    one, two = plots.depth({"old": CURVES}), plots.depth({"old": CURVES, "new": CURVES})
    assert said(one) == (
        "Recall and nDCG by depth",
        "old, R@k: 0.25 at 1, 1.00 at 10; old, nDCG@k: 0.50 at 1, 0.75 at 10",
    )
    assert {"R@k", "nDCG@k", "1", "10", "k (number of top articles considered)"} <= written(one)
    assert {"R@k, old", "nDCG@k, old", "R@k, new", "nDCG@k, new"} <= written(two)
    assert "var(--second)" in two.svg and "var(--second)" not in one.svg


def test_search_times_of_one_run_are_marked_with_their_percentiles() -> None:
    found = plots.latencies({"old": [float(n) for n in range(100, 201)]})
    assert said(found) == (
        "Search time",
        "old: median 150.0 ms, p95 195.0 ms, p99 199.0 ms",
    )
    assert {"p50 150 ms", "p95 195 ms", "p99 199 ms", "milliseconds", "questions"} <= written(found)


def test_search_times_far_apart_have_a_logarithmic_scale_and_two_runs_a_legend() -> None:
    found = plots.latencies({"old": [1.0, 2.0], "new": [1.0, 90.0]})
    assert "milliseconds, on a logarithmic scale" in written(found)
    assert {name.strip() for name in written(found)} >= {"old", "new"}
    assert not any(text.startswith("p50") for text in written(found))


@pytest.mark.parametrize("queries", [5, 5000])
def test_differences_count_better_worse_and_equal_questions(queries: int) -> None:
    by = np.zeros(queries)
    by[:2], by[2] = 0.5, -0.25
    found = plots.per_query(by, "nDCG@10", ("old", "new"))
    assert said(found) == (
        "nDCG@10 by question",
        f"new is better for 2 questions, old for 1, and {queries - 3:,} are equal",
    )
    assert {"new better: 2", "old better: 1", "difference in nDCG@10"} <= written(found)
    assert f"{queries:,} questions, from the largest gain to the largest loss" in written(found)


def test_names_are_escaped_and_ids_begin_with_the_name_of_the_figure() -> None:
    found = plots.depth({"<b>&$x$": CURVES})
    assert said(found)[1].startswith("&lt;b&gt;&amp;$x$, R@k")
    assert "<b>" not in found.svg
    ids = re.findall(r'\bid="([^"]*)"', found.svg)
    assert ids and all(name.startswith("depth-") for name in ids)
    assert len(set(ids)) == len(ids)
