"""Read one generation of all shards as a single snapshot."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.errors import DamagedIndex
from indexer.storing.facets import place_of
from indexer.storing.folder import index_option
from indexer.storing.schema import MANIFEST
from indexer.storing.shards.numbering import Numbering
from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredArticle, StoredPassage
from indexer.types import Block, Facets, Span

T = TypeVar("T")


class GatheredSnapshot(Snapshot):
    """The generations of several shards as one; passages and articles are numbered over all.

    ``shards`` are the snapshots of the shards, by the number of each.
    """

    def __init__(self, folder: Path, shards: Mapping[int, Snapshot], numbering: Numbering) -> None:
        self.folder = folder
        self.shards = shards
        self.numbering = numbering
        self.dimension = next(iter(shards.values())).dimension

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these numbers, by number."""
        number = self.numbering.number
        return {
            number(row, shard): replace(
                it, id=number(row, shard), article_id=number(it.article_id, shard)
            )
            for shard, rows in self._by_shard(ids)
            for row, it in self.shards[shard].passages(rows).items()
        }

    def parts(self, ids: Sequence[int]) -> dict[int, bytes | None]:
        """The sentence vectors of passages, packed (see ``evidence``), by number."""
        return {
            self.numbering.number(row, shard): packed
            for shard, rows in self._by_shard(ids)
            for row, packed in self.shards[shard].parts(rows).items()
        }

    def named(self, name: str, source: str | None = None) -> list[StoredArticle]:
        """The articles with this name, at most one per source, in the order of the sources."""
        found = [it for part in self.shards.values() for it in part.named(name, source)]
        return sorted(found, key=lambda it: it.source)

    def texts(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The number and the text of each of these articles, in UTF-8 and not compared."""
        return self._of_articles(ids, lambda part, rows: part.texts(rows))

    def blocks(self, ids: Iterable[int]) -> Iterator[tuple[int, tuple[Block, ...]]]:
        """The number and the blocks of each of these articles."""
        return self._of_articles(ids, lambda part, rows: part.blocks(rows))

    def _of_articles(
        self, ids: Iterable[int], read: Callable[[Snapshot, Sequence[int]], Iterator[tuple[int, T]]]
    ) -> Iterator[tuple[int, T]]:
        for shard, rows in self._by_shard(list(ids)):
            for row, found in read(self.shards[shard], rows):
                yield self.numbering.number(row, shard), found

    def staged(self) -> int | None:
        """How many articles the next generation has so far; None if none has been started."""
        found = [part.staged() for part in self.shards.values()]
        begun = [count for count in found if count is not None]
        return sum(begun) if begun else None

    def passages_of(self, article: str) -> list[int]:
        """The numbers of the passages of all articles with this name."""
        return sorted(
            self.numbering.number(row, shard)
            for shard, part in self.shards.items()
            for row in part.passages_of(article)
        )

    def spans_of(self, articles: Collection[str]) -> Mapping[str, Mapping[int, Span]]:
        """Where the passages of the articles with these names are: the span of each by number."""
        found: dict[str, dict[int, Span]] = {}
        for shard, part in self.shards.items():
            for name, of in part.spans_of(articles).items():
                numbered = {self.numbering.number(row, shard): span for row, span in of.items()}
                found[name] = dict(sorted({**found.get(name, {}), **numbered}.items()))
        return found

    def passages_within(self, article: str, source: str, start: int, end: int) -> Ids:
        """The numbers of an article's passages that overlap the characters ``start`` to ``end``."""
        return self._numbers(lambda part: part.passages_within(article, source, start, end))

    def matching(self, facets: Facets) -> Ids:
        """The numbers of the passages of the articles that ``facets`` describe; empty if none.

        What a pattern means is found out among the articles of all shards.
        """
        place = place_of(self.rows, facets)
        if place is None:
            return np.empty(0, np.int64)
        return self._numbers(lambda part: part.matching_in(place, facets))

    def _numbers(self, read: Callable[[Snapshot], Ids]) -> Ids:
        """The numbers of the rows that are read from each shard, ascending."""
        number = self.numbering.numbers
        found = [number(read(part), shard) for shard, part in self.shards.items()]
        return np.sort(np.concatenate(found))

    def vectors(self, after: int = 0) -> Iterator[tuple[Ids, Vectors]]:
        """Yield numbers and vectors of all passages in blocks, ascending within each shard.

        ``after`` must be 0: the numbers of shards lie between each other.
        """
        for shard, part in self.shards.items():
            for ids, vectors in part.vectors(after):
                yield self.numbering.numbers(ids, shard), vectors

    def lowest_keys(self, count: int) -> list[tuple[bytes, int]]:
        """The lowest keys of ``count`` or fewer passages, and their numbers."""
        found = (
            [(key, self.numbering.number(row, shard)) for key, row in part.lowest_keys(count)]
            for shard, part in self.shards.items()
        )
        return list(islice(merge(*found), count))

    def vectors_of(self, ids: Sequence[int]) -> tuple[Ids, Vectors]:
        """The same numbers without repeats, ascending, and their vectors ``(n, dimension)``."""
        numbers, vectors = [np.empty(0, np.int64)], [np.empty((0, self.dimension), np.float32)]
        for shard, rows in self._by_shard(ids):
            its, found = self.shards[shard].vectors_of(rows)
            numbers.append(self.numbering.numbers(its, shard))
            vectors.append(found)
        every = np.concatenate(numbers)
        order = np.argsort(every)
        return every[order], np.concatenate(vectors)[order]

    def documents(self, after: int = 0) -> Iterator[tuple[int, str]]:
        """Yield the number, and the title and text, of all passages; ``after`` must be 0."""
        for shard, part in self.shards.items():
            for row, text in part.documents(after):
                yield self.numbering.number(row, shard), text

    def extent(self) -> tuple[int, int]:
        """The number of passages, and the highest number of any; 0 if there are none."""
        found = {shard: part.extent() for shard, part in self.shards.items()}
        highest = [self.numbering.number(last, shard) for shard, (_, last) in found.items() if last]
        return sum(size for size, _ in found.values()), max(highest, default=0)

    def article_names(self) -> list[str]:
        """The names of all articles, sorted; a name that two sources have appears twice."""
        return list(merge(*(part.article_names() for part in self.shards.values())))

    def sources(self) -> list[tuple[str, int]]:
        """The path of each remembered source, and how many articles it has."""
        counts: dict[str, int] = {}
        for part in self.shards.values():
            for path, count in part.sources():
                counts[path] = counts.get(path, 0) + count
        return sorted(counts.items())

    def damaged(self, reason: str) -> DamagedIndex:
        """The error for damage found in this index."""
        advice = f". Run `locus verify{index_option(self.folder)}` to see what is damaged"
        return DamagedIndex(self.folder / MANIFEST, reason, advice)

    def rows(self, sql: str, **values: object) -> "ChainedRows":
        """The rows that a query has in each shard, one shard after the other."""
        shards = self.shards.values()
        return ChainedRows(row for part in shards for row in part.rows(sql, **values))

    def _by_shard(self, numbers: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """The rows of each shard that are among these numbers; none of an unknown shard."""
        for shard, rows in self.numbering.by_shard(numbers).items():
            if shard in self.shards:
                yield shard, rows


class ChainedRows:
    """The rows of several statements, one after the other. They are executed when needed."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:  # noqa: ANN401 - as sqlite3 has it
        """The next row; None after the last."""
        return next(self._rows, None)

    def fetchmany(self, size: int, /) -> list[Any]:
        """At most ``size`` of the next rows."""
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        """All of the next rows."""
        return list(self._rows)
