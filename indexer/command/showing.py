"""What ``locus show`` prints: an article as it was indexed, or a part of it.

Offsets count characters of the article's text, lines count from 1, both as in hits.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import QueryError
from indexer.storing.catalog import ArticleText, Catalog
from indexer.storing.near import unknown_article
from indexer.storing.origin import names_of

_PLACE = re.compile(r"(.+):([0-9]{1,18})(?:-([0-9]{1,18}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    r"""The characters ``start`` to ``end`` of an article.

    >>> Part(ArticleText("sea.md", "/notes", "Sea", "0" * 64, "Salt.\nTides.\n"), 6, 11).line
    2
    """

    of: ArticleText
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.of.text[self.start : self.end]

    @property
    def line(self) -> int:
        """The line on which it starts."""
        return self.of.text.count("\n", 0, self.start) + 1

    def as_json(self) -> dict[str, Any]:
        """One object for scripts; ``text`` is exact."""
        return {
            "article": self.of.article,
            "source": self.of.source,
            "title": self.of.title,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "text": self.text,
        }

    def with_context(self, lines: int) -> "Part":
        """The part extended to whole lines, with so many more ``lines`` before and after it."""
        text = self.of.text
        start = text.rfind("\n", 0, self.start) + 1
        last = max(self.start, self.end - 1)  # a line break at the end belongs to its line
        end = text.find("\n", last) + 1 or len(text)
        for _ in range(lines):
            start = text.rfind("\n", 0, max(start - 1, 0)) + 1
            end = text.find("\n", end) + 1 or len(text)
        return Part(self.of, start, end)


def find_part(catalog: Catalog, folder: Path, asked: str, source: str | None = None) -> Part:
    """The part that ``ARTICLE``, ``ARTICLE:START-END`` or ``ARTICLE:LINE`` names.

    ``ARTICLE`` is a name as hits show it, or the path of a file. The whole of ``asked`` is tried
    first, because a name can end in a colon and a number.
    Raises QueryError if no article has the name, several have it, or it has no such part.
    """
    named = _named(catalog, asked)
    place = None
    if not named and (place := _PLACE.fullmatch(asked)):
        named = _named(catalog, place[1])
    if not named:
        raise _not_found(catalog, folder, place[1] if place else asked)
    article = _of_one_source(named, source)
    if place is None:
        return Part(article, 0, len(article.text))
    if place[3] is None:
        return _line(article, int(place[2]))
    start, end = int(place[2]), int(place[3])
    if not start <= end <= len(article.text):
        raise QueryError(
            f"{article.article!r} has {len(article.text):,} characters, so it has no part"
            f" {start}-{end}. START and END are character offsets, and START must not exceed END"
        )
    return Part(article, start, end)


def _named(catalog: Catalog, asked: str) -> list[ArticleText]:
    """The articles of this name, or else that of the file at this path."""
    if named := catalog.named(asked):
        return list(named)
    sources = [Path(path) for path, _ in catalog.sources()]
    return [it for name in names_of(sources, asked) for it in catalog.named(name)]


def _not_found(catalog: Catalog, folder: Path, name: str) -> QueryError:
    from indexer.command.unindexed import why_not_indexed

    why = why_not_indexed(folder, name)
    return QueryError(why) if why else unknown_article(catalog.rows, folder, name)


def _of_one_source(named: Sequence[ArticleText], source: str | None) -> ArticleText:
    name = named[0].article
    sources = ", ".join(it.source for it in named)
    if source is not None:
        paths = {source, os.path.abspath(source), os.path.realpath(source)}  # noqa: PTH100
        found = [it for it in named if it.source in paths]
        if not found:
            raise QueryError(
                f"the source {source} has no article {name!r}. The article is in: {sources}"
            )
        return found[0]
    if len(named) > 1:
        raise QueryError(
            f"several sources have an article {name!r}. Choose one with --source: {sources}"
        )
    return named[0]


def _line(article: ArticleText, number: int) -> Part:
    text = article.text
    lines = text.count("\n") + (not text.endswith("\n"))
    if not 1 <= number <= lines:
        raise QueryError(f"{article.article!r} has {lines:,} lines, so it has no line {number}")
    start = 0
    for _ in range(number - 1):
        start = text.index("\n", start) + 1
    return Part(article, start, text.find("\n", start) + 1 or len(text))
