"""One generation of an index in memory, which finds the candidates for a question."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from indexer.arrays import Vectors
from indexer.deriving.analysis import Analyzer
from indexer.deriving.calibration import Calibration
from indexer.deriving.lexical import LexicalIndex
from indexer.errors import DamagedIndex
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.types import Tuning
from search.ranking.allowed import Allowed
from search.ranking.filters import EVERYTHING, REPAIR, Filter
from search.ranking.fusion import Candidates
from search.ranking.kept import KeptPassages
from search.ranking.spelling import Spelling

if TYPE_CHECKING:  # a search by keywords alone does not need FAISS
    from search.ranking.meaning import Meaning


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
    vectors: "Meaning | None" = None
    allowed: Allowed = field(default_factory=Allowed, compare=False)
    kept: KeptPassages = field(default_factory=KeptPassages, compare=False)

    @classmethod
    def read(
        cls,
        folder: Path,
        state: State,
        snapshot: Snapshot,
        earlier: Self | None,
        *,
        by_meaning: bool = True,
        without_files: bool = False,
    ) -> Self:
        """Read the generation of ``snapshot``; reuse derived files that ``earlier`` loaded.

        Its vectors are only read to search ``by_meaning``, or if ``earlier`` had vectors: the next
        question by meaning would have to wait for them.
        With ``without_files``, the content of a missing or damaged file is read from the database,
        with a warning. Otherwise such a file raises DamagedIndex, as a damaged database does.
        """
        warnings: tuple[str, ...] = ()
        if earlier is not None and earlier.state.lexical == state.lexical and not earlier.warnings:
            words, spelling = earlier.words, earlier.spelling
        else:
            try:
                words = _lexical_index(folder, state)
            except DamagedIndex as error:
                if not without_files:
                    raise
                warnings = (f"{error}. {REPAIR}",)
                words = LexicalIndex.in_memory(snapshot.documents(), Analyzer.of(state.splitting))
            spelling = Spelling(words)
        facts = state.calibration
        calibration = None if facts is None else Calibration.from_json(facts)
        found = cls(state, words, spelling, calibration, warnings, state.tuning)
        before = earlier.vectors if earlier is not None else None
        if not by_meaning and before is None:
            return found
        return found.with_meaning(folder, snapshot, before, without_files=without_files)

    def with_meaning(
        self,
        folder: Path,
        snapshot: Snapshot,
        earlier: "Meaning | None" = None,
        *,
        without_files: bool = False,
    ) -> Self:
        """The same generation with its vectors; the rest is as for ``read``."""
        from search.ranking.meaning import Meaning

        found = Meaning.read(folder, self.state, snapshot, earlier, without_files=without_files)
        warnings = self.warnings if found.warning is None else (found.warning, *self.warnings)
        return replace(self, vectors=found, warnings=warnings)

    @property
    def meaning(self) -> "Meaning":
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


def _lexical_index(folder: Path, state: State) -> LexicalIndex:
    if state.lexical is None:
        raise DamagedIndex(folder, "it names no keyword index")
    name, digest = state.lexical.name, state.lexical.digest
    return LexicalIndex.load(folder / name, digest, Analyzer.of(state.splitting))
