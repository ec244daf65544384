"""Read the articles of an index by name, whether it has shards or not.

Only an index of several shards needs numpy for that.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.storing.catalog import (
    ArticleText,
    Catalog,
    Counting,
    ListedArticle,
    open_catalog,
)
from indexer.storing.schema import is_sharded

if TYPE_CHECKING:
    from indexer.storing.shards.gathered import GatheredSnapshot


class GatheredCatalog(Catalog):
    """The articles and sources of all shards in one generation."""

    def __init__(self, snapshot: "GatheredSnapshot", generation: int) -> None:
        super().__init__(snapshot.rows, snapshot.folder, generation)
        self._snapshot = snapshot
        self._shards = [
            Catalog(part.rows, part.folder, generation) for part in snapshot.shards.values()
        ]

    def articles_in(self, place: tuple[str, str], counting: Counting) -> Iterator[ListedArticle]:
        """As ``articles``, if it is known what a pattern means (see ``under``)."""
        found = (shard.articles_in(place, counting) for shard in self._shards)
        return merge(*found, key=lambda it: (it.source, it.article))

    def sources(self) -> list[tuple[str, int]]:
        """Each remembered source's path, and how many articles it has."""
        return self._snapshot.sources()

    def named(self, name: str, sources: Sequence[str] = ()) -> list[ArticleText]:
        """The articles with this name, at most one per source; only of ``sources`` if given."""
        found = [it for shard in self._shards for it in shard.named(name, sources)]
        return sorted(found, key=lambda it: it.source)


@contextmanager
def catalog_of(folder: Path) -> Iterator[Catalog]:
    """As ``open_catalog``, for any index.

    >>> with catalog_of(Path(".locus")) as catalog:
    ...     print([it.article for it in catalog.articles("notes")])
    """
    if not is_sharded(folder):
        with open_catalog(folder) as catalog:
            yield catalog
        return
    from indexer.storing.shards.store import ShardedStore

    with ShardedStore(folder) as store, store.snapshot() as (state, snapshot):
        yield GatheredCatalog(snapshot, state.generation)
