"""Update all shards of an index: prepare each of them, then publish all at once.

``storing.shards.manifest`` describes the index, and how its shards are published together.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from indexer import durable
from indexer.deriving.publishing import Candidate, Gate
from indexer.encoding import models
from indexer.encoding.encoder import EncoderIdentity
from indexer.reading.part import ShardPart
from indexer.sharding.calibrating import calibration_of
from indexer.sharding.folder import IndexFound, finish_publication, remove_others
from indexer.sharding.in_turn import prepare_in_turn
from indexer.sharding.preparing import Prepared, ShardTask, discard, finish, remember_all
from indexer.storing.database import make_folder, open_for_writing
from indexer.storing.lock import writer_lock
from indexer.storing.publication import now
from indexer.storing.shards.manifest import Manifest, Shard
from indexer.storing.shards.store import OpenShards
from indexer.types import UNTUNED
from indexer.updating.encoders import Encoders
from indexer.updating.indexing import Progress
from indexer.updating.request import Request
from indexer.updating.settings import Settings
from indexer.updating.summary import Summary, merged

PrepareAll: TypeAlias = Callable[
    [Sequence[ShardTask], Encoders, Callable[[Progress], object]], list[Prepared]
]
"""Prepares the shards of a run, and tells the progress over all of them."""


@dataclass(frozen=True, slots=True)
class ShardedRun:
    """A run over an index of several shards; ``count`` is None if it keeps those it has."""

    folder: Path
    request: Request
    count: int | None
    settings: Settings
    asked: EncoderIdentity | None
    encoders: Encoders
    rebuild: bool
    gate: Gate | None
    progress: Callable[[Progress], object]
    prepare_all: PrepareAll = prepare_in_turn

    def build(self) -> Summary:
        """Update the index. Raises what ``pipeline.build`` raises."""
        make_folder(self.folder)
        with writer_lock(self.folder):
            found = IndexFound.read(self.folder)
            manifest = found.manifest_for(self.count, rebuild=self.rebuild)
            if not found.known and not self.request.named:
                raise self.request.no_sources()
            if found.manifest is not None:
                finish_publication(self.folder, found.manifest)
            elif found.state is None:
                manifest.write(self.folder)
            prepared = self._prepare(found, manifest)
            published = self._publish(found, manifest, prepared)
            remove_others(self.folder, published)
        summary = merged([it.summary for it in prepared])
        if (state := published.state) is not None:
            summary.generation = state.generation
            summary.articles, summary.passages = state.articles, state.passages
        return summary

    def _prepare(self, found: IndexFound, manifest: Manifest) -> list[Prepared]:
        """Prepare the next generation of each shard."""
        folders = manifest.folders(self.folder)
        encoder = self.asked or (
            found.state.encoder if found.state else models.identify(models.DEFAULT_MODEL)
        )
        with open_for_writing(folders[0]) as connection:
            remember_all(connection, found.known)
            splitting = self.settings.resolved(found.state, self.request, connection)
        tasks = []
        for number, folder in enumerate(folders):
            request = replace(self.request, part=ShardPart(number, manifest.count))
            others = tuple(it for it in folders if it != folder)
            its = folder, request, found.known, others, encoder, splitting, self.rebuild
            tasks.append(ShardTask(*its))
        return self.prepare_all(tasks, self.encoders, self.progress)

    def _publish(
        self, found: IndexFound, manifest: Manifest, prepared: Sequence[Prepared]
    ) -> Manifest:
        """Publish what was prepared, if it changes anything; returns what readers see then."""
        shards = tuple(map(_shard, manifest.shards, prepared))
        if shards == manifest.shards:
            return manifest
        following = replace(manifest, shards=shards)
        if _generations(manifest) != _generations(following):
            generation = 1 + (found.state.generation if found.state else 0)
            following = replace(following, generation=generation, published=now())
            try:
                following = self._accepted(found, following, prepared)
            except BaseException:
                for folder, it in zip(manifest.folders(self.folder), prepared, strict=True):
                    if it.is_staged:
                        discard(folder)
                raise
        following.write(self.folder)
        for folder, shard, it in zip(
            following.folders(self.folder), following.shards, prepared, strict=True
        ):
            durable.reached("shard")
            if it.is_staged and shard is not None:
                finish(folder, following.of_shard(shard.state), it.notes)
        return following

    def _accepted(
        self, found: IndexFound, following: Manifest, prepared: Sequence[Prepared]
    ) -> Manifest:
        """The next generation of all shards with its calibration, if the gate accepts it."""
        with (
            closing(OpenShards()) as opened,
            opened.snapshot(self.folder, following) as (state, snapshot),
        ):
            if found.state is not None and found.state.encoder.key != state.encoder.key:
                following = following.tuned(UNTUNED)
            if any(it.nearest is not None for it in prepared):
                load = self.encoders.of
                calibration = calibration_of(following, snapshot, lambda: load(state.encoder))
                following = replace(following, calibration=calibration)
            if self.gate is not None and (staged := following.state) is not None:
                live, load = found.state, self.encoders.of
                self.gate(Candidate(self.folder, live, staged, snapshot, load))
        return following


def _shard(before: Shard | None, prepared: Prepared) -> Shard | None:
    """What the manifest says of a shard after it was prepared."""
    if prepared.state is None:
        return None
    nearest = prepared.nearest
    if nearest is None:
        nearest = () if before is None else before.nearest
    return Shard(prepared.state.bare(), nearest)


def _generations(manifest: Manifest) -> list[tuple[int, int]]:
    return [(number, state.generation) for number, state in manifest.states()]
