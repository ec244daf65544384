"""The vectors of one generation in memory, which find the candidates for a question by meaning.

A search by keywords alone needs none of this, and so loads no FAISS.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.deriving.subset import Subset
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import Derived, State
from search.ranking.filters import EVERYTHING, REPAIR, Filter
from search.ranking.fusion import Candidates, merge

SAMPLE = 512
"""Passages among which a typical one is found."""
_SUBSETS = 8
"""A subset of a million passages takes about ten megabytes at most."""


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


@dataclass(frozen=True, slots=True)
class Meaning:
    """The vectors of the passages of one generation.

    ``base`` is the FAISS ``file``. ``delta`` has the passages that are newer than the file,
    ``dead`` those in the file that must be skipped, ``living`` the others, None if all are.
    ``warning`` says that the file is damaged or missing, if the database was read instead.
    ``subsets`` remembers which passages filters allow.
    """

    file: Derived | None
    base: VectorIndex
    delta: VectorIndex
    dead: Ids
    living: Subset | None
    sample: Vectors
    warning: str | None = None
    subsets: Subsets = field(default_factory=Subsets, compare=False)

    @classmethod
    def read(
        cls,
        folder: Path,
        state: State,
        snapshot: Snapshot,
        earlier: Self | None,
        *,
        without_files: bool = False,
        sampled: int = SAMPLE,
    ) -> Self:
        """Read the vectors of the generation of ``snapshot``, as ``scaling.read_generation`` does.

        ``sampled`` of them are the sample.
        """
        warning = None
        dimension = state.encoder.dimension
        through = state.vectors.through if state.vectors else 0
        if earlier is not None and earlier.file == state.vectors and earlier.warning is None:
            base = earlier.base
        else:
            try:
                base = _vector_index(folder, state)
                if without_files:
                    base.compare()  # else a damaged part would be found when it is read
            except DamagedIndex as error:
                if not without_files:
                    raise
                warning = f"{error}. {REPAIR}"
                through, base = 0, VectorIndex.build((), dimension)
        delta = VectorIndex.build(snapshot.vectors(after=through), dimension)
        dead = snapshot.dead(through)
        living = base.subset(None, dead)
        alive = len(base) if living is None else living.size
        if alive + len(delta) != state.passages:
            raise snapshot.damaged(
                f"generation {state.generation} has {state.passages:,} passages, but its vector"
                f" file and database have {alive + len(delta):,}",
            )
        _, sample = snapshot.sample(sampled)
        return cls(state.vectors, base, delta, dead, living, sample, warning)

    def search(
        self, query: Vectors, k: int, wanted: Filter = EVERYTHING, *, exact: bool = False
    ) -> Candidates:
        """The ``k`` passages nearest to a query vector ``(dimension,)``, with their cosines.

        If it is ``exact``, the query is compared with all of them.
        """
        among = self._in_base(wanted)
        base = Candidates(*self.base.search(query, k, among, exact=exact))
        if not len(self.delta):
            return base.best(k)
        newer = self.delta.subset(wanted.allowed, wanted.without)
        return merge((base, Candidates(*self.delta.search(query, k, newer))), k)

    def _in_base(self, wanted: Filter) -> Subset | None:
        """The wanted passages of the base that are alive; None for all of it."""
        if len(wanted.without):
            return self.base.subset(wanted.allowed, np.union1d(self.dead, wanted.without))
        if wanted.allowed is None:
            return self.living
        return self.subsets.of(wanted.allowed, self.base, self.dead)

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of these passages, ``(len(ids), dimension)``; ``ids`` are ascending."""
        new = ids > self.base.last
        return np.concatenate([self.base.vectors(ids[~new]), self.delta.vectors(ids[new])])

    def scores_of(self, query: Vectors, ids: Ids) -> Candidates:
        """The cosine of the query vector with each of these passages."""
        if not len(self.delta):
            return Candidates(self.base.score(query, ids), ids)
        new = ids > self.base.last
        scores = np.empty(len(ids), np.float32)
        scores[~new] = self.base.score(query, ids[~new])
        scores[new] = self.delta.score(query, ids[new])
        return Candidates(scores, ids)

    def typical(self, query: Vectors) -> float:
        """The cosine of the query vector with a typical passage: the median over a sample."""
        return typical_cosine(self.sample, query)


def typical_cosine(sample: Vectors, query: Vectors) -> float:
    """The median of the cosines of a query vector with a sample of vectors; 0 if it is empty."""
    if not len(sample):
        return 0.0
    cosines = np.sort(sample @ query)  # a fraction of the time of np.median
    last = len(cosines) - 1
    return float((cosines[last // 2] + cosines[last - last // 2]) / np.float32(2))


def _vector_index(folder: Path, state: State) -> VectorIndex:
    if state.vectors is None:
        raise DamagedIndex(folder, "it names no vector file")
    return VectorIndex.load(folder / state.vectors.name, state.vectors.digest)
