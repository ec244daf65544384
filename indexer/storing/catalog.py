"""Read the articles of an index by name, for ``locus list`` and ``locus show``.

A ``snapshot`` also reads vectors, and so imports numpy. A catalog does not, so these commands start
faster. It serves one command in one thread.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from indexer.storing import schema
from indexer.storing.database import (
    Results,
    damaged,
    database_errors,
    open_for_reading,
)
from indexer.storing.facets import EVERYWHERE
from indexer.storing.folder import not_finished
from indexer.storing.published import newest_generation
from indexer.storing.sources import counted_sources
from indexer.storing.structure import unpack_metadata
from indexer.storing.under import Rows, meaning
from indexer.types import Metadata

Counting = Literal["nothing", "passages", "everything"]


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article in a list; ``passages`` and ``characters`` are None if they were not counted.

    ``metadata`` has nothing in it either unless everything was asked for.
    """

    article: str
    source: str
    title: str
    passages: int | None = None
    characters: int | None = None
    metadata: Metadata = field(default_factory=Metadata)


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article with its text as it was indexed, and the SHA-256 of that text, in hex."""

    article: str
    source: str
    title: str
    sha256: str
    text: str


class Catalog:
    """The articles and sources of one generation, for the block of ``open_catalog``.

    Each method raises IndexFolderError if the index cannot be read.
    """

    def __init__(self, execute: Rows, folder: Path, generation: int) -> None:
        """``execute`` executes a statement over the generation."""
        self._execute = execute
        self._folder = folder
        self.generation = generation

    def articles(
        self, pattern: str | None = None, counting: Counting = "nothing"
    ) -> Iterator[ListedArticle]:
        """The articles, by source and name; those that ``pattern`` names (see ``under``), or all.

        They are read one by one, so a million of them need little memory. Counting characters
        reads the whole text of each.
        """
        place = EVERYWHERE if pattern is None else meaning(self.rows, pattern)
        if place is not None:
            yield from self.articles_in(place, counting)

    def articles_in(self, place: tuple[str, str], counting: Counting) -> Iterator[ListedArticle]:
        """As ``articles``, if it is known what a pattern means (see ``under``)."""
        condition, name = place
        characters = "(SELECT length(text) FROM texts WHERE article = articles.id)"
        counts = {
            "nothing": "NULL, NULL, NULL",
            "passages": "passages, NULL, NULL",
            "everything": f"passages, {characters}, metadata",
        }[counting]
        sources = self.rows("SELECT id FROM sources ORDER BY path").fetchall()
        for (source,) in sources:  # one at a time, so that SQLite has nothing to sort
            rows = self.rows(
                f"SELECT name, path, title, {counts}"
                " FROM articles JOIN sources ON sources.id = source"
                f" WHERE source = :source AND {schema.VISIBLE} AND {condition} ORDER BY name",
                source=source,
                name=name,
            )
            for article, path, title, passages, length, packed in rows:
                try:
                    metadata = unpack_metadata(packed)
                except (ValueError, TypeError) as error:
                    raise damaged(self._folder, f"the metadata of {article!r}: {error}") from None
                yield ListedArticle(article, path, title, passages, length, metadata)

    def sources(self) -> list[tuple[str, int]]:
        """Each remembered source's path, and how many articles it has."""
        return counted_sources(self.rows)

    def named(self, name: str, sources: Sequence[str] = ()) -> list[ArticleText]:
        """The articles with this name, at most one per source; only of ``sources`` if given.

        Raises DamagedIndex if a text does not match its SHA-256.
        """
        rows = self.rows(
            "SELECT name, path, title, sha256, texts.text"
            " FROM articles JOIN sources ON sources.id = source JOIN texts ON article = articles.id"
            # With a condition on the source, SQLite can look the name up in an index.
            f" WHERE source IN (SELECT id FROM sources) AND name = :name AND {schema.VISIBLE}"
            " ORDER BY path",
            name=name,
        )
        found = [ArticleText(*row) for row in rows if not sources or row[1] in sources]
        for it in found:
            if hashlib.sha256(it.text.encode()).hexdigest() != it.sha256:
                reason = f"the text of article {name!r}: checksum mismatch"
                raise damaged(self._folder, reason)
        return found

    def rows(self, sql: str, **values: object) -> Results:
        """Execute a query; ``:generation`` in it is this generation (see ``schema.VISIBLE``)."""
        return self._execute(sql, generation=self.generation, **values)


@contextmanager
def open_catalog(folder: Path) -> Iterator[Catalog]:
    """The published generation of the index in ``folder``, which does not change during the block.

    Raises IndexFolderError: NotAnIndex if no finished index exists, VersionMismatch, DamagedIndex.

    >>> with open_catalog(Path(".locus")) as catalog:
    ...     print([it.article for it in catalog.articles("notes")])
    """
    with closing(open_for_reading(folder)) as connection, database_errors(folder):
        connection.execute("BEGIN")
        newest = newest_generation(connection, folder)
        if newest is None:
            raise not_finished(folder)
        yield Catalog(lambda sql, **values: connection.execute(sql, values), folder, int(newest[0]))
