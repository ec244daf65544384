"""The report's figures: elements of a page that say in words what they draw."""

import re
from functools import cache
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from search.evaluation.shown.plots import Plot, depth, latencies, per_query

CURVE = {1: 0.5, 3: 0.6, 10: 0.75, 100: 1.0}


def parsed(plot: Plot) -> ET.Element:
    return ET.fromstring(plot.svg)


def texts(plot: Plot) -> list[str]:
    """What is written in a figure, besides its title and its description."""
    return [
        "".join(it.itertext()).strip()
        for it in parsed(plot).iter()
        if it.tag.rpartition("}")[2] == "text"
    ]


def told(plot: Plot) -> tuple[str, str]:
    """A figure's title and its description."""
    title, description = list(parsed(plot))[:2]
    return title.text or "", description.text or ""


def depth_of_one() -> Plot:
    return depth({"hybrid": {"R@k": CURVE, "nDCG@k": CURVE}})


def latency_of_one() -> Plot:
    return latencies({"hybrid": [float(n) for n in range(1, 101)]})


def three_queries() -> Plot:
    return per_query([0.5, -0.5, 0.0], "nDCG@10", ("old", "new"))


MADE = {"depth": depth_of_one, "latency": latency_of_one, "queries": three_queries}
PLOTS = {name: cache(made) for name, made in MADE.items()}
"""The same, each drawn once."""


@pytest.mark.parametrize("name", PLOTS)
def test_a_figure_is_one_element_whose_ids_begin_with_its_name(name: str) -> None:
    plot = PLOTS[name]()
    root = parsed(plot)
    assert plot.name == name
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("viewBox")
    ids = [it.get("id") for it in root.iter() if it.get("id")]
    assert len(ids) == len(set(ids))
    assert all(it.startswith(f"{name}-") for it in ids if it)
    assert root.get("aria-labelledby", "").split() == [f"{name}-title", f"{name}-told"]
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', plot.svg)) <= set(ids)


@pytest.mark.parametrize("name", ["latency"])
def test_a_figure_is_the_same_again_whatever_a_person_has_set(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = PLOTS[name]()
    monkeypatch.setitem(mpl.rcParams, "font.size", 40.0)
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "red")
    assert MADE[name]() == plot
    assert mpl.rcParams["font.size"] == 40.0, "and their settings stay"


def test_depth_tells_every_value_of_every_curve() -> None:
    plot = depth(
        {"old": {"R@k": {1: 0.25}, "nDCG@k": {1: 0.5}}, "new": {"R@k": CURVE, "nDCG@k": CURVE}}
    )
    _, description = told(plot)
    for fact in ("old, R@k: 0.25 at 1", "old, nDCG@k: 0.50 at 1", "0.75 at 10, 1.00 at 100"):
        assert fact in description
    assert {"R@k, old", "nDCG@k, old", "R@k, new", "nDCG@k, new"} <= set(texts(plot))
    assert {"1", "10", "100"} <= set(texts(plot))
    alone = texts(PLOTS["depth"]())
    assert "R@k" in alone
    assert "R@k, hybrid" not in alone


def test_one_evaluation_s_latency_has_its_percentiles_marked() -> None:
    plot = PLOTS["latency"]()
    marked = [it for it in texts(plot) if it.startswith("p")]
    assert [it.split()[0] for it in marked] == ["p50", "p95", "p99"]
    assert marked[0].split()[1] == "50.5"
    both = latencies({"old": [1.0, 2.0], "new": [2.0, 3.0]})
    assert {"old", "new"} <= set(texts(both))
    assert not any(it.startswith("p50") for it in texts(both))


@pytest.mark.parametrize(
    ("times", "is_logarithmic"),
    [([1.0, 100.0], True), ([5.0], False)],
    ids=str,
)
def test_times_that_are_far_apart_are_on_a_logarithmic_scale(
    times: list[float], is_logarithmic: bool
) -> None:
    assert any("logarithmic" in it for it in texts(latencies({"a": times}))) == is_logarithmic


@pytest.mark.parametrize("by", [[], [0.5, 0.25, -0.5, 0.0]], ids=str)
def test_queries_are_counted_by_who_is_better(by: list[float]) -> None:
    better, worse = sum(it > 0 for it in by), sum(it < 0 for it in by)
    plot = per_query(np.array(by), "RR@10", ("old", "new"))
    title, description = told(plot)
    assert "RR@10" in title
    for fact in (f"{better} questions", f"{worse},", f"{len(by) - better - worse} are equal"):
        assert fact in description
    assert f"new better: {better}" in texts(plot)
    assert f"old better: {worse}" in texts(plot)


def test_thousands_of_queries_are_drawn_with_the_most_gained_and_lost() -> None:
    by = np.linspace(-1, 0.5, 5001)
    plot = per_query(by, "RR@10", ("old", "new"))
    assert any("5,001" in it for it in texts(plot))
    assert len(plot.svg) < 200_000


def test_names_are_text_and_no_formula_nor_an_element() -> None:
    hostile = '<b>$x$ & "q"'
    plot = per_query([0.5], hostile, (hostile, hostile))
    assert hostile in told(plot)[0]
    assert f"{hostile} better: 1" in texts(plot)
    assert "<b>" not in plot.svg


def test_searches_that_took_no_time_are_drawn() -> None:
    plot = latencies({"hybrid": [0.0, 0.0, 0.0]})
    assert parsed(plot).tag == "svg"
