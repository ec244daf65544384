"""Tables as plain text, for a terminal or a pipe."""

from collections.abc import Mapping, Sequence
from typing import Any

_PER_QUERY = ("nDCG@10", "RR@10", "AP", "R@10", "passage RR@10")


def columns(rows: Sequence[Sequence[str]]) -> str:
    """A table as lines: the first column aligned left, the others, which are numbers, right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def query_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of an evaluation or a comparison: one line per query with its main measures."""
    names = [name for name in _PER_QUERY if any(name in row["measures"] for row in rows)]
    cells = [
        (
            row["query"],
            *(_values(row["measures"].get(name)) for name in names),
            " ".join(row["text"].split()),
        )
        for row in rows
    ]
    lines = columns([("query", *names), *(cell[:-1] for cell in cells)]).split("\n")
    texts = ["question", *(cell[-1] for cell in cells)]
    return "\n".join(f"{line}  {text}" for line, text in zip(lines, texts, strict=True))


def _values(value: float | Sequence[float] | None) -> str:
    """One number, or the numbers of two evaluations."""
    if value is None:
        return "-"
    return " ".join(f"{one:.3f}" for one in ([value] if isinstance(value, float) else value))
