"""Which passages ``--under`` allows, remembered for the recent patterns of one generation.

To find them, the names of all articles are read. But someone who searches in a folder asks several
questions there, and the page asks one with each letter that is typed.
"""

from collections import OrderedDict
from threading import Lock

from indexer.arrays import Ids
from indexer.storing.snapshot import Snapshot

_MOST = 4_000_000
"""Ids that are remembered in all, which take 32 MB."""


class Allowed:
    """The passages that patterns allow. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._count = 0
        self._lock = Lock()
        self._known: OrderedDict[str, Ids] = OrderedDict()
        """By pattern, the least recently used first."""

    def under(self, pattern: str, snapshot: Snapshot) -> Ids:
        """The ids of the passages that ``pattern`` names in the generation of ``snapshot``.

        Ascending; it must always be the same generation.
        """
        with self._lock:
            if pattern in self._known:
                self._known.move_to_end(pattern)
                return self._known[pattern]
        found = snapshot.under(pattern)
        size = len(found) + 1  # a pattern that names nothing needs memory too
        with self._lock:
            if size <= self._most and pattern not in self._known:
                self._known[pattern] = found
                self._count += size
                while self._count > self._most:
                    self._count -= len(self._known.popitem(last=False)[1]) + 1
        return found
