"""One generation of an index in memory, which finds the candidates for a question."""

from dataclasses import dataclass, field
from typing import Protocol

from indexer.arrays import Ids, Vectors
from indexer.deriving.calibration import Calibration
from indexer.deriving.lexical import LexicalIndex
from indexer.storing.state import State
from indexer.types import Tuning
from search.ranking.allowed import Allowed
from search.ranking.filters import EVERYTHING, Filter
from search.ranking.fusion import Candidates
from search.ranking.kept import KeptPassages
from search.ranking.spelling import Spelling


class ByMeaning(Protocol):
    """The vectors of a generation: those of one index, or of several shards."""

    @property
    def warning(self) -> str | None:
        """That a file is damaged or missing, if the database was read instead."""
        ...

    def search(
        self, query: Vectors, k: int, wanted: Filter = EVERYTHING, *, exact: bool = False
    ) -> Candidates:
        """The ``k`` passages nearest to a query vector ``(dimension,)``, with their cosines."""
        ...

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors of these passages, ``(len(ids), dimension)``; ``ids`` are ascending."""
        ...

    def scores_of(self, query: Vectors, ids: Ids) -> Candidates:
        """The cosine of the query vector with each of these passages, which are ascending."""
        ...

    def typical(self, query: Vectors) -> float:
        """The cosine of the query vector with a typical passage."""
        ...


@dataclass(frozen=True, slots=True)
class Generation:
    """The passages of one generation, by words and, unless only words are asked for, by meaning.

    ``spelling`` corrects questions. ``warnings`` names damaged or missing files whose content was
    read from the database instead. ``tuning`` says how to search it. ``allowed`` remembers which
    passages patterns allow, and ``kept`` those that were candidates.
    """

    state: State
    words: LexicalIndex
    spelling: Spelling
    calibration: Calibration | None
    warnings: tuple[str, ...]
    tuning: Tuning
    vectors: ByMeaning | None = None
    allowed: Allowed = field(default_factory=Allowed, compare=False)
    kept: KeptPassages = field(default_factory=KeptPassages, compare=False)

    @property
    def meaning(self) -> ByMeaning:
        """Its vectors. Raises ValueError if it was read for keywords alone."""
        if self.vectors is None:
            raise ValueError("this generation was read without its vectors")
        return self.vectors

    def by_meaning(
        self, query: Vectors, k: int, wanted: Filter = EVERYTHING, *, exact: bool = False
    ) -> Candidates:
        """The ``k`` passages nearest to a query vector ``(dimension,)``, with their cosines.

        If it is ``exact``, the query is compared with all of them.
        """
        return self.meaning.search(query, k, wanted, exact=exact)

    def by_words(self, question: str, k: int, wanted: Filter = EVERYTHING) -> Candidates:
        """The ``k`` passages with the highest BM25 scores."""
        found = self.words.search(question, k, allowed=wanted.allowed, without=wanted.without)
        return Candidates(*found)
