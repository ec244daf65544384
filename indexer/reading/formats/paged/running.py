"""Find the running heads and page numbers of printed pages, and leave them out.

A line at the top or bottom of a page is one if other pages have it at the same height, apart from
its numbers, or if it is a number that grows with the pages.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from indexer.reading.formats.paged.paragraphs import HEADING_SIZE, Line

_MOST = 3
"""Lines that a head or foot may have."""
_LEAST = 3
"""Pages that have a line, if no number in it grows with the pages and there are so many pages."""
_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"\W*[ivxlc]{1,7}\W*", re.IGNORECASE)
_LONGEST = 200
_DIGITS = 9
_STEP = 6
"""Points by which lines may differ that have the same height on their pages."""
_AROUND = " -–—[]()|"


def without(pages: Sequence[Sequence[Line]], body: float) -> list[list[Line]]:
    """The lines of each page without its running heads and page numbers.

    ``body`` is the height of most letters. The last line of a page is kept: it is the page's text.
    """
    kept = [list(page) for page in pages]
    for at_top in (True, False):
        left = [True] * len(kept)
        for _ in range(_MOST):
            outer = [
                (max if at_top else min)(page, key=lambda it: it.bottom)
                if more and len(page) > 1
                else None
                for page, more in zip(kept, left, strict=True)
            ]
            repeated = _repeated(outer, body, sum(map(bool, pages)))
            for number, line in enumerate(outer):
                left[number] = line is not None and number in repeated
                if line is not None and number in repeated:
                    kept[number].remove(line)
    return kept


def _repeated(lines: Sequence[Line | None], body: float, count: int) -> set[int]:
    """The pages whose outermost line is repeated; ``count`` of all pages have text."""
    least = min(_LEAST, max(2, count))
    same: dict[tuple[str, int], set[int]] = defaultdict(set)
    growing: dict[tuple[tuple[str, int], int, int], set[int]] = defaultdict(set)
    numbers: set[int] = set()
    for page, line in enumerate(lines):
        if line is None or len(line.text) > _LONGEST:
            continue
        key = _key(line)
        roman = _ROMAN.fullmatch(line.text)
        same["#" if roman else line.text.casefold(), key[1]].add(page)
        if line.height > body * HEADING_SIZE:
            continue  # a title that is numbered, such as Lesson 3
        # Pages that have a number that is the page's plus the same constant.
        for place, number in enumerate(_NUMBER.findall(line.text)):
            growing[key, place, int(number[:_DIGITS]) - page].add(page)
        if line.text.strip(_AROUND) == str(page + 1):
            numbers.add(page)
    enough = (it for it in (*same.values(), *growing.values()) if len(it) >= least)
    return numbers.union(_numbered(lines, body), *enough)


def _numbered(lines: Sequence[Line | None], body: float) -> set[int]:
    """The pages whose line begins or ends with a number that grows with the pages.

    The rest may change from page to page, as the title of a section does.
    """
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for page, line in enumerate(lines):
        if line is None or line.height > body * HEADING_SIZE:
            continue
        words = line.text.split()
        for word in {words[0], words[-1]} if words else ():
            if word.isdecimal() and len(word) < _DIGITS:
                found[int(word) - page, round(line.bottom / _STEP)].append(page)
    return {page for same in found.values() if len(same) >= _LEAST for page in same}


def _key(line: Line) -> tuple[str, int]:
    """A line without its numbers, and its height on the page in steps of a few points."""
    return _NUMBER.sub("#", line.text).casefold(), round(line.bottom / _STEP)
