"""Load the encoder of an index once, and beside other work."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread

from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import EncoderMismatch


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
