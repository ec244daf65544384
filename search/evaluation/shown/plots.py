"""The report's figures, by matplotlib, as SVG to be put into a page.

A figure is drawn in colours that stand for the page's own (``--ink``, ``--first`` and so on), so
that it follows the page from light to dark, and with text as text in the page's font. Each has a
title and a description for those who do not see it. This is the only module to import matplotlib.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from search.evaluation.measured.results import Latency

_INK, _MUTED, _LINE, _FIRST, _SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _FIRST: "var(--first)",
    _SECOND: "var(--second)",
}
_RUNS = (_FIRST, _SECOND)
_INCHES = (5.0, 3.1)
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "locus",
    "font.size": 10,
    "text.color": _INK,
    "text.parse_math": False,  # names may hold a dollar sign
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
}
_BARS = 30
_MOST_POINTS = 1000
_WIDE = 8
"""Times over which values are spread on a logarithmic scale, from the least to the largest."""


@dataclass(frozen=True, slots=True)
class Plot:
    """``svg`` is an element for a page; ``name`` begins all its ids, and differs on one page."""

    name: str
    svg: str


def depth(curves: Mapping[str, Mapping[str, Mapping[int, float]]]) -> Plot:
    """R@k and nDCG@k over k, for one evaluation or two, by their names."""
    values = [value for of in curves.values() for curve in of.values() for value in curve.values()]
    depths = sorted({k for of in curves.values() for curve in of.values() for k in curve})

    def draw(axes: Axes) -> None:
        for (run, of), colour in zip(curves.items(), _RUNS, strict=False):
            for measure, look in (("R@k", "-o"), ("nDCG@k", "--s")):
                curve = of[measure]
                label = f"{measure}, {run}" if len(curves) > 1 else measure
                axes.plot(list(curve), list(curve.values()), look, color=colour, label=label)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([k for k in depths if k not in {3, 30}]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(_plainly))
        axes.set_xlabel("k, the first articles looked at")
        low = np.floor((min(values, default=0) - 0.02) * 10) / 10
        axes.set_ylim(max(0.0, float(low)), 1.01)
        axes.legend(loc="best")

    description = "; ".join(
        f"{run}, {measure}: " + ", ".join(f"{value:.2f} at {k}" for k, value in curve.items())
        for run, of in curves.items()
        for measure, curve in of.items()
    )
    return _drawn("depth", "Recall and nDCG by depth", description, draw)


def latencies(milliseconds: Mapping[str, Sequence[float]]) -> Plot:
    """How long searches took, for one evaluation or two, by their names."""
    everything = [value for of in milliseconds.values() for value in of]
    low, high = max(min(everything), 1e-3) * 0.98, max(everything) * 1.02
    wide = high > _WIDE * low
    edges = (np.geomspace if wide else np.linspace)(low, high, _BARS + 1)

    def draw(axes: Axes) -> None:
        alone = len(milliseconds) == 1
        for (run, of), colour in zip(milliseconds.items(), _RUNS, strict=False):
            counts = np.histogram(of, edges)[0]
            axes.stairs(counts, edges, fill=alone, color=colour, linewidth=1.6, label=f" {run}")
        if wide:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(_plainly))
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("milliseconds, on a logarithmic scale" if wide else "milliseconds")
        axes.set_ylabel("queries")
        if alone:
            _mark(axes, Latency.of(everything), float(edges[_BARS // 2]))
        else:
            axes.legend(loc="best")

    told = "; ".join(f"{run}: {Latency.of(of)}" for run, of in milliseconds.items())
    return _drawn("latency", "How long a search takes", told, draw)


def per_query(
    by: Sequence[float] | npt.NDArray[np.float64], measure: str, names: tuple[str, str]
) -> Plot:
    """The difference of each query, second minus first, from the best to the worst."""
    order = np.sort(np.asarray(by, np.float64))[::-1]
    shown = order
    if len(order) > _MOST_POINTS:
        shown = order[np.linspace(0, len(order) - 1, _MOST_POINTS).astype(np.int64)]
    edges = np.linspace(0, len(order), len(shown) + 1)
    better, worse = int((order > 0).sum()), int((order < 0).sum())

    def draw(axes: Axes) -> None:
        axes.stairs(np.maximum(shown, 0), edges, fill=True, color=_SECOND)
        axes.stairs(np.minimum(shown, 0), edges, fill=True, color=_FIRST)
        axes.axhline(0, color=_MUTED, linewidth=0.8)
        reach = max(float(np.abs(order).max(initial=0)) * 1.35, 0.05)
        axes.set_ylim(-reach, reach)
        axes.set_xlim(0, max(len(order), 1))
        axes.grid(visible=False, axis="x")
        axes.set_xlabel(f"{len(order):,} queries, from the most gained to the most lost")
        axes.set_ylabel(f"difference in {measure}")
        axes.text(
            0.98,
            0.95,
            f"{names[1]} better: {better:,}",
            transform=axes.transAxes,
            ha="right",
            va="top",
        )
        axes.text(0.02, 0.05, f"{names[0]} better: {worse:,}", transform=axes.transAxes)

    told = (
        f"{names[1]} is better for {better:,} queries, {names[0]} for {worse:,}, and"
        f" {len(order) - better - worse:,} are equal"
    )
    return _drawn("queries", f"{measure} query by query", told, draw)


def _mark(axes: Axes, latency: Latency, middle: float) -> None:
    """The percentiles as lines, their names one below the other, so that none covers another."""
    marks = (("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99))
    top = axes.get_ylim()[1]
    axes.set_ylim(0, top * 1.35)
    for place, (name, value) in enumerate(marks):
        height = top * (1.33 - 0.12 * place)
        axes.vlines(value, 0, height, color=_INK, linewidth=1, linestyle=":")
        left = value > middle
        axes.annotate(
            f"{name} {value:.3g} ms",
            (value, height),
            xytext=(-3 if left else 3, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize=9,
        )


def _drawn(name: str, title: str, description: str, draw: Callable[[Axes], None]) -> Plot:
    written = io.StringIO()
    with rc_context():
        rcdefaults()  # whatever a person has set for figures of their own
        rcParams.update(_STYLE)
        canvas = Canvas(figsize=_INCHES, layout="constrained")
        canvas.patch.set_visible(False)
        axes = canvas.subplots()
        axes.patch.set_visible(False)
        draw(axes)
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Plot(name, _embedded(written.getvalue(), name, title, description))


def _embedded(svg: str, name: str, title: str, description: str) -> str:
    """A file of matplotlib's as an element of a page: its ids its own, its colours the page's."""
    start, body = svg[svg.index("<svg") :].split(">", 1)
    box = re.search(r'viewBox="[^"]*"', start)
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', body).replace("url(#", f"url(#{name}-")
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    return (
        f'<svg {box[0] if box else ""} role="img" aria-labelledby="{name}-title {name}-told">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-told">{escape(description)}</desc>{body}'
    )


def _plainly(value: float, _: int | None = None) -> str:
    return f"{value:g}"
