"""Which passages ``--under``, ``--since`` and the like allow, remembered for one generation.

To find them, the names and the metadata of all articles are read. But someone who searches in a
folder asks several questions there, and the page asks one with each letter that is typed.
"""

from collections import OrderedDict
from threading import Lock

from indexer.arrays import Ids
from indexer.deriving.subset import Subset
from indexer.deriving.vectors import VectorIndex
from indexer.storing.snapshot import Snapshot
from indexer.types import Facets
from search.ranking.recent import Recent

_MOST = 4_000_000
"""Ids that are remembered in all, which take 32 MB."""
_SUBSETS = 8
"""A subset of a million passages takes about ten megabytes at most."""


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


class Subsets:
    """The same passages as a vector index reads them, for the filters used last. Thread-safe."""

    def __init__(self, most: int = _SUBSETS) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[int, tuple[Ids, Subset | None]] = OrderedDict()
        """By the identity of the array, which is kept so that no other gets the same."""

    def of(self, allowed: Ids, index: VectorIndex, dead: Ids) -> Subset | None:
        """Those of an index that are ``allowed`` and not ``dead``; always of the same index."""
        with self._lock:
            if id(allowed) in self._known:
                self._known.move_to_end(id(allowed))
                return self._known[id(allowed)][1]
        found = index.subset(allowed, dead)
        with self._lock:
            self._known[id(allowed)] = allowed, found
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return found
