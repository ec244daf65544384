"""An answer as a person reads it on a terminal, or in a pipe, where it has no colours."""

from rich.console import Console
from rich.text import Text

from search.types import Answer, Hit

_WIDEST = 100
_INDENT = 4
_DOUBTFUL = 0.5


def show(answer: Answer, console: Console) -> None:
    """Print the hits of an answer, best first."""
    width = min(console.width, _WIDEST)
    if answer.confidence is not None and answer.confidence < _DOUBTFUL:
        doubt = f"Perhaps nothing here answers that (confidence {answer.confidence:.2f}). Nearest:"
        console.print(Text(doubt, "italic"), soft_wrap=True)
        console.print()
    for hit in answer.hits:
        head = Text.assemble((plain(hit.title), "bold"), (f"  {hit.score:.3f}", "dim"))
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


def plain(text: str) -> str:
    """Without control characters: an article must not be able to steer the terminal."""
    return "".join(
        mark if mark.isprintable() or mark.isspace() else "\N{REPLACEMENT CHARACTER}"
        for mark in text
    )
