"""The figures of the report: matplotlib draws them as SVG, to be embedded in a page.

A figure is drawn in placeholder colours, which are replaced by the colours of the page (``--ink``,
``--first`` and so on). So it follows the page's light or dark mode. Its text is text, in the page's
font. Each figure has a title and a description for screen readers. This is the only module that
imports matplotlib.
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

from search.evaluation.measured.reliability import Reliability
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
    "text.parse_math": False,  # names may contain a dollar sign
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
_LEAST_MS = 1e-3
"""A shorter time is drawn as this one: a logarithmic scale has no zero."""
_BARS = 30
_MOST_POINTS = 1000
_WIDE = 8
"""The scale is logarithmic if the largest value is this many times the smallest."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: ``svg`` is an element for a page; ``name`` starts its ids and is unique there."""

    name: str
    svg: str


def depth(curves: Mapping[str, Mapping[str, Mapping[int, float]]]) -> Plot:
    """R@k and nDCG@k over k, for one or two evaluations by name."""
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
        axes.set_xlabel("k (number of top articles considered)")
        low = np.floor((min(values, default=0) - 0.02) * 10) / 10
        axes.set_ylim(max(0.0, float(low)), 1.01)
        axes.legend(loc="best")

    description = "; ".join(
        f"{run}, {measure}: " + ", ".join(f"{value:.2f} at {k}" for k, value in curve.items())
        for run, of in curves.items()
        for measure, curve in of.items()
    )
    return _drawn("depth", "Recall and nDCG by depth", description, draw)


def reliability(found: Mapping[str, Reliability]) -> Plot:
    """The share of right answers by confidence, for one or two evaluations by name."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_MUTED, linewidth=1, linestyle=":")
        for (run, of), colour in zip(found.items(), _RUNS, strict=False):
            sure = [one.confidence for one in of.bins]
            axes.plot(sure, [one.right for one in of.bins], "-o", color=colour, label=f" {run}")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("confidence")
        axes.set_ylabel("right in the first hit")
        if len(found) > 1:
            axes.legend(loc="best")

    told = "; ".join(
        f"{run}: {of}; " + ", ".join(f"{one.right:.2f} at {one.confidence:.2f}" for one in of.bins)
        for run, of in found.items()
    )
    return _drawn("reliability", "Right answers by confidence", told, draw)


def latencies(milliseconds: Mapping[str, Sequence[float]]) -> Plot:
    """The distribution of search times in milliseconds, for one or two evaluations by name."""
    everything = [max(value, _LEAST_MS) for of in milliseconds.values() for value in of]
    low, high = min(everything) * 0.98, max(everything) * 1.02
    wide = high > _WIDE * low
    edges = (np.geomspace if wide else np.linspace)(low, high, _BARS + 1)

    def draw(axes: Axes) -> None:
        alone = len(milliseconds) == 1
        for (run, of), colour in zip(milliseconds.items(), _RUNS, strict=False):
            counts = np.histogram(np.maximum(of, _LEAST_MS), edges)[0]
            axes.stairs(counts, edges, fill=alone, color=colour, linewidth=1.6, label=f" {run}")
        if wide:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(_plainly))
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("milliseconds, on a logarithmic scale" if wide else "milliseconds")
        axes.set_ylabel("questions")
        if alone:
            _mark(axes, Latency.of(everything), float(edges[_BARS // 2]))
        else:
            axes.legend(loc="best")

    told = "; ".join(f"{run}: {Latency.of(of)}" for run, of in milliseconds.items())
    return _drawn("latency", "Search time", told, draw)


def per_query(
    by: Sequence[float] | npt.NDArray[np.float64], measure: str, names: tuple[str, str]
) -> Plot:
    """The difference of each query, second minus first, sorted from best to worst."""
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
        axes.set_xlabel(f"{len(order):,} questions, from the largest gain to the largest loss")
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
        f"{names[1]} is better for {better:,} questions, {names[0]} for {worse:,}, and"
        f" {len(order) - better - worse:,} are equal"
    )
    return _drawn("queries", f"{measure} by question", told, draw)


def _mark(axes: Axes, latency: Latency, middle: float) -> None:
    """Draw the percentiles as lines, with labels one below the other so that none overlap."""
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
        rcdefaults()  # ignore the user's own matplotlib settings
        rcParams.update(_STYLE)
        canvas = Canvas(figsize=_INCHES, layout="constrained")
        canvas.patch.set_visible(False)
        axes = canvas.subplots()
        axes.patch.set_visible(False)
        draw(axes)
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Plot(name, _embedded(written.getvalue(), name, title, description))


def _embedded(svg: str, name: str, title: str, description: str) -> str:
    """The SVG of matplotlib as an element of a page, with unique ids and the page's colours."""
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
