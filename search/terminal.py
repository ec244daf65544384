"""An answer as a person reads it on a terminal, or in a pipe, where it has no colours."""

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from search.types import Answer, Hit

_WIDEST = 100


def show(answer: Answer, console: Console) -> None:
    """Print the hits of an answer, best first."""
    console.width = min(console.width, _WIDEST)
    console.print(Group(*(_hit(hit) for hit in answer.hits)), soft_wrap=False)


def _hit(hit: Hit) -> RenderableType:
    head = Text.assemble(
        (f"{hit.rank:>2}. ", "bold"),
        (_plain(hit.title), "bold"),
        (f"  {hit.score:.3f}", "dim"),
        overflow="fold",
    )
    place = Text(f"{_plain(hit.article)}:{hit.start}-{hit.end}", style="cyan", overflow="fold")
    return Group(head, Padding(place, (0, 0, 0, 4)), Padding(_body(hit), (0, 0, 1, 4)))


def _body(hit: Hit) -> Text:
    """The passage on one paragraph's lines, its best sentence marked."""
    if hit.highlight is None:
        return Text(_flat(hit.text))
    start, end = hit.highlight.start - hit.start, hit.highlight.end - hit.start
    before, marked, after = hit.text[:start], hit.text[start:end], hit.text[end:]
    return Text.assemble(
        (_flat(before) + " " * bool(before.strip())),
        (f"»{_flat(marked)}«", "bold yellow"),
        (" " * bool(after.strip()) + _flat(after)),
    )


def _flat(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """Without control characters: an article must not be able to steer the terminal."""
    return "".join(mark if mark.isprintable() or mark.isspace() else "\N{REPLACEMENT CHARACTER}" for mark in text)
