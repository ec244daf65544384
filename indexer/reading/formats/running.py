"""Find the running heads and page numbers of printed pages, and leave them out.

A line at the top or bottom of a page is one if other pages have it at the same height, apart from
its numbers, or if it is a number that grows with the pages.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from indexer.reading.formats.paragraphs import Line

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


def without(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of each page without its running heads and page numbers."""
    kept = [list(page) for page in pages]
    for at_top in (True, False):
        left = [True] * len(kept)
        for _ in range(_MOST):
            found = _repeated(kept, left, at_top=at_top)
            for number, line in enumerate(found):
                if line is None:
                    left[number] = False
                else:
                    kept[number].remove(line)
    return kept


def _repeated(
    pages: Sequence[Sequence[Line]], left: Sequence[bool], *, at_top: bool
) -> list[Line | None]:
    """The outermost line of each page, if it is repeated."""
    outer: list[Line | None] = [
        (max if at_top else min)(page, key=lambda it: it.bottom) if page and more else None
        for page, more in zip(pages, left, strict=True)
    ]
    keys = [None if it is None or len(it.text) > _LONGEST else _key(it) for it in outer]
    counts = Counter(key for key in keys if key is not None)
    # How many pages have a number that is the page's plus the same constant, for each place in it.
    growing: dict[tuple[str, int], Counter[tuple[int, int]]] = defaultdict(Counter)
    for page, (line, key) in enumerate(zip(outer, keys, strict=True)):
        if line is not None and key is not None:
            for place, number in enumerate(_NUMBER.findall(line.text)):
                growing[key][place, int(number[:_DIGITS]) - page] += 1
    grows = {key for key, found in growing.items() if max(found.values()) > 1}
    least = min(_LEAST, max(2, sum(map(bool, pages))))
    numbered = _numbered(outer)
    return [
        line
        if line is not None
        and (
            key in grows
            or (key and counts[key] >= least)
            or _number(line, page)
            or page in numbered
        )
        else None
        for page, (line, key) in enumerate(zip(outer, keys, strict=True))
    ]


def _numbered(lines: Sequence[Line | None]) -> set[int]:
    """The pages whose line begins or ends with a number that grows with the pages.

    The rest may change from page to page, as the title of a section does.
    """
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for page, line in enumerate(lines):
        for word in set(line.text.split()[:: max(1, line.text.count(" "))]) if line else ():
            if line is not None and word.isdecimal() and len(word) < _DIGITS:
                found[int(word) - page, round(line.bottom / _STEP)].append(page)
    return {page for same in found.values() if len(same) >= _LEAST for page in same}


def _number(line: Line, page: int) -> bool:
    """Whether a line is only the page's number."""
    return line.text.strip(_AROUND) == str(page + 1)


def _key(line: Line) -> tuple[str, int]:
    """A line without its numbers, and its height on the page in steps of a few points."""
    text = _NUMBER.sub("#", line.text)
    text = "#" if _ROMAN.fullmatch(text) else text
    return text.casefold(), round(line.bottom / _STEP)
