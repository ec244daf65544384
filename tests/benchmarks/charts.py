"""The charts of the report: curves over the number of passages, and bars for each tool.

They have the style of the evaluation's figures. Each is a file of its own beside the report, so it
has colours of its own, on white.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from search.evaluation.shown.plots import _STYLE
from tests.benchmarks.peers.environments import PLAIN
from tests.benchmarks.tables import COMPARED, QUALITY, Row, Values, shown

_INK, _MUTED, _LINE = "#1b1b1b", "#5b5b5b", "#dcdcdc"
_SERIES = ("#0b5fa5", "#c2571a", "#3d7d3a", "#7a4fa3")
_LOOK: Any = {
    **_STYLE,
    "svg.fonttype": "path",  # the same in every viewer
    "text.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _MUTED,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "grid.color": _LINE,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
}
Curve = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its file name without a suffix, its title, and what its curves show."""

    name: str
    title: str
    unit: str
    curves: Mapping[str, str]
    """The keys of the values, with the label of each curve."""


GROWTH = (
    Chart("building", "Building", "passages a second", {"rate": "passages a second"}),
    Chart(
        "updating",
        "Updating",
        "seconds",
        {
            "update nothing": "nothing changed",
            "update one file": "one article edited",
            "update one line": "one line of the corpus edited",
        },
    ),
    Chart("opening", "Opening", "seconds to the first answer", {"first answer": "a new process"}),
    Chart("asking", "Asking, less encoding", "milliseconds", {"p50": "p50", "p95": "p95"}),
    Chart(
        "memory",
        "Memory",
        "MiB",
        {
            "build peak": "a build's peak",
            "memory": "after 1,000 questions and more",
            "own memory": "the same, without mapped files",
        },
    ),
    Chart("disk", "Disk", "MiB", {"disk": "the index", "text": "the corpus as a file"}),
)


def curves(chart: Chart, sizes: Mapping[int, Values], form: str = "svg") -> bytes | None:
    """A chart of the growth; None if fewer than two sizes have its values."""
    found: dict[str, Curve] = {
        label: [(float(size), values[key]) for size, values in sizes.items() if key in values]
        for key, label in chart.curves.items()
    }
    found = {label: curve for label, curve in found.items() if len(curve) > 1}
    if not found:
        return None

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for (label, curve), colour in zip(found.items(), _SERIES, strict=False):
            axes.plot(*zip(*curve, strict=True), "-o", color=colour, label=label)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(_counted))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("passages, on a logarithmic scale")
        axes.set_ylabel(chart.unit)
        axes.set_title(chart.title)
        _scale(axes, [value for curve in found.values() for _, value in curve])
        if len(found) > 1:
            axes.legend(loc="upper left")

    return _drawn(draw, (5.0, 3.1), form)


def bars(tools: Mapping[str, Values], form: str = "svg") -> bytes:
    """A panel for each measure, with a bar for each tool; the best is dark."""
    rows = [row for row in COMPARED if not row.label.startswith("-")]
    rows = [row for row in rows if any(row.key in values for values in tools.values())]
    across = 3
    down = -(-len(rows) // across)

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(down, across, squeeze=False).ravel()
        for panel, row in zip(panels, rows, strict=False):
            _panel(panel, row, tools)
        for panel in panels[len(rows) :]:
            panel.set_visible(False)

    return _drawn(draw, (9.6, 0.7 + down * (0.55 + 0.28 * len(tools))), form)


def _panel(axes: Axes, row: Row, tools: Mapping[str, Values]) -> None:
    has = {tool: values[row.key] for tool, values in tools.items() if row.key in values}
    best = (max if row.key in QUALITY else min)(has.values())
    names = list(has)[::-1]
    widths = [has[name] for name in names]
    colours = [_SERIES[0] if width == best else "#b9cfe2" for width in widths]
    labels = ["plain faiss" if name == PLAIN else name for name in names]
    axes.barh(labels, widths, color=colours, height=0.66)
    for place, width in enumerate(widths):
        axes.annotate(
            shown(width, row),
            (width, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_xlim(0, max(widths) * 1.32)
    axes.grid(visible=False)
    axes.xaxis.set_visible(False)
    axes.spines[["bottom"]].set_visible(False)
    axes.tick_params(labelsize=9)
    title = row.label if row.label.startswith("nDCG") else row.label[:1].upper() + row.label[1:]
    axes.set_title(title, fontsize=9)


def _scale(axes: Axes, values: Sequence[float]) -> None:
    """From zero, so that heights compare; logarithmic if small values would vanish."""
    if min(values) > 0 and max(values) > 50 * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(min(values) / 2, max(values) * 8)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.set_ylim(0, max(values) * 1.4)
    axes.yaxis.set_major_formatter(FuncFormatter(_counted))


def _counted(value: float, _: int | None = None) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _drawn(draw: Any, inches: tuple[float, float], form: str) -> bytes:
    written = io.BytesIO()
    with rc_context():
        rcdefaults()  # ignore the user's own matplotlib settings
        rcParams.update(_LOOK)
        canvas = Canvas(figsize=inches, layout="constrained", facecolor="white", dpi=110)
        draw(canvas)
        metadata = {"Date": None, "Creator": None} if form == "svg" else None
        canvas.savefig(written, format=form, metadata=metadata)
    return written.getvalue()
