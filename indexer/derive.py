"""The derived files: built from the store when they are due, published with a generation, swept.

They hold nothing that ``locus.db`` does not: losing one costs seconds and no model run.
"""

from pathlib import Path

from indexer import schema
from indexer.durable import file_sha256
from indexer.staging import Staging
from indexer.store import Derived, State
from indexer.vectors import VectorIndex

_SHARE = 0.1
"""The base is rebuilt once the passages past it, or the dead in it, exceed this share of it."""
_SMALL = 1000
"""Up to this many of either are searched or passed over at no noticeable cost."""


def publish(folder: Path, staging: Staging, current: State | None) -> State | None:
    """Publish what is staged, if it changes anything; the generation that readers now see."""
    base = current.vectors if current else None
    if base is not None and not _sound(folder, base):
        base = None
    changes = staging.changes()
    if not changes:
        staging.withdraw()
        if current is None or base is not None:
            return current
        staging.replace_derived(_built(folder, staging, current.generation))
        return current
    if base is None or staging.anew or _due(staging, base):
        base = _built(folder, staging, staging.generation)
        state = staging.publish(base)
        staging.sweep()
    else:
        state = staging.publish(base)
    _remove_strays(folder, state)
    return state


def _sound(folder: Path, derived: Derived) -> bool:
    path = folder / derived.name
    return path.is_file() and file_sha256(path) == derived.sha256


def _due(staging: Staging, base: Derived) -> bool:
    newer, dead = staging.snapshot().drift(base.through)
    return max(newer, dead) > max(_SMALL, _SHARE * base.passages)


def _built(folder: Path, staging: Staging, generation: int) -> Derived:
    snapshot = staging.snapshot(generation)
    size, through = snapshot.extent()
    index = VectorIndex.build(snapshot.vectors(), staging.encoder.dimension, size)
    name = schema.vectors_name(generation)
    return Derived(name, index.save(folder / name), generation, through, size)


def _remove_strays(folder: Path, state: State) -> None:
    """Remove FAISS files that no generation names: replaced ones, and those of runs cut short."""
    named = {derived.name for _, derived in state.derived}
    for path in folder.iterdir():
        if schema.vectors_generation(path.name) is not None and path.name not in named:
            path.unlink(missing_ok=True)
