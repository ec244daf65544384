"""Where passages are in their article, in words of its format: a page, and the headings above."""

from bisect import bisect_right
from collections.abc import Iterable

from indexer.reading.formats.texts.inline_marks import without_marks
from indexer.types import Article, Block

_LONGEST = 80
_MARKED = (".md", ".markdown", ".ipynb")
"""Files in whose headings words have marks, such as ``**bold**``."""
_BETWEEN = " > "


def places(article: Article, starts: Iterable[int]) -> dict[int, str]:
    """The place of each passage by its start, for those that have one.

    >>> text = "Tides" + chr(10) + "The sea rises."
    >>> tides = Article("a", "", text, (Block(0, 5, "heading", 1),), (Location(0, "page 7"),))
    >>> places(tides, [6])
    {6: 'page 7, “Tides”'}
    """
    headings = [it for it in article.blocks if it.kind == "heading"]
    if not headings and not article.locations:
        return {}
    pages = [it.start for it in article.locations]
    # Its line: a passage begins before the marks of a heading in Markdown.
    begins = [article.text.rfind("\n", 0, it.start) + 1 for it in headings]
    paths = list(_paths(article, headings))
    found = {}
    for start in starts:
        page, heading = bisect_right(pages, start), bisect_right(begins, start)
        label = _short(article.locations[page - 1].label) if page else ""
        path = paths[heading - 1] if heading else []
        if path and label.endswith(path[0]):  # "chapter 3: Amnesty" under the heading "Amnesty"
            path = path[1:]
        heading_path = f"“{_BETWEEN.join(path)}”" if path else ""
        if place := ", ".join(filter(None, (label, heading_path))):
            found[start] = place
    return found


def _paths(article: Article, headings: Iterable[Block]) -> Iterable[list[str]]:
    """Each heading with those above it, but without the title of the article."""
    above: list[tuple[int, str]] = []
    bare = without_marks if article.name.lower().endswith(_MARKED) else str
    for it in headings:
        while above and above[-1][0] >= it.level:
            above.pop()
        words = bare(article.text[it.start : it.end].lstrip("#= \t"))
        above.append((it.level, _short(words)))
        path = [text for _, text in above if text]
        yield path[1:] if path and path[0] == article.title else path


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"
