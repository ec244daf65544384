"""Check and repair an index, whether it has shards or not. Each shard is checked by itself."""

from dataclasses import replace
from pathlib import Path

from indexer.deriving import verify as checks
from indexer.deriving.verify import Problem, Report, examine
from indexer.errors import DamagedIndex
from indexer.sharding.folder import IndexFound, finish_publication, remove_others
from indexer.storing.lock import writer_lock
from indexer.storing.schema import DATABASE, MANIFEST, is_sharded
from indexer.storing.shards.manifest import Manifest, Shard
from indexer.storing.shards.store import ShardedStore
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State


def verify(folder: Path) -> Report:
    """Check everything in an index; raises IndexFolderError if it cannot be opened."""
    if not is_sharded(folder):
        return checks.verify(folder)
    while True:
        report = Report()
        try:
            with ShardedStore(folder) as store:
                with store.snapshot() as (state, snapshot):
                    report.generation = state.generation
                    for number, part in snapshot.shards.items():
                        its = state.shards[number]
                        if its is not None:
                            _add(report, folder, its, part)
                with store.snapshot() as (now, _):
                    if report.ok or now == state:
                        return report  # else a new generation replaced files in the meantime
        except DamagedIndex as error:
            report.problems.append(Problem(MANIFEST, str(error), repairable=False))
            return report


def _add(report: Report, index: Path, state: State, shard: Snapshot) -> None:
    """Check one shard, and add what is found to the report on the index."""
    own = Report()
    try:
        examine(shard.folder, state, shard, own)
    except DamagedIndex as error:
        own.problems.append(Problem(DATABASE, error.reason, repairable=False))
    report.articles += own.articles
    report.passages += own.passages
    place = shard.folder.relative_to(index)
    report.problems += [replace(it, file=(place / it.file).as_posix()) for it in own.problems]


def repair(folder: Path) -> Report:
    """Rebuild derived files that are missing, damaged or wrong; does not run the model.

    If a database itself is damaged, nothing is rebuilt. Raises IndexFolderError if the index cannot
    be opened or written.
    """
    if not is_sharded(folder):
        return checks.repair(folder)
    found = verify(folder)
    if found.ok or not all(it.repairable for it in found.problems):
        return found
    made: list[str] = []
    with writer_lock(folder):
        manifest = Manifest.read(folder)
        finish_publication(folder, manifest)
        shards: list[Shard | None] = []
        for shard, place in zip(manifest.shards, manifest.folders(folder), strict=True):
            name = place.relative_to(folder).as_posix()
            if shard is None or not any(it.file.startswith(f"{name}/") for it in found.problems):
                shards.append(shard)
                continue
            made += [f"{name}/{file}" for file in checks.repair(place).repaired]
            state = IndexFound.read(place).state
            shards.append(shard if state is None else replace(shard, state=state.bare()))
        manifest = replace(manifest, shards=tuple(shards))
        manifest.write(folder)
        remove_others(folder, manifest)
    report = verify(folder)
    report.repaired = made
    return report
