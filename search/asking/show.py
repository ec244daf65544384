"""Answers and explanations as a person reads them on a terminal, or in a pipe, without colours."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from indexer.text import plain
from search.types import Answer, Hit

if TYPE_CHECKING:  # which loads numpy; an answer of a server is shown without it
    from search.ranking.explanation import Explanation

_WIDEST = 100
_INDENT = 4
_DOUBTFUL = 0.5
"""Below this confidence an answer is more likely than not to be none."""


def show(answer: Answer, console: Console) -> None:
    """Print the hits of an answer, best first, and how sure it is.

    A hit has no number but its rank: its score compares it with the other hits of the answer and
    says nothing of whether they answer, which the confidence does.
    """
    width = min(console.width, _WIDEST)
    sure = answer.confidence
    if sure is not None and sure < _DOUBTFUL:
        doubt = f"No good match (confidence {sure:.2f}). Closest passages:"
        console.print(Text(doubt, "italic"), soft_wrap=True)
        console.print()
    for hit in answer.hits:
        head = Text(plain(hit.title), "bold")
        place = Text(f"{plain(hit.article)}:{hit.start}-{hit.end}", "cyan")
        lines = [
            line
            for part in (head, place, _body(hit))
            for line in part.wrap(console, width - _INDENT)
        ]
        number = Text(f"{hit.rank:>{_INDENT - 2}}. ", "bold")
        for line in lines:
            line.rstrip()
            console.print(number + line, soft_wrap=True)
            number = Text(" " * _INDENT)
        console.print()
    if sure is not None and sure >= _DOUBTFUL:
        console.print(Text(f"confidence {sure:.2f}", "dim"), soft_wrap=True)


def explanation_text(explanation: "Explanation") -> str:
    """An explanation as a table: a line for each stage, and which stage lost the article."""
    lines = [
        f"{plain(explanation.article)}:{explanation.start}-{explanation.end}",
        "",
        f"{'stage':<16}{'rank':>12}{'score':>10}   hands on",
    ]
    for it in explanation.places:
        rank = f"{it.rank:,}" if it.rank is not None else "not found"
        score = "" if it.score is None else f"{it.score:.3f}"
        lines.append(f"{it.stage:<16}{rank:>12}{score:>10}   the first {it.passes:,}")
    said = f"lost by: {explanation.lost}" if explanation.lost else "it is among the hits"
    return "\n".join([*lines, "", said])


def _body(hit: Hit) -> Text:
    """The passage as one paragraph, its best sentence marked."""
    if hit.highlight is None:
        return Text(_flat(hit.text))
    start, end = hit.highlight.start - hit.start, hit.highlight.end - hit.start
    before, marked, after = hit.text[:start], hit.text[start:end], hit.text[end:]
    return Text.assemble(
        _flat(before) + " " * bool(before.strip()),
        (f"»{_flat(marked)}«", "bold yellow"),
        " " * bool(after.strip()) + _flat(after),
    )


def _flat(text: str) -> str:
    return " ".join(plain(text).split())
