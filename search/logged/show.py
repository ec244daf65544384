"""Print the questions of a log for people, oldest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from indexer.text import on_a_line, one_line
from search.logged.entries import FOLLOWED
from search.logged.reading import KeptQuestion

_INDENT = " " * 18


def show(questions: Sequence[KeptQuestion], console: Console) -> None:
    """Print each question with its time, how it was asked, and what was opened."""
    for kept in questions:
        for line in _lines(kept):
            console.print(line, soft_wrap=True)


def _lines(kept: KeptQuestion) -> Iterator[Text]:
    asked = kept.question
    yield Text.assemble(
        (f"{local(asked.time):%Y-%m-%d %H:%M}  ", "dim"),
        (one_line(asked.query), "bold"),
        (f"  ({asked.by}{'' if asked.hits else ', no hits'})", "dim"),
    )
    for opening in kept.openings:
        place = on_a_line(opening.passage.place)
        yield Text(f"{_INDENT}opened {opening.rank}: {place}", "cyan")
    if not kept.openings and asked.hits and asked.by in FOLLOWED:
        yield Text(f"{_INDENT}opened nothing", "dim")


def local(time: datetime) -> datetime:
    """A time of the log as the clock of this computer shows it."""
    return time.astimezone()
