"""Make one text of the lines of printed pages, without running heads and page numbers."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from indexer.reading.formats.paged import hyphens, running
from indexer.reading.formats.paged.paragraphs import (
    HEADING_SIZE,
    SAME_SIZE,
    WIDE,
    Line,
    Paragraph,
    paragraphs,
)
from indexer.types import Block, Location

_HEADING_CHARS = 200
_HEADING_LEVELS = 6
_SAME_LEVEL = 0.94
_TITLE_CHARS = 300


def title(pages: Sequence[Sequence[Line]]) -> str:
    """The largest text at the top of the first page, if it is larger than the body's."""
    lines = pages[0] if pages else []
    if not lines:
        return ""
    body = _body_height([lines, *pages[1:10]])
    high = max((it.height for it in lines if re.search(r"\w\w", it.text)), default=0.0)
    largest = [n for n, it in enumerate(lines) if it.height * SAME_SIZE > high]
    top, low = max(it.bottom for it in lines), min(it.bottom for it in lines)
    if not largest or high < body * HEADING_SIZE or lines[largest[0]].bottom < (top + low) / 2:
        return ""
    run = [lines[largest[0]].text]
    for before, now in pairwise(largest):
        if now != before + 1:
            break
        run.append(lines[now].text)
    found = " ".join(run)
    return found if len(found) <= _TITLE_CHARS else ""


def compose(
    pages: Sequence[Sequence[Line]],
) -> tuple[str, tuple[Block, ...], tuple[Location, ...]]:
    """The text of all pages, with its blocks and the beginning of each page."""
    body = _body_height(pages)
    kept = running.without(pages, body)
    found = paragraphs(kept, body)
    levels = _levels({it.lines[0].line.height for it in found if _is_heading(it, body)})
    mend = hyphens.Mender(line for page in kept for line in page)
    parts: list[str] = []
    blocks: list[Block] = []
    locations: list[Location] = []
    at = page = 0
    for paragraph in found:
        if parts:
            parts.append("\n\n")
            at += 2
        start = at
        for number, placed in enumerate(paragraph.lines):
            text = placed.line.text
            if placed.page != page or not locations:
                page = placed.page
                locations.append(Location(at, f"page {page}"))
            if number < len(paragraph.ends):
                following = paragraph.lines[number + 1].line
                end = paragraph.ends[number]
                text = mend(placed.line, following, _joined(text, following.text, end))
            parts.append(text)
            at += len(text)
        if _is_heading(paragraph, body):
            level = levels[paragraph.lines[0].line.height]
            blocks.append(Block(start, at, "heading", level))
        else:
            blocks.append(Block(start, at, "paragraph"))
    return "".join(parts), tuple(blocks), tuple(locations)


def _joined(text: str, following: str, end: str) -> str:
    """A line and what is between it and the next."""
    if end == " " and WIDE.match(text[-1]) and WIDE.match(following):
        return text
    return text + end


def _is_heading(paragraph: Paragraph, body: float) -> bool:
    lines = [it.line for it in paragraph.lines]
    return (
        min(it.height for it in lines) >= body * HEADING_SIZE
        and sum(len(it.text) for it in lines) <= _HEADING_CHARS
        and any(re.search(r"[^\W\d_]", it.text) for it in lines)
    )


def _levels(heights: set[float]) -> dict[float, int]:
    """The level of headings of each height; heights that nobody would tell apart have the same."""
    levels: dict[float, int] = {}
    level, first = 0, 0.0
    for height in sorted(heights, reverse=True):
        if not level or height < first * _SAME_LEVEL:
            level, first = min(level + 1, _HEADING_LEVELS), height
        levels[height] = level
    return levels


def _body_height(pages: Sequence[Sequence[Line]]) -> float:
    """The height of most letters."""
    heights: Counter[float] = Counter()
    for page in pages:
        for line in page:
            heights[round(line.height * 2) / 2] += len(line.text)
    return heights.most_common(1)[0][0] if heights else 0.0
