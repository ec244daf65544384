"""Load the encoder of an index and its generations, each once, and beside other work."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import TypeGuard

from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import EncoderMismatch
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.types import Tuning
from search.ranking.generation import Generation


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
        """The generation of ``snapshot``, as ``Generation.read`` returns it."""
        loaded = self._loaded
        if _has(loaded, state, by_meaning=by_meaning):
            return loaded
        with self._lock:
            earlier = self._loaded
            without_files = without_files or state == self._distrusted
            if not _has(earlier, state, by_meaning=False):
                read = Generation.read(
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
                self._loaded = earlier.with_meaning(
                    self._folder, snapshot, without_files=without_files
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


def _has(loaded: Generation | None, state: State, *, by_meaning: bool) -> TypeGuard[Generation]:
    """Whether a generation is the one in this state, with its vectors if they are needed."""
    if loaded is None or loaded.state != state:
        return False
    return loaded.vectors is not None or not by_meaning
