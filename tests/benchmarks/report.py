"""Make the report from the figures that a folder keeps: Markdown, with charts beside it.

    python -m tests.benchmarks.report WORK [REPORT]

It measures nothing, so it can be made again at any time, also of an unfinished run.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from indexer import __version__
from tests.benchmarks import charts, tables, verdicts
from tests.benchmarks.encoders import MODEL, STAND_IN
from tests.benchmarks.figures import Piece, Results
from tests.benchmarks.growth import LEFT_OUT
from tests.benchmarks.peers.environments import DESCRIBED, LOCUS, PEERS

NAME = "report.md"
BUSY = 0.1
"""The share of the cores that other processes may use before the report warns."""
ENCODERS = {
    STAND_IN: (
        "With a stand-in encoder",
        "It hashes words, so these are the costs of everything around the model.",
    ),
    MODEL: ("With the default model", "The whole of Locus, as it is used."),
}


def write(work: Path, report: Path) -> Path:
    """Write the report of all pieces in ``work`` into the folder ``report``; returns its file."""
    pieces = Results(work / "results").all()
    report.mkdir(parents=True, exist_ok=True)
    for old in report.glob("*.svg"):
        old.unlink()
    for name, drawn in _charts(pieces).items():
        (report / f"{name}.svg").write_bytes(drawn)
    path = report / NAME
    path.write_text("\n".join(_lines(pieces, report)) + "\n", "utf-8")
    return path


def _charts(pieces: Sequence[Piece]) -> dict[str, bytes]:
    found = {}
    for encoder in ENCODERS:
        sizes = tables.growth(pieces, encoder)
        for chart in charts.GROWTH:
            drawn = charts.curves(chart, sizes)
            if drawn is not None:
                found[f"{encoder}-{chart.name}"] = drawn
    for dataset, tools in tables.compared(pieces).items():
        found[f"peers-{dataset}"] = charts.bars(tools)
    return found


def _lines(pieces: Sequence[Piece], report: Path) -> Iterator[str]:
    yield f"# Locus {__version__}, measured"
    yield ""
    yield from _circumstances(pieces)
    for encoder in ENCODERS:
        yield from _growth(tables.growth(pieces, encoder), encoder, report)
        yield from _left_out(pieces, encoder)
    for dataset, tools in tables.compared(pieces).items():
        its = [piece for piece in pieces if piece.name.startswith(f"peers-{dataset}-")]
        yield from _beside(dataset, tools, its)
    yield from _printed(pieces)


def _circumstances(pieces: Sequence[Piece]) -> Iterator[str]:
    if not pieces:
        yield "Nothing has been measured yet."
        return
    machines = sorted({str(piece.machine) for piece in pieces})
    dates = sorted(piece.date for piece in pieces)
    yield f"Measured from {dates[0]} to {dates[-1]} on"
    yield " and on ".join(machines) + "."
    if len(machines) > 1:
        yield "Compare only figures of the same kind of machine."
    yield ""
    yield (
        "Times depend on the machine; ratios do less. All files are in the system's file cache."
        " Figures of one table were measured in one run, one after the other or in turns."
    )
    busy = max(piece.others for piece in pieces)
    if busy > BUSY * pieces[0].machine.cores:
        yield ""
        yield (
            f"**The machine was busy**: other processes used up to {busy:.1f} of its cores. So all"
            " times are too long, most of all those of tools that wait in a loop for their threads."
            " Measure again on an idle machine before you quote a time."
        )
    ours: dict[str, str] = {}
    for piece in pieces:
        ours |= {name: of for name, of in piece.versions.items() if ": " not in name}
    if ours:
        yield ""
        yield f"Locus uses {', '.join(f'{name} {of}' for name, of in sorted(ours.items()))}."


def _growth(sizes: Mapping[int, tables.Values], encoder: str, report: Path) -> Iterator[str]:
    if not sizes:
        return
    title, told = ENCODERS[encoder]
    yield from ("", f"## How costs grow: {title[0].lower()}{title[1:]}", "", told)
    copies = [size for size, values in sizes.items() if values.get("copies")]
    if copies:
        sizes_of = ", ".join(f"{size:,}" for size in copies)
        yield (
            f"At {sizes_of} passages, the corpus itself stands beside perturbed copies of its"
            " articles."
        )
    yield ""
    rows = []
    for row in tables.GROWTH:
        cells = [
            tables.shown(values[row.key], row) if row.key in values else ""
            for values in sizes.values()
        ]
        if any(cells):
            rows.append([row.label, *cells])
    yield from tables.markdown(["passages", *(f"{size:,}" for size in sizes)], rows)
    for first, *others in [list(verdicts.grown(sizes))] if len(sizes) > 1 else ():
        yield from ("", first, "", *others)
    reached = list(verdicts.reached(sizes)) if encoder == STAND_IN else []
    if reached:
        yield from ("", "### Goals", "", "Set for two cores.", "")
        yield from tables.markdown(
            ["", "passages", "goal", "measured", ""], [_goal(one) for one in reached]
        )
    drawn = [chart for chart in charts.GROWTH if (report / f"{encoder}-{chart.name}.svg").exists()]
    if drawn:
        yield ""
        for chart in drawn:
            described = f"{chart.title}: {chart.unit} over the number of passages"
            yield f"![{described}]({encoder}-{chart.name}.svg)"


def _left_out(pieces: Sequence[Piece], encoder: str) -> Iterator[str]:
    """The sizes for which the time was too short."""
    for piece in pieces:
        if piece.name.startswith(f"growth-{encoder}-") and piece.name.endswith(LEFT_OUT):
            yield from ("", f"Not measured: {piece.printed}.")


def _goal(one: verdicts.Reached) -> list[str]:
    row = tables.Row(one.goal.key, one.goal.label, one.goal.unit)
    sign = "at least" if one.goal.is_least else "at most"
    bound = f"{sign} {one.bound:,g}{tables.shown(0, row).removeprefix('0.00')}"
    said = "reached" if one.holds else "**missed**"
    return [one.goal.label, f"{one.passages:,}", bound, tables.shown(one.value, row), said]


def _beside(
    dataset: str, tools: Mapping[str, tables.Values], pieces: Sequence[Piece]
) -> Iterator[str]:
    named = [LOCUS, *(peer for peer in PEERS if peer in tools)]
    figures = [figure for piece in pieces for figure in piece.figures]
    inputs = pieces[0].inputs
    yield from ("", f"## Beside other tools: {dataset}", "")
    articles = f"the first {inputs['articles']}" if inputs["articles"] else "all"
    yield (
        f"The same {figures[0].passages:,} passages of {articles} articles, at most"
        f" {inputs['questions']} questions and the same model for all tools. Each is used as its"
        " documentation suggests. Locus also reads and splits the articles, which the others are"
        " spared. A figure in brackets is the ratio to Locus's."
    )
    yield ""
    rows = []
    for row in tables.COMPARED:
        if row.key not in tools[LOCUS]:
            continue
        ours = tools[LOCUS][row.key]
        cells = [tables.shown(ours, row)]
        for tool in named[1:]:
            value = tools[tool].get(row.key)
            ratio = "" if row.key in tables.QUALITY or not ours or value is None else value / ours
            cell = "" if value is None else tables.shown(value, row)
            cells.append(f"{cell} ({ratio:.2g})" if ratio != "" else cell)
        rows.append([row.label, *cells])
    yield from tables.markdown(["", *(DESCRIBED[tool] for tool in named)], rows)
    yield from ("", *verdicts.verdicts(tools))
    failures = dict.fromkeys(line for piece in pieces for line in piece.printed.splitlines())
    for failure in failures:
        yield f"- Not measured: {failure}"
    yield from ("", f"![Locus beside other tools, a bar for each](peers-{dataset}.svg)", "")
    yield from _versions_of(pieces)


def _versions_of(pieces: Sequence[Piece]) -> Iterator[str]:
    by_tool: dict[str, list[str]] = {}
    for piece in pieces:
        for name, of in sorted(piece.versions.items()):
            tool, _, package = name.partition(": ")
            by_tool.setdefault(tool, []).append(f"{package} {of}")
    yield "Versions:"
    yield ""
    for tool, packages in by_tool.items():
        yield f"- {tool}: {', '.join(packages)}"


def _printed(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        if piece.name.startswith("table-"):
            yield from ("", f"## {piece.name.removeprefix('table-').capitalize()}", "")
            yield from ("```text", piece.printed.rstrip(), "```")


if __name__ == "__main__":
    work = Path(sys.argv[1])
    print(write(work, Path(sys.argv[2]) if len(sys.argv) > 2 else work / "report"))
