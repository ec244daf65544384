"""Find the passages of the articles with certain names, dates, tags and authors.

What a file says of its article is in ``articles.metadata`` (see ``Metadata`` in ``indexer.types``).
An article whose file does not say it is not among those found. Imports nothing heavy.
"""

from typing import TYPE_CHECKING

from indexer.storing import schema
from indexer.storing.under import Rows, meaning
from indexer.types import Facets

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST, _LAST = "0000-01-01", "9999-12-31"
EVERYWHERE = ("TRUE", "")
"""The condition for every article, and the value of its ``:name``."""
_OF_ARTICLE = "json_extract(metadata, '$.date')"


def place_of(rows: Rows, facets: Facets) -> tuple[str, str] | None:
    """What ``facets.under`` means (see ``under``); None if no article is there.

    Without ``under``, every article is.
    """
    return EVERYWHERE if facets.under is None else meaning(rows, facets.under)


def passages_matching(rows: Rows, facets: Facets, place: tuple[str, str]) -> "Iterable[tuple[int]]":
    """The ids of the passages of the articles that ``facets`` describe, ascending, one a row.

    ``place`` is that of ``place_of``.
    """
    where, values = [place[0]], {"name": place[1]}
    if facets.since is not None:
        where.append(f"{_OF_ARTICLE} || substr('{_LAST}', length({_OF_ARTICLE}) + 1) >= :since")
        values["since"] = facets.since + _FIRST[len(facets.since) :]
    if facets.until is not None:
        where.append(f"{_OF_ARTICLE} || substr('{_FIRST}', length({_OF_ARTICLE}) + 1) <= :until")
        values["until"] = facets.until + _LAST[len(facets.until) :]
    for number, tag in enumerate(facets.tags):
        where.append(_having("tags", f"casefold(value) = :tag{number}"))
        values[f"tag{number}"] = tag.casefold()
    for number, author in enumerate(facets.authors):
        where.append(_having("authors", f"instr(casefold(value), :author{number})"))
        values[f"author{number}"] = author.casefold()
    return rows(
        # The articles first: with a join SQLite would look up that of each passage.
        "SELECT id FROM passages WHERE article IN (SELECT articles.id FROM articles"
        f" LEFT JOIN sources ON sources.id = source WHERE {schema.VISIBLE}"
        f" AND {' AND '.join(where)}) ORDER BY 1",
        **values,
    )


def undated(rows: Rows) -> int:
    """The number of articles without a date."""
    found = rows(f"SELECT count(*) FROM articles WHERE {schema.VISIBLE} AND {_OF_ARTICLE} IS NULL")
    return sum(int(count) for (count,) in found)


def _having(key: str, condition: str) -> str:
    """Whether a list in the metadata has an element that meets a condition."""
    return f"EXISTS (SELECT 1 FROM json_each(metadata, '$.{key}') WHERE {condition})"
