"""A generation is published with its derived files: those that still serve, and those made anew.

They hold nothing that ``locus.db`` does not: losing one costs seconds and no model run.

A small change leaves FAISS's base as it is: newer passages are searched beside it and dead ones
passed over. The lexical index is brought up to date by what changed; but BM25 counts words over
dead passages too, so that it is made anew as soon as one dies in a small index, and in a large one
before they are enough to be felt.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from indexer import durable
from indexer.deriving import lexical
from indexer.deriving.checking import Check, Sound
from indexer.deriving.making import Maker
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.storing import schema
from indexer.storing.database import Connection, transaction
from indexer.storing.snapshot import Snapshot
from indexer.storing.staging import Staging, name_derived
from indexer.storing.state import Derived, State

_SHARE = 0.1
"""The base is rebuilt once the passages past it, or the dead in it, exceed this share of it."""
_SMALL = 1000
"""Up to this many of either are searched or passed over at no noticeable cost."""
_FEW_WORDS = 10_000
"""A lexical index of at most this many passages is made anew in a fraction of a second."""
_DEAD_WORDS = 0.01
"""The share of dead passages that a larger one may count: it moves a score by less than that."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A generation that is staged, with its derived files, and about to be published.

    ``state`` and ``snapshot`` are what readers would see; ``live`` is what they see, None before
    the first. ``load`` gives the encoder of either.
    """

    folder: Path
    live: State | None
    state: State
    snapshot: Snapshot
    load: Callable[[EncoderIdentity], Encoder]


Gate: TypeAlias = Callable[[Candidate], None]
"""Lets a generation be published, or raises GateClosed."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of the published generation the next one goes on with; the lexical index if it may."""

    vectors: Derived
    lexical: Derived | None
    calibration: str | None


@dataclass(frozen=True, slots=True)
class _Files:
    """What the next generation is published with."""

    vectors: Derived
    lexical: Derived
    calibration: str | None


def publish(
    folder: Path,
    staging: Staging,
    live: State | None,
    check: Check,
    gate: Gate | None,
    load: Callable[[EncoderIdentity], Encoder],
) -> None:
    """Publish what is staged, if it changes anything, with the derived files it needs.

    ``live`` is the generation before, and ``check`` is of its files: those that are damaged are
    made anew in any case. A ``gate`` is shown the generation before, with ``load`` for its
    encoders. What it raises keeps the generation from being published; the rows stay staged, and
    the derived files go.
    """
    changes = staging.changes()
    if not changes:
        staging.withdraw()
        if live is not None:
            before = staging.snapshot(live.generation)
            mend(folder, staging.connection, live, before, check.result())
        return
    snapshot = staging.snapshot()
    maker = Maker(folder, snapshot, staging.generation, staging.splitting.language)
    kept = _kept(folder, staging, live, check.result(), changes.passages_ended)
    if kept is None:
        files = _made_anew(maker, lambda: load(staging.encoder))
    else:
        files = _brought_up_to_date(maker, kept)
    if gate is not None:
        staged = staging.state(
            vectors=files.vectors, lexical=files.lexical, calibration=files.calibration
        )
        try:
            gate(Candidate(folder, live, staged, snapshot, load))
        except BaseException:
            _remove_strays(folder, _names(live))
            raise
    staging.publish(vectors=files.vectors, lexical=files.lexical, calibration=files.calibration)
    if kept is None:
        staging.sweep()
    _remove_strays(folder, {files.vectors.name, files.lexical.name})


def mend(
    folder: Path, connection: Connection, live: State, snapshot: Snapshot, sound: Sound
) -> list[str]:
    """Make the derived files of the published generation anew that are not ``sound``.

    Returns the names of those made. No model is run.
    """
    maker = Maker(folder, snapshot, live.generation, live.splitting.language, _names(live))
    vectors = sound.vectors or maker.vectors()[1]
    words = sound.lexical or maker.lexical()
    made = [file.name for file in (vectors, words) if file not in sound]
    if made:
        durable.reached("derived files made")
        with transaction(connection) as run:
            name_derived(run, vectors=vectors, lexical=words)
    _remove_strays(folder, {vectors.name, words.name})
    return made


def _kept(
    folder: Path, staging: Staging, live: State | None, sound: Sound, ended: int
) -> _Kept | None:
    """What the staged generation goes on with; None if everything is to be made anew.

    ``ended`` is how many passages end with it.
    """
    if live is None or staging.anew or sound.vectors is None:
        return None
    if _is_due(staging.snapshot(), sound.vectors):
        return None
    words = sound.lexical
    if words is None or _counts_too_many(folder, words, ended):
        return _Kept(sound.vectors, None, live.calibration)
    return _Kept(sound.vectors, words, live.calibration)


def _is_due(snapshot: Snapshot, vectors: Derived) -> bool:
    """Whether a base is to be rebuilt: much is newer than it, or dead in it."""
    newer, dead = snapshot.drift(vectors.through)
    return max(newer, dead) > max(_SMALL, _SHARE * vectors.passages)


def _counts_too_many(folder: Path, words: Derived, ended: int) -> bool:
    """Whether the dead passages of a lexical index, with those ending now, tell in its scores."""
    dead = lexical.dead(folder / words.name) + ended
    return dead > (0 if words.passages <= _FEW_WORDS else _DEAD_WORDS * words.passages)


def _made_anew(maker: Maker, load: Callable[[], Encoder]) -> _Files:
    words = maker.lexical()
    base, vectors = maker.vectors()
    durable.reached("derived files made")
    return _Files(vectors, words, maker.calibration(base, words, load))


def _brought_up_to_date(maker: Maker, kept: _Kept) -> _Files:
    words = maker.lexical() if kept.lexical is None else maker.lexical_from(kept.lexical)
    durable.reached("derived files made")
    return _Files(kept.vectors, words, kept.calibration)


def _names(state: State | None) -> set[str]:
    derived = (state.vectors, state.lexical) if state else ()
    return {file.name for file in derived if file}


def _remove_strays(folder: Path, named: set[str]) -> None:
    """Remove derived files that no generation names: replaced ones, and those of runs cut short."""
    for pattern in (schema.vectors_name("*"), durable.TEMPORARY):
        for path in folder.glob(pattern):
            if path.name not in named:
                durable.reached("stray file")
                path.unlink(missing_ok=True)
    for path in folder.glob(schema.lexical_name("*")):
        if path.relative_to(folder).as_posix() not in named:
            durable.reached("stray folder")
            shutil.rmtree(path, ignore_errors=True)
