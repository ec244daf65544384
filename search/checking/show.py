"""Print verdicts for people, on a terminal or in a pipe."""

import re
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from indexer.text import one_line
from search.checking.citation import Verdict, tally

_WIDTH = 11
_STYLES = {"unchanged": "dim", "moved": "cyan", "changed": "bold yellow", "gone": "bold red"}
_CHANGE = re.compile(r"\[-.*?-\]|\{\+.*?\+\}")
_LONGEST = 300
"""Characters that are shown of a text that is gone."""
_NEVER = "The article has not changed: this text was never at that place"


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print what became of each citation, and how many there are of each kind."""
    for verdict in verdicts:
        for line in _lines(verdict):
            console.print(line, soft_wrap=True)
    counts = ", ".join(f"{count:,} {standing}" for standing, count in tally(verdicts))
    hits = "1 hit" if len(verdicts) == 1 else f"{len(verdicts):,} hits"
    console.print(Text(f"{hits}: {counts}"), soft_wrap=True)


def _lines(verdict: Verdict) -> Iterator[Text]:
    cited, now = one_line(verdict.cited.place), verdict.now and one_line(verdict.now.place)
    to = f" to {now}" if now is not None and now != cited else ""
    space = " (only white space differs)" if verdict.other_space else ""
    kind = Text(f"{verdict.standing:<{_WIDTH}}", _STYLES[verdict.standing])
    yield kind + Text(f"{cited}{to}{space}", "")
    if verdict.article_changed is False and verdict.standing != "unchanged":
        yield _indented(Text(_NEVER))
    if verdict.diff is not None:
        yield _indented(_coloured(verdict.diff))
    elif verdict.standing == "gone":
        text = one_line(verdict.cited.text)
        yield _indented(Text(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…", "dim"))


def _indented(text: Text) -> Text:
    return Text(" " * _WIDTH) + text


def _coloured(diff: str) -> Text:
    text = Text(diff)
    for found in _CHANGE.finditer(diff):
        text.stylize("red" if found[0].startswith("[") else "green", *found.span())
    return text
