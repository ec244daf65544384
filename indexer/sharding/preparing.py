"""Prepare the next generation of one shard, and publish it after readers can see it.

Both work in the shard's folder alone and keep nothing open in between, so that other processes, or
other machines that share the folder, can do this for several shards at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.deriving.checking import Check
from indexer.deriving.publishing import Derivation, derive, remove_strays
from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import DamagedIndex
from indexer.storing.database import Connection, open_for_writing
from indexer.storing.folder import index_option
from indexer.storing.publication import Notes, publish_generation, sweep
from indexer.storing.shards.vectors import other_shards
from indexer.storing.sources import remember, remembered_sources
from indexer.storing.staging import Staging
from indexer.storing.state import State, read_state
from indexer.types import Selection, Splitting
from indexer.updating.encoders import Encoders
from indexer.updating.indexing import IndexingRun, Progress, index_sources
from indexer.updating.request import Request
from indexer.updating.summary import Summary


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What a run does to one shard, in ``folder``.

    ``request`` says what to read, and of which part; ``known`` are the sources that the other
    shards remember. ``others`` are the folders of the other shards, whose vectors can be reused.
    """

    folder: Path
    request: Request
    known: Mapping[Path, Selection]
    others: tuple[Path, ...]
    encoder: EncoderIdentity
    splitting: Splitting
    rebuild: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """The generation of a shard after a run: a staged one, or the one before if nothing changed.

    ``state`` is None if the shard has no articles yet. ``nearest`` is as in ``Derivation``.
    ``notes`` are those to publish with it.
    """

    state: State | None
    is_staged: bool
    summary: Summary
    nearest: tuple[float, ...] | None = None
    notes: Notes = field(default_factory=dict)


def prepare(
    task: ShardTask, encoders: Encoders, progress: Callable[[Progress], object]
) -> Prepared:
    """Stage the next generation of a shard, with its derived files. Raises what ``build`` does."""
    folder, summary = task.folder, Summary()
    with open_for_writing(folder) as connection:
        remember_all(connection, task.known)
        current = read_state(connection, folder)
        check = Check(folder, current)
        staging = Staging(
            *(connection, folder, current, task.encoder, task.splitting),
            from_scratch=task.rebuild,
        )
        opened = task.request.open(connection, summary, everything=staging.rebuilds)
        total = sum(source.size for source, _ in opened)
        run = IndexingRun(encoders, task.encoder, total, progress)
        with other_shards(() if task.rebuild else task.others) as others:
            index_sources(opened, staging, summary, run, others)
        summary.reused = staging.changes().passages_added - summary.embedded
        made = derive(folder, staging, current, check, encoders.of, run.built)
        if made is None:
            return Prepared(read_state(connection, folder), is_staged=False, summary=summary)
        return _staged(staging, made, summary)


def _staged(staging: Staging, made: Derivation, summary: Summary) -> Prepared:
    state = staging.state(vectors=made.vectors, lexical=made.lexical, calibration=None)
    return Prepared(
        state, is_staged=True, summary=summary, nearest=made.nearest, notes=staging.notes
    )


def remember_all(connection: Connection, known: Mapping[Path, Selection]) -> None:
    """Remember the sources of the other shards, of which a shard may have no article yet."""
    own = remembered_sources(connection)
    for path, selection in known.items():
        if path not in own:
            remember(connection, path, selection)


def finish(folder: Path, state: State, notes: Notes) -> None:
    """Publish the generation of a shard that readers see, unless this is done, and tidy up.

    Raises DamagedIndex if the shard has no such generation.
    """
    with open_for_writing(folder) as connection:
        current = read_state(connection, folder)
        is_due = current is None or current.generation < state.generation
        if is_due and not publish_generation(connection, state, notes):
            advice = f". Run `locus index --rebuild{index_option(folder.parent.parent)}`"
            reason = f"generation {state.generation} was not prepared completely"
            raise DamagedIndex(folder, reason, advice)
        if state.vectors is not None and state.vectors.generation == state.generation:
            sweep(connection, state.generation)
        remove_strays(folder, state)


def discard(folder: Path) -> None:
    """Delete the derived files that were made for a generation that is not to be published."""
    with open_for_writing(folder) as connection:
        remove_strays(folder, read_state(connection, folder))
