"""Read a generation of an index, of one or of several shards, with its derived files."""

from dataclasses import replace
from pathlib import Path

from indexer.deriving.analysis import Analyzer
from indexer.deriving.calibration import Calibration
from indexer.deriving.lexical import LexicalIndex
from indexer.errors import DamagedIndex
from indexer.storing.shards.gathered import GatheredSnapshot
from indexer.storing.shards.manifest import ShardedState
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import Derived, State
from search.ranking.filters import REPAIR
from search.ranking.generation import ByMeaning, Generation
from search.ranking.spelling import Spelling


def read_generation(
    folder: Path,
    state: State,
    snapshot: Snapshot,
    earlier: Generation | None = None,
    *,
    by_meaning: bool = True,
    without_files: bool = False,
) -> Generation:
    """Read the generation of ``snapshot``; reuse derived files that ``earlier`` loaded.

    Its vectors are only read to search ``by_meaning``, or if ``earlier`` had vectors: the next
    question by meaning would have to wait for them.
    With ``without_files``, the content of a missing or damaged file is read from the database, with
    a warning. Otherwise such a file raises DamagedIndex, as a damaged database does.
    """
    warnings: tuple[str, ...] = ()
    if (
        earlier is not None
        and not earlier.warnings
        and _lexical_of(earlier.state) == _lexical_of(state)
    ):
        words, spelling = earlier.words, earlier.spelling
    else:
        analyzer = Analyzer.of(state.splitting)
        try:
            words = _lexical_index(folder, state, snapshot, analyzer)
        except DamagedIndex as error:
            if not without_files:
                raise
            warnings = (f"{error}. {REPAIR}",)
            words = LexicalIndex.in_memory(snapshot.documents(), analyzer)
        spelling = Spelling(words)
    facts = state.calibration
    calibration = None if facts is None else Calibration.from_json(facts)
    found = Generation(state, words, spelling, calibration, warnings, state.tuning)
    before = earlier.vectors if earlier is not None else None
    if not by_meaning and before is None:
        return found
    return with_meaning(found, folder, snapshot, before, without_files=without_files)


def with_meaning(
    generation: Generation,
    folder: Path,
    snapshot: Snapshot,
    earlier: ByMeaning | None = None,
    *,
    without_files: bool = False,
) -> Generation:
    """The same generation with its vectors; the rest is as for ``read_generation``."""
    found = _meaning(folder, generation.state, snapshot, earlier, without_files=without_files)
    warnings = generation.warnings
    if found.warning is not None:
        warnings = (found.warning, *warnings)
    return replace(generation, vectors=found, warnings=warnings)


def _meaning(
    folder: Path,
    state: State,
    snapshot: Snapshot,
    earlier: ByMeaning | None,
    *,
    without_files: bool,
) -> ByMeaning:
    # A search by keywords alone does not need FAISS.
    if isinstance(snapshot, GatheredSnapshot) and isinstance(state, ShardedState):
        from search.scaling.meaning import GatheredMeaning

        held = earlier if isinstance(earlier, GatheredMeaning) else None
        return GatheredMeaning.read(state, snapshot, held, without_files=without_files)
    from search.ranking.meaning import Meaning

    before = earlier if isinstance(earlier, Meaning) else None
    return Meaning.read(folder, state, snapshot, before, without_files=without_files)


def _lexical_of(state: State) -> tuple[Derived | None, ...]:
    """What the keyword index of a generation is made of."""
    if isinstance(state, ShardedState):
        return tuple(None if it is None else it.lexical for it in state.shards)
    return (state.lexical,)


def _lexical_index(
    folder: Path, state: State, snapshot: Snapshot, analyzer: Analyzer
) -> LexicalIndex:
    """The keyword index of a generation; those of several shards, opened as one."""
    if isinstance(snapshot, GatheredSnapshot) and isinstance(state, ShardedState):
        written = {
            number: _written(snapshot.shards[number].folder, its)
            for number, its in enumerate(state.shards)
            if its is not None
        }
        return LexicalIndex.load_together(written, snapshot.numbering, analyzer)
    return LexicalIndex.load(*_written(folder, state), analyzer)


def _written(folder: Path, state: State) -> tuple[Path, str]:
    """The folder and the digest of an index's keyword index."""
    if state.lexical is None:
        raise DamagedIndex(folder, "it names no keyword index")
    return folder / state.lexical.name, state.lexical.digest
