"""The encoders of a run: the given one, or those that are loaded when they are first needed."""

from collections.abc import Callable
from typing import Protocol

from indexer.encoding.encoder import Encoder, EncoderIdentity


class Prepares(Protocol):
    """Told before an encoder is loaded, and when it is ready."""

    def __call__(self, *, is_ready: bool) -> None: ...


class Encoders:
    """Loads each encoder once."""

    def __init__(self, given: Encoder | None, load: Callable[[EncoderIdentity], Encoder]) -> None:
        """``given`` is loaded already; others are loaded with ``load``."""
        self.given = given
        self.load = load
        self._loaded = {} if given is None else {given.identity.key: given}

    def of(self, identity: EncoderIdentity, prepares: Prepares | None = None) -> Encoder:
        """The encoder with this identity. Raises ModelError."""
        if identity.key not in self._loaded:
            if prepares is not None:
                prepares(is_ready=False)
            self._loaded[identity.key] = self.load(identity)
            if prepares is not None:
                prepares(is_ready=True)
        return self._loaded[identity.key]
