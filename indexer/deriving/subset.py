"""The passages of a vector index that a search may return: those allowed that are alive.

A subset is made once for a generation or a filter, and used by each question.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids
from indexer.deriving.clusters import Clusters

Mask = npt.NDArray[np.bool_]


class Subset:
    """The passages whose position ``mask`` has, in an index with these clusters."""

    def __init__(self, mask: Mask, clusters: Clusters | None = None) -> None:
        self._mask = mask
        self._clusters = clusters
        self.size = int(np.count_nonzero(mask))

    @classmethod
    def of(
        cls, ids: Ids, allowed: Ids | None, dead: Ids | None, clusters: Clusters | None
    ) -> "Subset | None":
        """Those of ``ids`` that are ``allowed`` and not ``dead``, all ascending; None for all."""
        if allowed is None and (dead is None or not len(dead)):
            return None
        if allowed is None:
            mask = np.ones(len(ids), bool)
        else:
            mask = np.zeros(len(ids), bool)
            mask[positions(ids, allowed)] = True
        if dead is not None:
            mask[positions(ids, dead)] = False
        return cls(mask, clusters)

    def has(self, places: Ids) -> Mask:
        """Whether each of these positions is one of them."""
        found: Mask = self._mask[places]
        return found

    @cached_property
    def bits(self) -> npt.NDArray[np.uint8]:
        """The mask as FAISS reads it."""
        return np.packbits(self._mask, bitorder="little")

    @cached_property
    def positions(self) -> Ids:
        """The positions in the index, ascending."""
        return np.flatnonzero(self._mask)

    @cached_property
    def counts(self) -> Ids:
        """How many of the passages each cluster has."""
        if self._clusters is None:
            return np.empty(0, np.int64)
        return np.bincount(self._clusters.of_each[self._mask], minlength=self._clusters.count)


def positions(ids: Ids, wanted: Ids) -> Ids:
    """The positions of those ``wanted`` that are among ``ids``; both ascending."""
    if not len(ids):
        return np.empty(0, np.int64)
    places = np.searchsorted(ids, wanted)
    places[places == len(ids)] = 0
    found: Ids = places[ids[places] == wanted]
    return found
