"""The folder of an index as a run over shards finds it: what readers see, and what is left over."""

import shutil
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.durable import TEMPORARY
from indexer.errors import IndexFolderError, NotAnIndex, VersionMismatch
from indexer.reading.part import RULE
from indexer.sharding.preparing import finish
from indexer.storing import schema
from indexer.storing.database import database_errors, open_for_reading
from indexer.storing.folder import index_option
from indexer.storing.shards.manifest import Manifest
from indexer.storing.sources import remembered_sources
from indexer.storing.state import State, read_state
from indexer.types import Selection


@dataclass(frozen=True, slots=True)
class IndexFound:
    """What is in a folder; ``state`` is the generation that readers see, None if there is none.

    ``manifest`` is None if there is no index, or an index without shards.
    """

    folder: Path
    manifest: Manifest | None
    state: State | None
    known: dict[Path, Selection]
    """The sources that it remembers."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises IndexFolderError if the index cannot be read."""
        if schema.is_sharded(folder):
            manifest = Manifest.read(folder)
            if manifest.rule != RULE:
                raise VersionMismatch(
                    f"{folder} was made by another version of Locus, which divides articles among"
                    " shards by another rule. Upgrade Locus, or build a new index elsewhere"
                )
            known = known_sources(manifest.folders(folder))
            return cls(folder, manifest, manifest.state, known)
        return cls(folder, None, _state_in(folder), known_sources([folder]))

    def manifest_for(self, count: int | None, *, rebuild: bool) -> Manifest:
        """The manifest of a run that asks for ``count`` shards, or keeps those that are there.

        Raises IndexFolderError if another number needs a rebuild.
        """
        now = self.manifest
        if now is not None and count in {None, now.count}:
            return now
        wanted = 1 if count is None else count
        if not rebuild and (now is not None or self.state is not None):
            has = "no shards" if now is None else f"{now.count} shards"
            raise IndexFolderError(
                f"{self.folder} has {has}. To change this, index everything again with"
                f" `locus index --shards {wanted} --rebuild{index_option(self.folder)}`"
            )
        layout = 1 if now is None else now.layout + 1
        nothing = Manifest(RULE, layout, (None,) * wanted)
        return nothing if self.state is None else nothing.tuned(self.state.tuning)


def known_sources(folders: Iterable[Path]) -> dict[Path, Selection]:
    """The sources that any of some indexes remembers. Raises IndexFolderError."""
    known: dict[Path, Selection] = {}
    for folder in folders:
        with suppress(NotAnIndex), database_errors(folder):  # a run may have been stopped at once
            if (folder / schema.DATABASE).is_file():
                with closing(open_for_reading(folder)) as connection:
                    for path, its in remembered_sources(connection).items():
                        known.setdefault(path, its.selection)
    return known


def finish_publication(folder: Path, manifest: Manifest) -> None:
    """Publish in the shards' databases what an interrupted run has published in the manifest."""
    for number, state in manifest.states():
        shard = manifest.folder(folder, number)
        published = _state_in(shard)
        if published is None or published.generation < state.generation:
            finish(shard, manifest.of_shard(state), {})


def remove_others(folder: Path, manifest: Manifest) -> None:
    """Delete what is left over: shards of other layouts, an index without shards, temporary files.

    Before the first generation of the manifest, readers may still need the index without shards.
    """
    for path in folder.glob(TEMPORARY):
        path.unlink(missing_ok=True)
    if not manifest.generation:
        return
    for path in folder.glob(schema.layout_name("*")):
        if path.name != schema.layout_name(manifest.layout):
            shutil.rmtree(path, ignore_errors=True)
    for pattern in (schema.DATABASE + "*", schema.vectors_name("*")):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    shutil.rmtree(folder / "lexical", ignore_errors=True)


def _state_in(folder: Path) -> State | None:
    """The generation that the database in a folder has published."""
    if not (folder / schema.DATABASE).is_file():
        return None
    try:
        with database_errors(folder), closing(open_for_reading(folder)) as connection:
            return read_state(connection, folder)
    except NotAnIndex:  # a run was stopped at once
        return None
