"""Publish a generation with its derived files: those that can be kept, and those rebuilt.

They contain nothing that ``locus.db`` does not: if one is lost, rebuilding it takes seconds and
does not run the model.

A small change does not touch the FAISS base: newer passages are searched separately and dead ones
are filtered out. The lexical index is updated with the changes. But BM25 also counts the words of
dead passages, so a small index is rebuilt as soon as a passage dies, and a large one before they
noticeably affect the scores.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from indexer import durable
from indexer.deriving import lexical
from indexer.deriving.analysis import Analyzer
from indexer.deriving.checking import Check, Intact
from indexer.deriving.making import MANY, Maker
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.storing import schema
from indexer.storing.database import Connection, transaction
from indexer.storing.publication import name_derived, sweep
from indexer.storing.snapshot import Snapshot
from indexer.storing.staging import Staging
from indexer.storing.state import Derived, State

_SHARE = 0.1
"""The base is rebuilt once its newer or its dead passages exceed this share of its passages."""
_SMALL = 1000
"""The base is not rebuilt for fewer newer or dead passages: their cost is not noticeable."""
_FEW_WORDS = 10_000
"""A lexical index of at most this many passages is rebuilt in a fraction of a second."""
_DEAD_WORDS = 0.01
"""The allowed share of dead passages in a larger one: it changes a score by less than that."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A staged generation with its derived files, about to be published.

    ``state`` and ``snapshot`` are what readers would see; ``live`` is what they see now, None
    before the first generation. ``load`` loads the encoder of either.

    >>> def gate(candidate: Candidate) -> None:
    ...     if candidate.live and candidate.state.articles < candidate.live.articles:
    ...         raise GateClosed("some articles would be removed")
    >>> build(".locus", gate=gate)
    """

    folder: Path
    live: State | None
    state: State
    snapshot: Snapshot
    load: Callable[[EncoderIdentity], Encoder]


Gate: TypeAlias = Callable[[Candidate], None]
"""Checks a generation before it is published; raises GateClosed to refuse it."""


class _Kept(NamedTuple):
    """What the next generation keeps of the published one; ``lexical`` is None if rebuilt."""

    vectors: Derived
    lexical: Derived | None


class Derivation(NamedTuple):
    """The derived files of a staged generation.

    ``nearest`` are the cosines of ``calibration.nearest_cosines`` if all vectors were indexed anew;
    otherwise None, and the generation keeps the calibration of the published one.
    """

    vectors: Derived
    lexical: Derived
    nearest: tuple[float, ...] | None


class _Built:
    """Adds up the passages that were read for derived files, and tells the progress."""

    def __init__(self, progress: Callable[[int, int], object], total: int) -> None:
        self._progress = progress
        self._done = 0
        self._total = total

    def add(self, passages: int) -> None:
        self._done += passages
        self._progress(self._done, self._total)


def publish(
    folder: Path,
    staging: Staging,
    live: State | None,
    check: Check,
    gate: Gate | None,
    load: Callable[[EncoderIdentity], Encoder],
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> None:
    """Publish what is staged, if it changes anything, with the derived files it needs.

    ``gate`` gets the candidate first, with ``load`` for its encoders. If it raises, the generation
    is not published: its rows stay staged, its derived files are deleted. The rest is as for
    ``derive``.
    """
    made = derive(folder, staging, live, check, load, progress)
    if made is None:
        return
    snapshot = staging.snapshot()
    calibration = live.calibration if live is not None else None
    if made.nearest is not None:
        maker = Maker(folder, snapshot, staging.generation, Analyzer.of(staging.splitting))
        calibration = maker.calibration(made.nearest, made.lexical, lambda: load(staging.encoder))
    files = {"vectors": made.vectors, "lexical": made.lexical}
    if gate is not None:
        staged = staging.state(**files, calibration=calibration)
        try:
            gate(Candidate(folder, live, staged, snapshot, load))
        except BaseException:
            remove_strays(folder, live)
            raise
    staging.publish(**files, calibration=calibration)
    if made.nearest is not None:
        sweep(staging.connection, staging.generation)
    _remove_strays(folder, {file.name for file in files.values()})


def derive(
    folder: Path,
    staging: Staging,
    live: State | None,
    check: Check,
    load: Callable[[EncoderIdentity], Encoder],
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Derivation | None:
    """Make the derived files of what is staged; None if nothing is.

    ``live`` is the published generation, and ``check`` the check of its files; damaged ones are
    rebuilt in any case. ``progress`` is called with the number of passages that were read for new
    derived files, and how many will be.
    """
    changes = staging.changes()
    if not changes:
        staging.withdraw()
        if live is not None:
            before = staging.snapshot(live.generation)
            rebuild_damaged(folder, staging.connection, live, before, check.result())
        return None
    snapshot = staging.snapshot()
    kept = _kept(folder, staging, live, check.result(), changes.passages_ended)
    built = _Built(progress, snapshot.extent()[0] * (2 if kept is None else 1))
    analyzer = Analyzer.of(staging.splitting)
    maker = Maker(folder, snapshot, staging.generation, analyzer, built=built.add)
    if kept is None:
        base, vectors, words = maker.all()
        durable.reached("derived files made")
        nearest = maker.nearest(base, lambda: load(staging.encoder))
        return Derivation(vectors, words, nearest)
    words = maker.lexical() if kept.lexical is None else maker.lexical_from(kept.lexical)
    durable.reached("derived files made")
    return Derivation(kept.vectors, words, None)


def rebuild_damaged(
    folder: Path, connection: Connection, live: State, snapshot: Snapshot, intact: Intact
) -> list[str]:
    """Rebuild the derived files of the published generation that are not ``intact``.

    Returns their new names. Does not run the model.
    """
    maker = Maker(folder, snapshot, live.generation, Analyzer.of(live.splitting), _names(live))
    vectors = intact.vectors or maker.vectors()[1]
    words = intact.lexical or maker.lexical()
    made = [file.name for file in (vectors, words) if file not in intact]
    if made:
        durable.reached("derived files made")
        with transaction(connection) as run:
            name_derived(run, vectors=vectors, lexical=words)
    _remove_strays(folder, {vectors.name, words.name})
    return made


def _kept(
    folder: Path, staging: Staging, live: State | None, intact: Intact, ended: int
) -> _Kept | None:
    """What the staged generation keeps; None if everything must be rebuilt.

    ``ended`` is the number of passages that die in it.
    """
    if live is None or staging.rebuilds or intact.vectors is None:
        return None
    if _is_due(staging.snapshot(), intact.vectors):
        return None
    words = intact.lexical
    if words is None or _counts_too_many(folder, words, ended):
        return _Kept(intact.vectors, None)
    return _Kept(intact.vectors, words)


def _is_due(snapshot: Snapshot, vectors: Derived) -> bool:
    """Whether a base must be rebuilt: too many passages are newer than it, or dead in it.

    A large one of an older format too, because each search of it compares all vectors.
    """
    if vectors.depth is None and vectors.passages > MANY:
        return True
    newer, dead = snapshot.drift(vectors.through)
    return max(newer, dead) > max(_SMALL, _SHARE * vectors.passages)


def _counts_too_many(folder: Path, words: Derived, ended: int) -> bool:
    """Whether the dead passages of a lexical index, with ``ended`` more, distort its scores."""
    dead = lexical.dead(folder / words.name) + ended
    return dead > (0 if words.passages <= _FEW_WORDS else _DEAD_WORDS * words.passages)


def remove_strays(folder: Path, state: State | None) -> None:
    """Delete derived files that a generation does not use; all if it is None."""
    _remove_strays(folder, _names(state))


def _names(state: State | None) -> set[str]:
    derived = (state.vectors, state.lexical) if state else ()
    return {file.name for file in derived if file}


def _remove_strays(folder: Path, named: set[str]) -> None:
    """Delete derived files that no generation uses: replaced ones, and those of aborted runs."""
    for pattern in (schema.vectors_name("*"), durable.TEMPORARY):
        for path in folder.glob(pattern):
            if path.name not in named:
                durable.reached("stray file")
                path.unlink(missing_ok=True)
    for path in folder.glob(schema.lexical_name("*")):
        if path.relative_to(folder).as_posix() not in named:
            durable.reached("stray folder")
            shutil.rmtree(path, ignore_errors=True)
