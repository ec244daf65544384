"""Print answers and explanations for people, on a terminal or in a pipe.

The text is tidied only for printing; a hit's ``text`` is exactly a part of its article.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.text import Text

from indexer.storing.origin import file_of, is_corpus
from indexer.text import front_matter_end, on_a_line, one_line, plain
from search.types import Answer, Hit

if TYPE_CHECKING:  # this module loads numpy, which showing a server's answer does not need
    from search.ranking.explanation import Explanation

_WIDEST = 100
_INDENT = 4
_MOST_AUTHORS = 3
_DOUBTFUL = 0.5
"""Below this confidence, probably no passage answers the question."""
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t\r]*$\n?", re.MULTILINE)
_DOT = " ·"
"""Separates a heading from the text after it on the same line."""


def show(answer: Answer, console: Console, instead: str = "") -> None:
    """Print the hits of an answer, best first, and the confidence.

    If the spelling of the question was corrected, the answer begins with that, and with
    ``instead``: how to search for the question as it was typed.

    A hit is shown without its score, which only compares it with the other hits of this answer. The
    confidence says whether they answer the question at all.
    """
    width = min(console.width, _WIDEST)
    if answer.corrected is not None:
        corrected, typed = Text(one_line(answer.corrected), "bold"), one_line(answer.query)
        console.print(Text("Showing results for ") + corrected, soft_wrap=True)
        console.print(Text(f"Search instead for {typed}: {plain(instead)}"), soft_wrap=True)
        console.print()
    sure = answer.confidence
    if sure is not None and sure < _DOUBTFUL:
        doubt = f"No good match (confidence {sure:.2f}). Closest passages:"
        console.print(Text(doubt, "italic"), soft_wrap=True)
        console.print()
    for hit in answer.hits:
        lines = [
            line for part in _parts(hit, console) for line in part.wrap(console, width - _INDENT)
        ]
        number = Text(f"{hit.rank:>{_INDENT - 2}}. ", "bold")
        for line in lines:
            line.rstrip()
            console.print(number + line, soft_wrap=True)
            number = Text(" " * _INDENT)
        console.print()
    if sure is not None and sure >= _DOUBTFUL:
        console.print(Text(f"confidence {sure:.2f}", "dim"), soft_wrap=True)


def show_in_article(hit: Hit, start: int, text: str, console: Console) -> None:
    """Print a hit with the lines around it; ``text`` is the part of the article from ``start``."""
    console.print(Text(one_line(hit.title), "bold"), soft_wrap=True)
    console.print(_place(hit, console), soft_wrap=True)
    if origin := _origin(hit):
        console.print(origin, soft_wrap=True)
    console.print()
    marked = hit.highlight or (hit.start, hit.start)
    cuts = [cut - start for cut in (hit.start, *marked, hit.end)]
    styles = ["dim", "", "bold yellow", "", "dim"]
    parts = zip([0, *cuts], [*cuts, len(text)], styles, strict=True)
    shown = Text.assemble(*((plain(text[one:other]), style) for one, other, style in parts))
    shown.rstrip()
    console.print(shown, soft_wrap=True)
    console.print()


_STAGES = {
    "semantic leg": "meaning",
    "lexical leg": "keywords",
    "fused": "combined",
    "second look": "re-scored",
    "page": "final results",
}
"""The stages as people see them, by their names in JSON."""


def explanation_text(explanation: "Explanation", instead: str = "") -> str:
    """An explanation as a table: one line per stage, then where the article dropped out.

    ``instead`` is as for ``show``.
    """
    lines = [
        *_corrected(explanation, instead),
        f"{on_a_line(explanation.article)}  characters {explanation.start}-{explanation.end}",
        "",
        f"{'stage':<16}{'rank':>12}{'score':>10}   kept",
    ]
    for it in explanation.places:
        rank = f"{it.rank:,}" if it.rank is not None else "not found"
        score = "" if it.score is None else f"{it.score:.3f}"
        lines.append(f"{_STAGES[it.stage]:<16}{rank:>12}{score:>10}   top {it.passes:,}")
    return "\n".join([*lines, "", _verdict(explanation)])


def _corrected(explanation: "Explanation", instead: str) -> list[str]:
    if explanation.corrected is None:
        return []
    corrected, typed = one_line(explanation.corrected), one_line(explanation.query)
    return [
        f"Showing ranks for {corrected}",
        f"Show ranks instead for {typed}: {plain(instead)}",
        "",
    ]


def _verdict(explanation: "Explanation") -> str:
    if explanation.lost is None:
        return "This article is among the hits."
    lost = explanation.lost.split(" and ")
    names = " and ".join(f'"{_STAGES[stage]}"' for stage in lost)
    said = f"Not among the hits: the article dropped out at {names}"
    last = next(it for it in explanation.places if it.stage == lost[-1])
    if len(lost) == 1 and last.rank is not None:
        said += f" (rank {last.rank:,}, and only the top {last.passes:,} are kept)"
    return f"{said}."


def _parts(hit: Hit, console: Console) -> list[Text]:
    """Title, place, date and authors where they are known, and text of a hit."""
    origin = _origin(hit)
    known = [origin] if origin else []
    return [Text(one_line(hit.title), "bold"), _place(hit, console), *known, _body(hit, console)]


def _origin(hit: Hit) -> Text:
    """The date and the first authors of a hit's article; empty if neither is known."""
    more = len(hit.authors) - _MOST_AUTHORS
    names = ", ".join(map(one_line, hit.authors[:_MOST_AUTHORS]))
    named = f"{names} and {more} more" if more > 0 else names
    return Text(plain("  ".join(filter(None, (hit.date, named)))), "dim")


def _place(hit: Hit, console: Console) -> Text:
    """Where a hit is, as ``article:line``: many terminals open that, others need the link."""
    link = None
    if not _is_plain(console) and not is_corpus(Path(hit.source)):
        file = file_of(Path(hit.source), hit.article)
        link = file.as_uri() if file.is_absolute() and file.is_file() else None
    where = "" if hit.where is None else f"  {one_line(plain(hit.where))}"
    return Text.assemble(
        (f"{on_a_line(hit.article)}:{hit.line}", Style(color="cyan", link=link)),
        f"{where}  characters {hit.start}-{hit.end}",
    )


def _body(hit: Hit, console: Console) -> Text:
    """The passage as one paragraph without front matter, with its best sentence marked."""
    before, marked, after = "", "", hit.text
    if hit.highlight is not None:
        start, end = hit.highlight.start - hit.start, hit.highlight.end - hit.start
        before, marked, after = hit.text[:start], hit.text[start:end], hit.text[end:]
    if hit.start == 0:
        before, after = (_body_of(before), after) if marked else (before, _body_of(after))
    mark = "**" if _is_plain(console) else ""
    sentence = _flat(marked)
    words = sentence.removesuffix(_DOT)  # the dot is not marked
    rest = f"{sentence[len(words) :]} {_flat(after)}".rstrip().removesuffix(_DOT)
    return Text.assemble(
        _flat(before) + " " * bool(marked and before.strip()),
        (f"{mark}{words}{mark}" if words else "", "bold yellow"),
        rest if marked else rest.lstrip(),
    )


def _body_of(text: str) -> str:
    """The beginning of an article, without its front matter if that is complete in ``text``."""
    return text[front_matter_end(text) :]


def _is_plain(console: Console) -> bool:
    """Whether to print without colours: in a pipe, or because the user asked for it."""
    return console.no_color or console.color_system is None


def _flat(text: str) -> str:
    """The text on one line, with a middle dot after each heading."""
    return one_line(_HEADING.sub(rf"\1{_DOT} ", text))
