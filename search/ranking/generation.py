"""One generation of an index in memory, which finds the candidates for a question."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.deriving.analysis import Analyzer
from indexer.deriving.calibration import Calibration
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.subset import Subset
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.types import Tuning
from search.ranking.allowed import Allowed, Subsets
from search.ranking.fusion import Candidates, merge
from search.ranking.kept import KeptPassages
from search.ranking.spelling import Spelling

_SAMPLE = 512
_REPAIR = "Results are still correct, but slower. Repair it with `locus verify --repair`"


def _no_ids() -> Ids:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Filter:
    """The passages to search, by their ids, ascending: the ``allowed``, all if it is None.

    Those ``without`` are left out.
    """

    allowed: Ids | None = None
    without: Ids = field(default_factory=_no_ids)


EVERYTHING = Filter()
"""All passages."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The passages of one generation, by meaning and by words.

    ``base`` is the FAISS file. ``delta`` has the passages that are newer than the file, ``dead``
    those in the file that must be skipped, ``living`` the others, None if all are. ``spelling``
    corrects questions. ``warnings`` names damaged or missing files whose content was read from the
    database instead. ``tuning`` says how to search it. ``allowed`` and ``subsets`` remember which
    passages patterns allow, and ``kept`` those that were candidates.
    """

    state: State
    base: VectorIndex
    delta: VectorIndex
    dead: Ids
    living: Subset | None
    words: LexicalIndex
    spelling: Spelling
    sample: Vectors
    calibration: Calibration | None
    warnings: tuple[str, ...]
    tuning: Tuning
    allowed: Allowed = field(default_factory=Allowed, compare=False)
    kept: KeptPassages = field(default_factory=KeptPassages, compare=False)
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
    ) -> Self:
        """Read the generation of ``snapshot``; reuse derived files that ``earlier`` loaded.

        With ``without_files``, the content of a missing or damaged file is read from the database,
        with a warning. Otherwise such a file raises DamagedIndex, as a damaged database does.
        """
        warnings: list[str] = []
        dimension = state.encoder.dimension
        through = state.vectors.through if state.vectors else 0
        if earlier is not None and earlier.state.vectors == state.vectors and not earlier.warnings:
            base = earlier.base
        else:
            try:
                base = _vector_index(folder, state)
            except DamagedIndex as error:
                if not without_files:
                    raise
                warnings.append(f"{error}. {_REPAIR}")
                through, base = 0, VectorIndex.build((), dimension)
        if earlier is not None and earlier.state.lexical == state.lexical and not earlier.warnings:
            words, spelling = earlier.words, earlier.spelling
        else:
            try:
                words = _lexical_index(folder, state)
            except DamagedIndex as error:
                if not without_files:
                    raise
                warnings.append(f"{error}. {_REPAIR}")
                words = LexicalIndex.in_memory(snapshot.documents(), Analyzer.of(state.splitting))
            spelling = Spelling(words)
        delta = VectorIndex.build(snapshot.vectors(after=through), dimension)
        dead = snapshot.dead(through)
        living = base.subset(None, dead)
        alive = len(base) if living is None else living.size
        if alive + len(delta) != state.passages:
            raise snapshot.damaged(
                f"generation {state.generation} has {state.passages:,} passages, but its vector"
                f" file and database have {alive + len(delta):,}",
            )
        sample = np.concatenate(_sample(base, dead, delta))
        facts = state.calibration
        calibration = None if facts is None else Calibration.from_json(facts)
        parts = base, delta, dead, living, words, spelling, sample
        return cls(state, *parts, calibration, tuple(warnings), state.tuning)

    def by_meaning(
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

    def by_words(self, question: str, k: int, wanted: Filter = EVERYTHING) -> Candidates:
        """The ``k`` passages with the highest BM25 scores."""
        found = self.words.search(question, k, allowed=wanted.allowed, without=wanted.without)
        return Candidates(*found)

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of these passages, ``(len(ids), dimension)``; ``ids`` are ascending."""
        new = ids > self.base.last
        return np.concatenate([self.base.vectors(ids[~new]), self.delta.vectors(ids[new])])

    def meaning_of(self, query: Vectors, ids: Ids) -> Candidates:
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
        if not len(self.sample):
            return 0.0
        cosines = np.sort(self.sample @ query)  # a fraction of the time of np.median
        last = len(cosines) - 1
        return float((cosines[last // 2] + cosines[last - last // 2]) / np.float32(2))


def _sample(base: VectorIndex, dead: Ids, delta: VectorIndex) -> tuple[Vectors, Vectors]:
    """Vectors of passages spread evenly over the living ones; of all if they are few."""
    step = max(1, (len(base) + len(delta)) // _SAMPLE)
    old = base.ids[::step]
    living = old[np.isin(old, dead, assume_unique=True, invert=True)]
    return base.vectors(living), delta.vectors(delta.ids[::step])


def _vector_index(folder: Path, state: State) -> VectorIndex:
    if state.vectors is None:
        raise DamagedIndex(folder, "it names no vector file")
    return VectorIndex.load(folder / state.vectors.name, state.vectors.digest)


def _lexical_index(folder: Path, state: State) -> LexicalIndex:
    if state.lexical is None:
        raise DamagedIndex(folder, "it names no keyword index")
    name, digest = state.lexical.name, state.lexical.digest
    return LexicalIndex.load(folder / name, digest, Analyzer.of(state.splitting))
