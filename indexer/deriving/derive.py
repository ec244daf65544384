"""The derived files: built from the store when they are due, published with a generation, swept.

They hold nothing that ``locus.db`` does not: losing one costs seconds and no model run.

A small change leaves FAISS's base as it is: newer passages are searched beside it and dead ones
passed over. The lexical index is brought up to date by what changed; but BM25 counts words over
dead passages too, so that it is made anew as soon as one dies in a small index, and in a large one
before they are enough to be felt.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from indexer import durable
from indexer.deriving import lexical
from indexer.durable import file_sha256
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.storing import schema
from indexer.storing.database import Connection, transaction
from indexer.storing.snapshot import Snapshot
from indexer.storing.staging import Staging, name_derived
from indexer.storing.store import Candidate, Derived, Gate, State

if TYPE_CHECKING:
    from indexer.deriving.vectors import VectorIndex

_SHARE = 0.1
"""The base is rebuilt once the passages past it, or the dead in it, exceed this share of it."""
_SMALL = 1000
"""Up to this many of either are searched or passed over at no noticeable cost."""
_FEW_WORDS = 10_000
"""A lexical index of at most this many passages is made anew in a fraction of a second."""
_DEAD_WORDS = 0.01
"""The share of dead passages that a larger one may count: it moves a score by less than that."""


class Check:
    """Which derived files of a generation have the bytes that were written.

    The hashes are taken in a thread, beside whatever is done until ``result`` is wanted.
    """

    def __init__(self, folder: Path, state: State | None) -> None:
        self._found: tuple[Derived | None, Derived | None] = None, None
        self._thread = Thread(target=self._look, args=(folder, state), name="hashes", daemon=True)
        self._thread.start()

    def _look(self, folder: Path, state: State | None) -> None:
        self._found = sound(folder, state)

    def result(self) -> tuple[Derived | None, Derived | None]:
        """FAISS's and tantivy's files, each None if it is lost or damaged."""
        self._thread.join()
        return self._found


def publish(
    folder: Path,
    staging: Staging,
    current: State | None,
    check: Check,
    gate: Gate | None,
    load: Callable[[EncoderIdentity], Encoder],
) -> None:
    """Publish what is staged, if it changes anything, with the derived files it needs.

    An index whose base is made anew is calibrated anew. A ``gate`` is shown the generation before,
    with ``load`` for its encoders. What it raises keeps the generation from being published; the
    rows stay staged, and the derived files go.
    """
    changes, snapshot = staging.changes(), staging.snapshot()
    if not changes:
        staging.withdraw()
        if current is not None:
            snapshot = staging.snapshot(current.generation)
            replace(folder, staging.connection, current, snapshot, check.result())
        return
    vectors, words = check.result()
    base = None if staging.anew or vectors is None or _is_due(snapshot, vectors) else vectors
    made = _Made(folder, snapshot, staging.generation, staging.splitting.language)
    if base is None or words is None or _counts_too_many(folder, words, changes.passages_ended):
        words = made.lexical()
    else:
        words = made.lexical_from(words)
    vectors = base or made.vectors()
    durable.reached("derived files made")
    calibration = (
        current.calibration
        if base and current
        else made.calibration(words, lambda: load(staging.encoder))
    )
    if gate is not None:
        staged = staging.state(vectors=vectors, lexical=words, calibration=calibration)
        try:
            gate(Candidate(folder, current, staged, snapshot, load))
        except BaseException:
            _remove_strays(folder, _names(current))
            raise
    staging.publish(vectors=vectors, lexical=words, calibration=calibration)
    if base is None:
        staging.sweep()
    _remove_strays(folder, {vectors.name, words.name})


def replace(
    folder: Path,
    connection: Connection,
    state: State,
    snapshot: Snapshot,
    kept: tuple[Derived | None, Derived | None],
) -> list[str]:
    """Make the derived files of the published generation anew, but for those to be kept.

    Returns the names of those made. No model is run.
    """
    vectors, words = kept
    if vectors and words:
        _remove_strays(folder, {vectors.name, words.name})
        return []
    made = _Made(folder, snapshot, state.generation, state.splitting.language, state)
    new = []
    if vectors is None:
        new.append(vectors := made.vectors())
    if words is None:
        new.append(words := made.lexical())
    durable.reached("derived files made")
    with transaction(connection) as run:
        name_derived(run, vectors=vectors, lexical=words)
    _remove_strays(folder, {vectors.name, words.name})
    return [derived.name for derived in new]


def sound(folder: Path, state: State | None) -> tuple[Derived | None, Derived | None]:
    """FAISS's and tantivy's files of a generation, each None unless its bytes are as written."""
    if state is None:
        return None, None
    vectors, words = state.vectors, state.lexical
    if vectors is not None and not _is_sound(folder / vectors.name, vectors.sha256):
        vectors = None
    if words is not None and not _is_sound(folder / words.name, words.sha256):
        words = None
    return vectors, words


def _is_sound(path: Path, sha256: str) -> bool:
    try:
        return (lexical.folder_sha256(path) if path.is_dir() else file_sha256(path)) == sha256
    except OSError:
        return False


def _is_due(snapshot: Snapshot, vectors: Derived) -> bool:
    """Whether a base is to be rebuilt: much is newer than it, or dead in it."""
    newer, dead = snapshot.drift(vectors.through)
    return max(newer, dead) > max(_SMALL, _SHARE * vectors.passages)


def _counts_too_many(folder: Path, words: Derived, ended: int) -> bool:
    """Whether the dead passages of a lexical index, with those ending now, tell in its scores."""
    dead = lexical.dead(folder / words.name) + ended
    return dead > (0 if words.passages <= _FEW_WORDS else _DEAD_WORDS * words.passages)


class _Made:
    """The making of the derived files of one generation, beside those that readers use."""

    def __init__(
        self,
        folder: Path,
        snapshot: Snapshot,
        generation: int,
        language: str,
        published: State | None = None,
    ) -> None:
        """``published`` is the generation, if it is that already."""
        self._folder = folder
        self._snapshot = snapshot
        self._generation = generation
        self._language = language
        self._taken = _names(published)
        self._base: VectorIndex | None = None

    def vectors(self) -> Derived:
        from indexer.deriving.vectors import (
            VectorIndex,  # a run that changes nothing does without FAISS
        )

        size, through = self._snapshot.extent()
        index = VectorIndex.build(self._snapshot.vectors(), self._snapshot.dimension, size)
        self._base = index
        name = self._free(schema.vectors_name)
        return Derived(name, index.save(self._folder / name), self._generation, through, size)

    def calibration(self, words: Derived, load: Callable[[], Encoder]) -> str | None:
        """What this generation scores by chance; None of one without passages."""
        from indexer.deriving.calibration import calibrate

        if self._base is None or not len(self._base):
            return None
        index = lexical.LexicalIndex.load(self._folder / words.name, words.sha256, self._language)
        return calibrate(load(), self._base, index, self._snapshot).to_json()

    def lexical(self) -> Derived:
        name = self._free(schema.lexical_name)
        path = self._folder / name
        return self._written(name, lexical.write(path, self._snapshot.documents(), self._language))

    def lexical_from(self, old: Derived) -> Derived:
        """The lexical index of the generation before, with what has changed since."""
        name = self._free(schema.lexical_name)
        sha256 = lexical.write(
            self._folder / name,
            self._snapshot.documents(after=old.through),
            self._language,
            previous=self._folder / old.name,
            without=self._snapshot.dead(old.through, since=old.generation).tolist(),
        )
        return self._written(name, sha256)

    def _written(self, name: str, sha256: str) -> Derived:
        size, through = self._snapshot.extent()
        return Derived(name, sha256, self._generation, through, size)

    def _free(self, name: Callable[[str], str]) -> str:
        """A name that no file in use has."""
        number = str(self._generation)
        while name(number) in self._taken:
            number += "r"
        return name(number)


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
