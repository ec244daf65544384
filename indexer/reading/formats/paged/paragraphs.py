"""Join the lines of printed pages into paragraphs.

Lines have no marks that say where a paragraph ends, so it is found out from where they are: by the
distance to the next line, its indent, or a line that ends early although the next word had room. A
paragraph that runs over the end of a page or column stays whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import quantiles
from typing import NamedTuple

SAME_SIZE = 1.12
HEADING_SIZE = 1.14
"""How many times as large as the body's most letters of a heading are. LaTeX's smallest: 1.2."""
_OVER = "\n\n"
_GAP = 1.3
"""How many times the usual distance of two lines ends a paragraph."""
_HEADING_GAP = 1.6
"""The same for the lines of a heading, which have nothing but this to tell them apart."""
_LEVEL = 0.3
"""The part of its height by which a line may be higher or lower than another beside it."""
_INDENT = 0.7
_DEEPEST_INDENT = 6
_WIDEST = 1.3
"""How many times the usual width letters have in a word of wide ones."""
_NEAR = 8
"""Lines before and after in which the right edge of a column is looked for."""
_BULLET = re.compile(r"[•◦▪‣●○■□–—·*-]\s")
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]\s")
_ENDS = re.compile(r"[.!?…:;。！？؟۔।][\"'”’»)\]]*$")
WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Scripts that put no space between words."""


class Line(NamedTuple):
    """A line of a page: its text and place in points, with ``bottom`` growing up the page.

    ``height`` is that of the font. ``hyphen`` says that a hyphen ended it, which is removed.
    """

    text: str
    left: float
    right: float
    bottom: float
    height: float
    hyphen: bool = False


class Placed(NamedTuple):
    """A line, the number of its page, and the right edge of other lines in its column."""

    line: Line
    page: int
    edge: float

    @property
    def ends_early(self) -> bool:
        return self.line.right < self.edge - self.line.height

    def has_room_for(self, line: Line) -> bool:
        """Whether the first word of the next line would have fitted into this one."""
        if WIDE.match(line.text):
            return self.ends_early
        word = len(line.text.partition(" ")[0]) + 1
        width = (line.right - line.left) * word / max(1, len(line.text))
        return self.line.right + width * _WIDEST < self.edge


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: list[Placed] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    """What is between each line and the next: a space or a line end."""


def paragraphs(pages: Sequence[Sequence[Line]], body: float) -> list[Paragraph]:
    """The paragraphs of all pages; footnotes come after the paragraph that ends the page.

    ``body`` is the height of most letters.
    """
    pitch = _pitch(pages)
    found: list[Paragraph] = []
    current: list[Paragraph] = []
    notes: list[Paragraph] = []
    for number, lines in enumerate(pages, 1):
        placed = _placed(lines, number)
        cut = _notes_start(lines, body)
        for it in placed[:cut]:
            _add(it, current, body, pitch)
            if len(current) > 1:
                found += [current.pop(0), *notes]
                notes = []
        own: list[Paragraph] = []
        for it in placed[cut:]:
            _add(it, own, body, pitch)
        notes += own
    return [*found, *current, *notes]


def _add(placed: Placed, to: list[Paragraph], body: float, pitch: float) -> None:
    """Continue the last paragraph with a line, or begin one."""
    end = _between(to[-1].lines[-1], placed, body, pitch) if to else _OVER
    if end == _OVER:
        to.append(Paragraph([placed]))
    else:
        to[-1].ends.append(end)
        to[-1].lines.append(placed)


def _pitch(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance of two lines of a paragraph, in heights of the font."""
    ratios = [
        (one.bottom - other.bottom) / one.height
        for page in pages
        for one, other in pairwise(page)
        if one.height > 0 and 0.5 < (one.bottom - other.bottom) / one.height < 3  # noqa: PLR2004
    ]
    return quantiles(ratios, n=4, method="inclusive")[0] if len(ratios) > 1 else 1.2


def _notes_start(lines: Sequence[Line], body: float) -> int:
    """The number of lines before the small ones that end a page; all if these are most of it."""
    cut = len(lines)
    while cut and lines[cut - 1].height * SAME_SIZE < body:
        cut -= 1
    lowest = min((it.bottom for it in lines[:cut]), default=0.0)
    if cut < len(lines) / 2 or any(it.bottom > lowest for it in lines[cut:]):
        return len(lines)
    return cut


def _placed(lines: Sequence[Line], page: int) -> list[Placed]:
    placed = []
    for n, line in enumerate(lines):
        near = range(max(0, n - _NEAR), min(len(lines), n + _NEAR + 1))
        edges = [
            lines[it].right
            for it in near
            if it != n
            and abs(lines[it].left - line.left) < 3 * line.height + 1
            and lines[it].height <= line.height * SAME_SIZE
        ]
        edge = max(edges, default=inf)
        placed.append(Placed(line, page, edge))
    return placed


def _between(before: Placed, placed: Placed, body: float, pitch: float) -> str:
    """What separates two lines: a space, a line end, or two if the paragraph is over."""
    last, line = before.line, placed.line
    down = last.bottom - line.bottom
    small, large = sorted((last.height, line.height))
    turned = placed.page != before.page or down < -_LEVEL * last.height
    if not turned and abs(down) < _LEVEL * small and line.left > last.left:
        return " "  # the cells of a row
    if large > small * SAME_SIZE:
        return _OVER
    heading = large >= body * HEADING_SIZE and down < _HEADING_GAP * pitch * large
    if last.hyphen or (heading and not turned):
        return " "
    if turned:
        return _over_the_end(before, placed)
    return _OVER if down > _GAP * pitch * large else _within_a_column(before, line)


def _over_the_end(before: Placed, placed: Placed) -> str:
    """What separates the last line of a page or column from the first of the next."""
    line = placed.line
    ends = _ENDS.search(before.line.text) is not None
    if before.edge < placed.edge < inf and abs(before.line.left - line.left) < line.height:
        before = before._replace(edge=placed.edge)
    over = before.has_room_for(line) and (ends or not line.text[0].islower())
    return _OVER if over or _BULLET.match(line.text) else " "


def _within_a_column(before: Placed, line: Line) -> str:
    """What separates two lines at the usual distance."""
    last = before.line
    ends = _ENDS.search(last.text) is not None
    room = before.has_room_for(line)
    if _BULLET.match(line.text) or (_NUMBER.match(line.text) and (ends or room)):
        return "\n"
    item = _BULLET.match(last.text) or _NUMBER.match(last.text)
    indent = (line.left - last.left) / max(1.0, line.height)
    indented = not item and _INDENT < indent < _DEEPEST_INDENT
    if room or (indented and ends):
        return _OVER if ends or indented else "\n"
    return " "
