"""The encoders that are measured with, by name, and the time that each takes."""

import time
from collections.abc import Sequence

from indexer.arrays import Vectors
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.types import Span
from tests.benchmarks.standin import StandInEncoder

STAND_IN, MODEL = "stand-in", "model"


def encoder_named(name: str) -> "TimedEncoder":
    """The stand-in, or the default model."""
    if name == STAND_IN:
        return TimedEncoder(StandInEncoder())
    if name == MODEL:
        return TimedEncoder(models.load(models.identify(models.DEFAULT_MODEL)))
    raise ValueError(f"unknown encoder {name!r}; choose {STAND_IN} or {MODEL}")


class TimedEncoder:
    """Another encoder, and the seconds spent in it: on all passages, and on each query in order."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.on_passages = 0.0
        self.on_queries: list[float] = []

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    @property
    def form(self) -> str:
        return self._encoder.form

    @property
    def passage_limit(self) -> int:
        return self._encoder.passage_limit

    @property
    def query_limit(self) -> int:
        return self._encoder.query_limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        vectors = self._encoder.encode_passages(texts)
        self.on_passages += time.perf_counter() - started
        return vectors

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        started = time.perf_counter()
        vectors = self._encoder.encode_with_parts(texts, parts)
        self.on_passages += time.perf_counter() - started
        return vectors

    def encode_query(self, text: str) -> Vectors:
        started = time.perf_counter()
        vector = self._encoder.encode_query(text)
        self.on_queries.append(time.perf_counter() - started)
        return vector
