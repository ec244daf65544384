"""Which passages ``--under``, ``--since`` and the like allow, remembered for one generation.

To find them, the names and the metadata of all articles are read. But someone who searches in a
folder asks several questions there, and the page asks one with each letter that is typed.
"""

from indexer.arrays import Ids
from indexer.storing.snapshot import Snapshot
from indexer.types import Facets
from search.ranking.recent import Recent

_MOST = 4_000_000
"""Ids that are remembered in all, which take 32 MB."""


class Allowed:
    """The passages that the facets of recent questions allow. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._known: Recent[Facets, Ids] = Recent(most)

    def matching(self, facets: Facets, snapshot: Snapshot) -> Ids:
        """The ids of the passages that ``facets`` describe in the generation of ``snapshot``.

        Ascending; it must always be the same generation.
        """
        known = self._known.get(facets)
        return self._known.add(facets, snapshot.matching(facets)) if known is None else known
