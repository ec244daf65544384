"""Read an index: its encoder and its generations, each loaded once, and beside other work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol, TypeGuard, TypeVar

from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import DamagedIndex, EncoderMismatch
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.types import Tuning
from search.ranking.generation import Generation
from search.scaling.reading import read_generation, with_meaning

T = TypeVar("T")


class SnapshotProvider(Protocol):
    """What a searcher reads from: a Store, or a generation that is not published yet.

    >>> provider: SnapshotProvider = Store(Path(".locus"))
    """

    @property
    def folder(self) -> Path: ...

    def snapshot(self) -> AbstractContextManager[tuple[State, Snapshot]]: ...

    def close(self) -> None: ...


class EncoderOfIndex:
    """The encoder of the index in ``folder``, loaded when it is needed. Thread-safe."""

    def __init__(self, folder: Path, given: Encoder | None = None) -> None:
        """``given`` is used instead of the one that the index names; it must be the same."""
        self._folder = folder
        self._given = given
        self._lock = Lock()
        self._loaded: Encoder | None = None

    def of(self, identity: EncoderIdentity) -> Encoder:
        """The encoder with this identity. Raises ModelError, or EncoderMismatch."""
        with self._lock:
            if self._loaded is None or self._loaded.identity.key != identity.key:
                self._loaded = self._given or models.load(identity)
                if self._loaded.identity.key != identity.key:
                    raise EncoderMismatch(
                        f"{self._folder} was built with the model {identity.name}. To search"
                        f" it with {self._loaded.identity.name}, rebuild the index with that model"
                    )
            return self._loaded

    @contextmanager
    def beside(self, identity: EncoderIdentity | None) -> Iterator[None]:
        """Load the encoder in another thread during the block, unless it is None or loaded."""
        if identity is None or self._loaded is not None or self._given is not None:
            yield
            return

        def load() -> None:
            with suppress(BaseException):  # whoever needs the encoder tries again, and raises it
                self.of(identity)

        thread = Thread(target=load, name="model", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()  # a process must not end while native code is being loaded


class GenerationOfIndex:
    """The generation of the index in ``folder`` that was loaded last. Thread-safe."""

    def __init__(self, folder: Path, tuning: Tuning | None = None) -> None:
        """``tuning`` is used instead of the one that the index has."""
        self._folder = folder
        self._tuning = tuning
        self._lock = Lock()
        self._loaded: Generation | None = None
        self._distrusted: State | None = None

    def of(
        self, state: State, snapshot: Snapshot, *, by_meaning: bool, without_files: bool
    ) -> Generation:
        """The generation of ``snapshot``, as ``read_generation`` returns it."""
        loaded = self._loaded
        if _has(loaded, state, by_meaning=by_meaning):
            return loaded
        with self._lock:
            earlier = self._loaded
            without_files = without_files or state == self._distrusted
            if not _has(earlier, state, by_meaning=False):
                read = read_generation(
                    self._folder,
                    state,
                    snapshot,
                    earlier,
                    by_meaning=by_meaning,
                    without_files=without_files,
                )
                self._loaded = read if self._tuning is None else replace(read, tuning=self._tuning)
                return self._loaded
            if not _has(earlier, state, by_meaning=by_meaning):
                self._loaded = with_meaning(
                    earlier, self._folder, snapshot, without_files=without_files
                )
                return self._loaded
            return earlier

    def distrust(self) -> bool:
        """Forget the generation, because a part of a file was found damaged when it was read.

        When it is read again, all of its files are compared, and the content of a damaged one is
        read from the database. Returns whether that was not done yet.
        """
        with self._lock:
            loaded, self._loaded = self._loaded, None
            if loaded is None or loaded.state == self._distrusted:
                return False
            self._distrusted = loaded.state
            return True


class ReadIndex:
    """An index whose published generation is read, with its encoder. Thread-safe.

    >>> index = ReadIndex(Store(Path(".locus")))
    >>> with index.read(by_meaning=False) as (generation, snapshot):
    ...     print(generation.state.passages)
    """

    def __init__(
        self,
        store: SnapshotProvider,
        encoder: Encoder | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        """``encoder`` and ``tuning`` are used instead of those of the index."""
        self._store = store
        self._encoder = EncoderOfIndex(store.folder, encoder)
        self._generations = GenerationOfIndex(store.folder, tuning)

    @property
    def folder(self) -> Path:
        return self._store.folder

    def close(self) -> None:
        self._store.close()

    def snapshot(self) -> AbstractContextManager[tuple[State, Snapshot]]:
        """What the database alone says of the published generation."""
        return self._store.snapshot()

    @contextmanager
    def read(
        self, *, encodes: bool = False, by_meaning: bool = True
    ) -> Iterator[tuple[Generation, Snapshot]]:
        """The published generation, which does not change during the block.

        If the question is encoded, the model is loaded beside the generation. Its vectors are only
        loaded to search ``by_meaning``. Raises IndexFolderError, and ModelError.
        """
        incomplete: State | None = None
        while True:
            with self._store.snapshot() as (state, snapshot):
                # A writer removes the files of a generation after it has published the next. So
                # files are lost only if this generation is still the published one.
                is_lost = state == incomplete
                wanted = state.encoder if encodes else None
                try:
                    with self._encoder.beside(wanted):
                        generation = self._generations.of(
                            state, snapshot, by_meaning=by_meaning, without_files=is_lost
                        )
                except DamagedIndex:
                    if is_lost:
                        raise
                    incomplete = state
                    continue
                yield generation, snapshot
                return

    def encoder_of(self, generation: Generation) -> Encoder:
        """The encoder of a generation. Raises ModelError, or EncoderMismatch."""
        return self._encoder.of(generation.state.encoder)

    def despite_damage(self, answer: Callable[[], T]) -> T:
        """The answer; once more, with all files compared, if a file turns out to be damaged."""
        try:
            return answer()
        except DamagedIndex:
            if not self._generations.distrust():
                raise
            return answer()


def _has(loaded: Generation | None, state: State, *, by_meaning: bool) -> TypeGuard[Generation]:
    """Whether a generation is the one in this state, with its vectors if they are needed."""
    if loaded is None or loaded.state != state:
        return False
    return loaded.vectors is not None or not by_meaning
