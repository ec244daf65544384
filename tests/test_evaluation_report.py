"""The report: self-contained, complete, and safe whatever the articles contain."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import AnswerSpan, Dataset
from search.evaluation.judged.reading import Note
from search.evaluation.judged.trec import RunFile
from search.evaluation.measured.comparison import compare
from search.evaluation.measured.evaluator import evaluate_run
from search.evaluation.measured.results import Evaluation, IndexFacts, Latency, Returned
from search.evaluation.shown.report import comparison_page, evaluation_page, save_page

HOSTILE = "<script>alert('x')</script> \"quoted\" & {{ 7 * 7 }} $a_b$ \x1b[31m\u202e"
VOID = {"meta", "br"}
CELLS = {"td", "th", "br", "dd", "h1"}


class Page(HTMLParser):
    """A parsed page: its elements, attributes and text; every element must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.text += " " * (tag in CELLS)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def evaluation(name: str = "hybrid", right: int = 1, text: str = "What hunts?") -> Evaluation:
    """Three questions, each with the right article at rank ``right``, as after a search."""
    queries = {"q1": text, "q2": "Who built it?", "q3": "When?"}
    dataset = Dataset(
        name="owls & others",
        queries=queries,
        qrels={query: {"a.txt": 2, "gone.txt": 1, "b.txt": 0} for query in queries},
        answers={"q1": (AnswerSpan("a.txt", 0, 4, text),)},
        titles={"a.txt": text},
        hashes={},
        notes=(Note("queries.jsonl:7", f"{text!r} is odd", 3),),
    )
    order = ["b.txt", "c.txt"]
    order.insert(right - 1, "a.txt")
    run = {query: {a: 1.0 / n for n, a in enumerate(order, 1)} for query in queries}
    found = evaluate_run(dataset, RunFile(name, run, ()))
    hits = tuple(
        Returned(n, a, text, 1.0 / n, 0, 9, text, {"a.txt": 2, "b.txt": 0}.get(a), a == "a.txt")
        for n, a in enumerate(order, 1)
    )
    outcomes = tuple(
        replace(one, returned=hits, milliseconds=float(n), first_right=right, searched=True)
        for n, one in enumerate(found.outcomes, 1)
    )
    return replace(
        found,
        outcomes=outcomes,
        index=IndexFacts("owls.locus", 3, 3, 17),
        latency=Latency(2.0, 2.9, 3.0),
        k=100,
    )


@pytest.fixture(scope="module", params=["one", "two", "run files"])
def page(request: pytest.FixtureRequest) -> str:
    """A page of each kind, made from hostile texts."""
    if request.param == "one":
        return evaluation_page(evaluation(text=HOSTILE, name=HOSTILE))
    first, second = evaluation("a<b", 3, HOSTILE), evaluation("_$x$", 1, HOSTILE)
    if request.param == "run files":
        first, second = (
            replace(
                one,
                index=None,
                latency=None,
                outcomes=tuple(
                    replace(o, returned=(), milliseconds=None, first_right=None)
                    for o in one.outcomes
                ),
            )
            for one in (first, second)
        )
    return comparison_page(compare(first, second))


def test_nothing_is_requested_and_nothing_runs(page: str) -> None:
    found = Page(page)
    assert (
        found.tags.keys() & {"script", "link", "img", "iframe", "object", "base", "form"} == set()
    )
    assert [value for name, value in found.attributes if name.startswith("on")] == []
    assert all(
        value.startswith("#") for name in ("href", "xlink:href") for value in found.all(name)
    )
    assert found.all("src") == found.all("srcset") == []
    assert re.findall(r"https?:|@import|url\((?!#)", page) == []
    assert "default-src 'none'" in page


def test_whatever_articles_hold_is_text(page: str) -> None:
    found = Page(page)
    assert "<script>alert('x')</script>" in found.text
    assert "{{ 7 * 7 }}" in found.text
    assert "\x1b" not in page
    assert "\N{REPLACEMENT CHARACTER}[31m" in found.text


def test_ids_differ_and_every_reference_has_its_own(page: str) -> None:
    found = Page(page)
    ids = found.all("id")
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    named = [name for value in found.all("aria-labelledby") for name in value.split()]
    uses = [value[1:] for value in found.all("href")] + re.findall(r"url\(#([^)]*)\)", page)
    assert set(named) | set(uses) <= set(ids)
    assert uses


def test_each_figure_is_described_and_has_a_table(page: str) -> None:
    found = Page(page)
    figures = found.tags["svg"]
    assert figures in {2, 3}
    assert found.tags["figure"] == found.tags["desc"] == found.all("role").count("img") == figures
    assert len(re.findall(r"<figure>(?:(?!</figure>).)*<table>", page, re.DOTALL)) == figures


def test_figures_take_the_colours_of_the_page(page: str) -> None:
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert "var(--first)" in svg
        assert re.findall(r"#[0-9a-f]{6}\b", svg) == [], "no colour of its own"
        assert "font-family" not in svg


def test_one_evaluation_shows_its_figures_and_what_went_wrong() -> None:
    found = evaluation(right=2)
    text = " ".join(
        Page(evaluation_page(found, when=datetime(2026, 3, 9, 14, 5, tzinfo=UTC))).text.split()
    )
    assert "Retrieval evaluation, 9 March 2026, 14:05 owls & others, hybrid" in text
    assert (
        "3 queries over 3 articles in 17 passages (generation 3); 100 passages per question."
        in text
    )
    for figure in found.figures:
        assert f"{figure.measure} {figure.mean:.3f} {figure.low:.3f} to {figure.high:.3f}" in text
    assert "Search time, median 2.0 ms p95 2.9 ms" in text
    assert "queries.jsonl:7: 'What hunts?' is odd (3 in total)" in text
    assert "p50 p95 p99 hybrid 2.0 ms 2.9 ms 3.0 ms" in text
    assert "ranked 2nd" in text
    assert "not found" in text, "the article that is gone"
    assert "judged irrelevant" in text
    assert "contains the answer" in text


def test_a_comparison_shows_the_test_and_the_queries_that_moved() -> None:
    text = " ".join(
        Page(comparison_page(compare(evaluation("old", 3), evaluation("new")))).text.split()
    )
    assert "owls & others: old and new" in text
    assert "Difference of new from old" in text
    assert "RR@10 +0.667 +0.667 to +0.667 1.000 0.333 1.000 3 / 0 / 0" in text
    assert "ranked 3rd → ranked 1st" in text
    assert "new is better for 3 questions, old for 0, and 0 are equal" in text
    assert text.count("queries.jsonl:7") == 1, "a note of both is shown once"


def test_nothing_to_complain_of_is_said() -> None:
    one = evaluation()
    perfect = replace(
        one, outcomes=tuple(replace(o, measures={"nDCG@10": 1.0}) for o in one.outcomes)
    )
    assert "None: every question got a perfect score" in evaluation_page(perfect)
    assert "nDCG@10 is the same for every question" in comparison_page(compare(one, one))


def test_a_search_that_found_nothing_is_told_from_a_run_without_passages() -> None:
    one = evaluation(right=2)
    empty = replace(one, outcomes=tuple(replace(o, returned=()) for o in one.outcomes))
    assert "No results." in evaluation_page(empty)
    read = replace(
        one,
        outcomes=tuple(replace(o, returned=(), searched=False) for o in one.outcomes),
        latency=None,
    )
    assert "No passages in a run file." in evaluation_page(read)


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    save_page(tmp_path / "page.html", "<p>")
    assert (tmp_path / "page.html").read_bytes() == b"<p>"
    with pytest.raises(DatasetError, match=r"cannot write .*page\.html: no such file"):
        save_page(tmp_path / "absent/page.html", "<p>")
