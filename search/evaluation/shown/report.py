"""The report: one evaluation, or two side by side, as one self-contained HTML page.

The page has no script. It makes no request, and its content security policy forbids any. It has a
light and a dark mode, fits a phone, and shows each figure as a table too. Titles, queries and
passages come from articles and may contain anything, so the template escapes all values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from indexer.errors import DatasetError
from search.evaluation.judged.reading import reason
from search.evaluation.measured.comparison import HEADLINE, Comparison, shown_p
from search.evaluation.measured.measures import Figure
from search.evaluation.measured.results import Evaluation, Latency
from search.evaluation.measured.significance import differences
from search.evaluation.measured.unjudged import OPTIMISTIC, KnownItems
from search.evaluation.shown import plots
from search.evaluation.shown.failure_sections import failure_sections
from search.evaluation.shown.template import dated, rendered, without_controls

_WORST = 20
_HEADLINES = (HEADLINE, "RR@10", "R@10", "hit@1")


@dataclass(frozen=True, slots=True)
class _Card:
    name: str
    figure: str
    spread: str


@dataclass(frozen=True, slots=True)
class _Plot:
    heading: str
    svg: Markup
    caption: str
    table: Sequence[Sequence[str]]


def evaluation_page(evaluation: Evaluation, *, when: datetime | None = None) -> str:
    """The page of one evaluation; ``when`` is the date printed on it.

    >>> page = evaluation_page(evaluate(dataset, searcher))
    """
    measured = (*evaluation.figures, *evaluation.passage_figures)
    cards = [_card(figure) for figure in measured if figure.measure in _HEADLINES]
    if evaluation.latency is not None:
        latency = evaluation.latency
        spread = f"p95 {latency.p95:.1f} ms"
        cards.append(_Card("Search time, median", f"{latency.p50:.1f} ms", spread))
    groups = [
        ("Articles", evaluation.figures),
        ("Passages (by answer spans)", evaluation.passage_figures),
    ]
    return _page(
        title=f"{evaluation.dataset}, {evaluation.name} - Locus evaluation",
        kind="Retrieval evaluation",
        heading=f"{evaluation.dataset}, {evaluation.name}",
        when=dated(when),
        runs=[evaluation],
        names=[evaluation.name],
        notes=evaluation.notes,
        cards=cards,
        groups=[(name, group) for name, group in groups if group],
        plots=[_depth([evaluation]), *_reliability([evaluation]), *_latencies([evaluation])],
        worst=evaluation.worst(_WORST),
        **failure_sections(evaluation.failures),
        comparison=None,
        moved=(),
        reach=1.0,
    )


def known_items_page(found: KnownItems, *, when: datetime | None = None) -> str:
    """The page of the self-test of an index."""
    runs = found.evaluations
    asked = [outcome for run in runs for outcome in run.worst(_WORST)]
    cards = [
        _Card(f"{run.dataset}: {figure.measure}", f"{figure.mean:.3f}", _spread(figure))
        for run in runs
        for figure in run.figures
        if figure.measure in {"RR@10", "R@10"}
    ]
    recall = found.recall
    nearest = f"Nearest {recall.k} passages found (compared with exact search)"
    cards.append(_Card(nearest, f"{recall.mean:.4f}", f"over {recall.queries:,} questions"))
    return _page(
        title="Known items - Locus evaluation",
        kind="Self-test of the index",
        heading=f"Known items, {runs[0].name}",
        when=dated(when),
        runs=runs,
        names=[run.dataset for run in runs],
        notes=[OPTIMISTIC, *found.notes()],
        cards=cards,
        groups=[(run.dataset.capitalize(), (*run.figures, *run.passage_figures)) for run in runs],
        plots=[_depth(runs), *_latencies(runs)],
        worst=sorted(asked, key=lambda one: one.measures[HEADLINE])[:_WORST],
        **failure_sections(None),
        comparison=None,
        moved=(),
        reach=1.0,
    )


def comparison_page(comparison: Comparison, *, when: datetime | None = None) -> str:
    """The page of two evaluations side by side.

    >>> page = comparison_page(compare(evaluate(dataset, before), evaluate(dataset, after)))
    """
    runs = comparison.before, comparison.after
    first, second = names = list(_named(runs))
    outcomes = [{one.query: one for one in run.outcomes} for run in runs]
    largest = max((max(-one.by.low, one.by.high) for one in comparison.differences), default=0.0)
    cards = [
        _Card(
            one.measure,
            f"{one.by.mean:+.3f}",
            f"{one.before:.3f} to {one.after:.3f}, p {shown_p(one.adjusted)}",
        )
        for one in comparison.differences
        if one.measure in _HEADLINES
    ]
    return _page(
        title=f"{runs[0].dataset}: {first} and {second} - Locus comparison",
        kind="Retrieval comparison",
        heading=f"{runs[0].dataset}: {first} and {second}",
        when=dated(when),
        runs=runs,
        names=names,
        notes=comparison.notes(),
        cards=cards,
        groups=(),
        plots=[_depth(runs), _queries(comparison), *_reliability(runs), *_latencies(runs)],
        worst=(),
        **failure_sections(None),
        comparison=comparison,
        moved=[(one, outcomes[0][one.query], outcomes[1][one.query]) for one in comparison.moved],
        reach=max(largest, 0.01),
    )


def save_page(path: Path, page: str) -> None:
    """Write a page; raises DatasetError if it cannot be written.

    >>> save_page(Path("report.html"), evaluation_page(evaluate(dataset, searcher)))
    """
    try:
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {reason(error)}") from None


def _page(**content: object) -> str:
    return rendered("page.html.j2", **content)


def _card(figure: Figure) -> _Card:
    return _Card(figure.measure, f"{figure.mean:.3f}", _spread(figure))


def _spread(figure: Figure) -> str:
    return f"{figure.low:.3f} to {figure.high:.3f}"


def _depth(runs: Sequence[Evaluation]) -> _Plot:
    named = _named(runs)
    drawn = plots.depth({name: run.curves for name, run in named.items()})
    head = ["k", *(f"{measure}, {name}" for name in named for measure in ("R@k", "nDCG@k"))]
    rows = [
        [str(k), *(f"{run.curves[m][k]:.3f}" for run in named.values() for m in ("R@k", "nDCG@k"))]
        for k in runs[0].curves["R@k"]
        if all(k in run.curves["R@k"] for run in runs)
    ]
    caption = (
        "R@k: share of the relevant articles in the top k. nDCG@k also rewards ranking them higher."
    )
    return _Plot("Recall and nDCG by depth", _svg(drawn), caption, [head, *rows])


def _reliability(runs: Sequence[Evaluation]) -> list[_Plot]:
    """The figure of confidence; empty unless the answers of every run have one."""
    found = {name: run.reliability for name, run in _named(runs).items()}
    known = {name: one for name, one in found.items() if one is not None}
    if len(known) < len(found):
        return []
    head = ["confidence", *(f"{what}, {name}" for name in known for what in ("answers", "right"))]
    bins = [{one.low: one for one in of.bins} for of in known.values()]
    rows = [
        [
            f"{low:.1f} to {low + 0.1:.1f}",
            *(
                cell
                for of in bins
                for cell in (
                    (f"{of[low].answers:,}", f"{of[low].right:.3f}") if low in of else ("0", "-")
                )
            ),
        ]
        for low in sorted({low for of in bins for low in of})
    ]
    caption = (
        "Share of answers whose first passage is right, by their confidence; on the dotted line,"
        " confidence would be the probability of being right. "
        + "; ".join(f"{name}: {one}" for name, one in known.items())
        + "."
    )
    drawn = plots.reliability(known)
    return [_Plot("Right answers by confidence", _svg(drawn), caption, [head, *rows])]


def _latencies(runs: Sequence[Evaluation]) -> list[_Plot]:
    """The figure of search times; empty unless every run was a search."""
    taken = {
        name: [one.milliseconds for one in run.outcomes if one.milliseconds is not None]
        for name, run in _named(runs).items()
    }
    if not all(taken.values()):
        return []
    rows = [
        [name, *(f"{value:.1f} ms" for value in Latency.of(of).as_json().values())]
        for name, of in taken.items()
    ]
    caption = f"Measured one at a time, {runs[0].k} passages each, with the model already loaded."
    drawn = _svg(plots.latencies(taken))
    return [_Plot("Search time", drawn, caption, [["", "p50", "p95", "p99"], *rows])]


def _queries(comparison: Comparison) -> _Plot:
    before, after = comparison.before, comparison.after
    first, second = _named((before, after))
    by = differences(before.values[HEADLINE], after.values[HEADLINE])
    drawn = plots.per_query(by, HEADLINE, (first, second))
    rows = [
        [
            one.measure,
            *(f"{count:,}" for count in (one.tally.wins, one.tally.ties, one.tally.losses)),
        ]
        for one in comparison.differences
    ]
    head = ["", f"{second} better", "equal", f"{first} better"]
    caption = f"One bar per question: {second} minus {first}."
    return _Plot(f"{HEADLINE} by question", _svg(drawn), caption, [head, *rows])


def _named(runs: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Runs by the names shown; a number tells two equal names apart."""
    names = [without_controls(run.name) for run in runs]
    return {
        f"{name} ({place})" if names.count(name) > 1 else name: run
        for place, (name, run) in enumerate(zip(names, runs, strict=True), 1)
    }


def _svg(plot: plots.Plot) -> Markup:
    return Markup(plot.svg)  # noqa: S704 - matplotlib escapes names
