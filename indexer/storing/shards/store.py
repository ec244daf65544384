"""Open an index for reading, whether it has shards or not."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import Self, TypeAlias

from indexer.errors import IndexFolderError
from indexer.storing import schema
from indexer.storing.folder import not_finished
from indexer.storing.lock import is_held
from indexer.storing.shards.gathered import GatheredSnapshot
from indexer.storing.shards.manifest import Manifest, ShardedState
from indexer.storing.shards.numbering import Numbering
from indexer.storing.store import Store

_Looks = tuple[int, int, int]
"""Facts about a manifest's file that change when it is replaced."""


class ShardedStore:
    """The folder of an index of several shards, opened for reading. Thread-safe, as ``Store`` is.

    >>> with ShardedStore(Path(".locus")) as store, store.snapshot() as (state, snapshot):
    ...     print(state.articles, snapshot.article_names())
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``. Raises IndexFolderError, such as DamagedIndex."""
        self.folder = folder
        self._lock = Lock()
        self._identity = schema.identity(folder)
        self._shards = OpenShards()
        self._known = self._looks(), Manifest.read(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index; threads that are reading it finish what they read."""
        self._shards.close()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[ShardedState, GatheredSnapshot]]:
        """What the manifest publishes, which does not change during the block.

        Raises NotAnIndex before the first generation, DamagedIndex or IndexFolderError.
        """
        while True:
            looks, manifest = self._manifest()
            with ExitStack() as reading:
                gathered = self._shards.snapshot(self.folder, manifest)
                try:
                    found = reading.enter_context(gathered)
                except IndexFolderError:
                    if self._looks() == looks:
                        raise
                    continue
                # What this manifest names is only deleted after a newer one was written.
                if self._looks() == looks:
                    yield found
                    return

    def is_replaced(self) -> bool:
        """Whether the index was deleted or replaced since it was opened."""
        return schema.identity(self.folder) != self._identity

    def has_writer(self) -> bool:
        """Whether a process is writing to the index now."""
        return is_held(self.folder)

    def _manifest(self) -> tuple[_Looks, Manifest]:
        """The manifest that is in the folder now, and what its file looked like before."""
        looks = self._looks()
        with self._lock:
            if self._known[0] != looks:
                self._known = looks, Manifest.read(self.folder)
            return self._known

    def _looks(self) -> _Looks:
        path = self.folder / schema.MANIFEST
        try:
            found = path.stat()
        except OSError as error:
            raise IndexFolderError(f"cannot read {path}: {error.strerror}") from None
        return found.st_ino, found.st_size, found.st_mtime_ns


class OpenShards:
    """The shards that were opened for reading, each once. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stores: dict[Path, Store] = {}
        self._is_closed = False

    def close(self) -> None:
        """Close all shards."""
        with self._lock:
            self._is_closed = True
            for store in self._stores.values():
                store.close()

    @contextmanager
    def snapshot(
        self, folder: Path, manifest: Manifest
    ) -> Iterator[tuple[ShardedState, GatheredSnapshot]]:
        """The generations that a manifest names in the index ``folder``, published or not."""
        state = manifest.state
        if state is None:
            raise not_finished(folder)
        with ExitStack() as reading:
            shards = {
                number: reading.enter_context(
                    self._store(manifest.folder(folder, number)).snapshot_of(its)
                )
                for number, its in manifest.states()
            }
            yield state, GatheredSnapshot(folder, shards, Numbering(manifest.count))

    def _store(self, folder: Path) -> Store:
        with self._lock:
            if self._is_closed:
                raise IndexFolderError(f"the index {folder} is closed. Open it again")
            if folder not in self._stores:
                self._stores[folder] = Store(folder)
            return self._stores[folder]


AnyStore: TypeAlias = Store | ShardedStore
"""The folder of an index, opened for reading."""


def open_store(folder: Path) -> AnyStore:
    """The index in ``folder``, opened for reading.

    Raises NotAnIndex, VersionMismatch, DamagedIndex or IndexFolderError.

    >>> with open_store(Path(".locus")) as store, store.snapshot() as (state, _):
    ...     print(state.passages)
    """
    return ShardedStore(folder) if schema.is_sharded(folder) else Store(folder)
