"""The vectors of all shards, which find the candidates for a question by meaning.

Each shard is asked for the passages nearest to the question, and the nearest of all are taken. What
is typical is measured on one sample of all shards.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Self

from indexer.arrays import Ids, Vectors
from indexer.storing.shards.gathered import GatheredSnapshot
from indexer.storing.shards.manifest import ShardedState
from indexer.storing.shards.numbering import Numbering
from search.ranking.filters import EVERYTHING, Filter
from search.ranking.fusion import Candidates
from search.ranking.meaning import SAMPLE, Meaning, typical_cosine
from search.scaling.merging import best_of, in_order, part_of

_FILTERS = 8
"""Filters whose parts are remembered."""


class PartsOfFilters:
    """The parts of the filters used last, one for each shard. Thread-safe.

    ``Meaning`` recognises a filter by the identity of its array, so a part must stay the same.
    """

    def __init__(self, most: int = _FILTERS) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[int, tuple[Ids, dict[int, Filter]]] = OrderedDict()

    def of(self, wanted: Filter, shard: int, numbering: Numbering) -> Filter:
        """The part of a filter for one shard."""
        if wanted.allowed is None or len(wanted.without):
            return part_of(wanted, shard, numbering)
        with self._lock:
            _, parts = self._known.setdefault(id(wanted.allowed), (wanted.allowed, {}))
            self._known.move_to_end(id(wanted.allowed))
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            if shard not in parts:
                parts[shard] = part_of(wanted, shard, numbering)
            return parts[shard]


@dataclass(frozen=True, slots=True)
class GatheredMeaning:
    """The vectors of the passages of several shards, by the number of each; as ``Meaning``."""

    shards: Mapping[int, Meaning]
    numbering: Numbering
    sample: Vectors
    warning: str | None
    filters: PartsOfFilters = field(default_factory=PartsOfFilters, compare=False)

    @classmethod
    def read(
        cls,
        state: ShardedState,
        snapshot: GatheredSnapshot,
        earlier: Self | None,
        *,
        without_files: bool = False,
    ) -> Self:
        """Read the vectors of each shard of ``snapshot`` as ``Meaning.read`` does."""
        known: Mapping[int, Meaning] = {}
        if earlier is not None and earlier.numbering == snapshot.numbering:
            known = earlier.shards
        shards = {
            number: Meaning.read(
                *(part.folder, its, part, known.get(number)),
                without_files=without_files,
                sampled=0,
            )
            for number, part in snapshot.shards.items()
            if (its := state.shards[number]) is not None
        }
        _, sample = snapshot.sample(SAMPLE)
        warnings = [it.warning for it in shards.values() if it.warning is not None]
        return cls(shards, snapshot.numbering, sample, next(iter(warnings), None))

    def search(
        self, query: Vectors, k: int, wanted: Filter = EVERYTHING, *, exact: bool = False
    ) -> Candidates:
        """The ``k`` passages nearest to a query vector ``(dimension,)``, with their cosines."""
        parts = {
            number: its.search(
                query, k, self.filters.of(wanted, number, self.numbering), exact=exact
            )
            for number, its in self.shards.items()
        }
        return best_of(parts, k, self.numbering)

    def _wanted_in(self, shard: int, wanted: Filter) -> Filter:
        """The part of a filter for one shard."""
        return wanted if wanted is EVERYTHING else self.filters.of(wanted, shard, self.numbering)

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of these passages, ``(len(ids), dimension)``; ``ids`` are ascending."""
        return in_order(ids, self._each(ids, Meaning.vectors_of), self.numbering)

    def scores_of(self, query: Vectors, ids: Ids) -> Candidates:
        """The cosine of the query vector with each of these passages, which are ascending."""
        found = self._each(ids, lambda its, rows: its.scores_of(query, rows).scores)
        return Candidates(in_order(ids, found, self.numbering), ids)

    def _each(self, ids: Ids, read: Callable[[Meaning, Ids], Vectors]) -> dict[int, Vectors]:
        """What is read for the passages of each shard, in their order."""
        rows = {number: self.numbering.rows(ids, number) for number in self.shards}
        return {number: read(its, rows[number]) for number, its in self.shards.items()}

    def typical(self, query: Vectors) -> float:
        """The cosine of the query vector with a typical passage, as in ``Meaning``."""
        return typical_cosine(self.sample, query)
