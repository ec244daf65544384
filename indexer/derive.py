"""The derived files: built from the store when they are due, published with a generation, swept.

They hold nothing that ``locus.db`` does not: losing one costs seconds and no model run.
"""

import shutil
from pathlib import Path

from indexer import lexical, schema
from indexer.durable import file_sha256
from indexer.staging import Staging
from indexer.store import Derived, State
from indexer.vectors import VectorIndex

_SHARE = 0.1
"""The base is rebuilt once the passages past it, or the dead in it, exceed this share of it."""
_SMALL = 1000
"""Up to this many of either are searched or passed over at no noticeable cost."""


def publish(folder: Path, staging: Staging, current: State | None) -> None:
    """Publish what is staged, if it changes anything, with the derived files it needs."""
    vectors = _sound_vectors(folder, current)
    words = _sound_lexical(folder, current)
    if not staging.changes():
        staging.withdraw()
        if current is not None and (vectors is None or words is None):
            vectors = vectors or _build_vectors(folder, staging, current.generation)
            words = words or _build_lexical(folder, staging, current.generation)
            staging.replace_derived(vectors=vectors, lexical=words)
        return
    generation = staging.generation
    rebuild = vectors is None or words is None or staging.anew or _due(staging, vectors)
    if vectors is None or words is None or rebuild:
        vectors = _build_vectors(folder, staging, generation)
        words = _build_lexical(folder, staging, generation)
    else:
        words = _update_lexical(folder, staging, generation, words)
    staging.publish(vectors=vectors, lexical=words)
    if rebuild:
        staging.sweep()
    _remove_strays(folder, {vectors.name, words.name})


def _sound_vectors(folder: Path, current: State | None) -> Derived | None:
    derived = current.vectors if current else None
    if derived is None or not (folder / derived.name).is_file():
        return None
    return derived if file_sha256(folder / derived.name) == derived.sha256 else None


def _sound_lexical(folder: Path, current: State | None) -> Derived | None:
    derived = current.lexical if current else None
    if derived is None or not (folder / derived.name).is_dir():
        return None
    return derived if lexical.folder_sha256(folder / derived.name) == derived.sha256 else None


def _due(staging: Staging, vectors: Derived) -> bool:
    newer, dead = staging.snapshot().drift(vectors.through)
    return max(newer, dead) > max(_SMALL, _SHARE * vectors.passages)


def _build_vectors(folder: Path, staging: Staging, generation: int) -> Derived:
    snapshot = staging.snapshot(generation)
    size, through = snapshot.extent()
    index = VectorIndex.build(snapshot.vectors(), staging.encoder.dimension, size)
    name = schema.vectors_name(generation)
    return Derived(name, index.save(folder / name), generation, through, size)


def _build_lexical(folder: Path, staging: Staging, generation: int) -> Derived:
    snapshot = staging.snapshot(generation)
    size, through = snapshot.extent()
    name = schema.lexical_name(generation)
    sha256 = lexical.write(folder / name, snapshot.documents())
    return Derived(name, sha256, generation, through, size)


def _update_lexical(folder: Path, staging: Staging, generation: int, old: Derived) -> Derived:
    """The lexical index of the generation before, with what has changed since."""
    snapshot = staging.snapshot()
    name = schema.lexical_name(generation)
    sha256 = lexical.write(
        folder / name,
        snapshot.documents(after=old.through),
        previous=folder / old.name,
        without=[int(number) for number in snapshot.dead(old.through)],
    )
    size, through = snapshot.extent()
    return Derived(name, sha256, generation, through, size)


def _remove_strays(folder: Path, named: set[str]) -> None:
    """Remove derived files that no generation names: replaced ones, and those of runs cut short."""
    for path in folder.glob(schema.vectors_name("*")):
        if path.name not in named:
            path.unlink(missing_ok=True)
    for path in folder.glob(schema.lexical_name("*")):
        if path.relative_to(folder).as_posix() not in named:
            shutil.rmtree(path, ignore_errors=True)
