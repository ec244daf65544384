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
                growing[key][place, int(number[:9]) - page] += 1
    grows = {key for key, found in growing.items() if max(found.values()) > 1}
    least = min(_LEAST, max(2, sum(map(bool, pages))))
    return [
        line
        if line is not None
        and (
            key in grows
            or (key and counts[key] >= least)
            or line.text.strip(_AROUND) == str(number)
        )
        else None
        for number, (line, key) in enumerate(zip(outer, keys, strict=True), 1)
    ]


def _key(line: Line) -> tuple[str, int]:
    """A line without its numbers, and its height on the page in steps of a few points."""
    text = _NUMBER.sub("#", line.text)
    text = "#" if _ROMAN.fullmatch(text) else text
    return text.casefold(), round(line.bottom / 6)
