"""Which passages ``--under`` allows, remembered for the recent patterns of one generation.

To find them, the names of all articles are read. But someone who searches in a folder asks several
questions there, and the page asks one with each letter that is typed.
"""

from indexer.arrays import Ids
from indexer.storing.snapshot import Snapshot
from search.ranking.recent import Recent

_MOST = 4_000_000
"""Ids that are remembered in all, which take 32 MB."""


class Allowed:
    """The passages that patterns allow. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._known: Recent[Ids] = Recent(most)

    def under(self, pattern: str, snapshot: Snapshot) -> Ids:
        """The ids of the passages that ``pattern`` names in the generation of ``snapshot``.

        Ascending; it must always be the same generation.
        """
        known = self._known.get(pattern)
        return self._known.add(pattern, snapshot.under(pattern)) if known is None else known
