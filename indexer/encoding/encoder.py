"""The interface of an encoder, and what identifies one.

Only the encoders normalise vectors to unit length, so the inner product of two vectors is their
cosine everywhere else.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Protocol, Self, runtime_checkable

import numpy as np

from indexer.arrays import Vectors
from indexer.errors import ModelError
from indexer.types import Span


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Everything that affects an encoder's vectors; stored with the index.

    ``weights`` is the SHA-256 of the weights, ``files`` that of all files the encoder is loaded
    from (weights, configuration, tokenizer). ``max_tokens`` includes special tokens. ``name`` is
    the model's name for people and does not distinguish encoders.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, _):
    ...     state.encoder.name, state.encoder.dimension, state.encoder.max_tokens
    ('all-MiniLM-L6-v2', 384, 256)
    """

    name: str
    weights: str
    files: str
    dimension: int
    max_tokens: int
    pooling: str
    query_prompt: str
    passage_prompt: str

    @property
    def key(self) -> str:
        """SHA-256 over all fields except the name; equal keys mean interchangeable vectors."""
        return _key(self)

    @property
    def reads_parts(self) -> bool:
        """Whether parts of a text have vectors too: only if a vector is a mean of token states."""
        first, *rest = self.pooling.split("+")
        return first == "mean" and not set(rest) - {"Normalize"}

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


@cache
def _key(identity: EncoderIdentity) -> str:
    facts = {name: value for name, value in asdict(identity).items() if name != "name"}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Encoder(Protocol):
    """Encodes texts as unit vectors. Thread-safe.

    >>> vector = encoder.encode_query("Why is the sea salt?")  # float32 (384,)
    >>> cosines = encoder.encode_passages(["Rivers carry salt to the sea.", "Owls hunt."]) @ vector
    """

    @property
    def identity(self) -> EncoderIdentity: ...

    @property
    def form(self) -> str:
        """How the model runs, for people, for example ``compiled (OpenVINO, bf16)``."""
        ...

    @property
    def passage_limit(self) -> int:
        """The maximum number of tokens of a passage, without prompt and special tokens."""
        ...

    @property
    def query_limit(self) -> int:
        """The maximum number of tokens of a query, without prompt and special tokens."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without prompt and special tokens."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32 ``(len(texts), dimension)``, unit rows, in the order of the texts.

        Raises ModelError for a text of more than ``passage_limit`` tokens; texts are not truncated.
        """
        ...

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        """The vectors of texts, and those of all their parts, text by text; both have unit rows.

        The vector of a part (a span of characters) is the mean of its tokens' states when the model
        reads the whole text. Only if ``identity.reads_parts``. Raises ModelError.
        """
        ...

    def encode_query(self, text: str) -> Vectors:
        """float32 ``(dimension,)``, a unit vector. A query over the limit is truncated."""
        ...


@runtime_checkable
class EncodesTogether(Protocol):
    """An encoder that takes less time for many queries at once than for one after the other."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As ``Encoder.encode_query`` for each, float32 ``(len(texts), dimension)``.

        The same texts always give the same vectors, but a text among others may differ from the
        text alone in the last digits. Raises ModelError.
        """
        ...


def encode_queries(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """The vectors of queries, float32 ``(len(texts), dimension)``, encoded together if possible.

    >>> encode_queries(encoder, ["Why is the sea salt?", "Who hunts at night?"]).shape
    (2, 384)
    """
    if isinstance(encoder, EncodesTogether):
        return encoder.encode_queries(texts)
    vectors = np.empty((len(texts), encoder.identity.dimension), np.float32)
    for row, text in enumerate(texts):
        vectors[row] = encoder.encode_query(text)
    return vectors


def mean_of_parts(
    states: Vectors, offsets: Sequence[Span], parts: Sequence[Span], whole: Vectors
) -> Vectors:
    """Unit vectors of parts, ``(parts, dimension)``: the mean of the states of the tokens inside.

    ``states`` are ``(tokens, dimension)``; ``offsets`` are the tokens' character spans, empty for
    special tokens. A part that contains no token gets the vector ``whole``.
    """
    starts, ends = np.array(offsets, np.int64).T
    firsts, lasts = np.array(parts, np.int64).T
    nearest = np.searchsorted(firsts, starts, "right") - 1
    inside = (ends > starts) & (nearest >= 0) & (ends <= lasts[nearest])
    member = (nearest == np.arange(len(parts))[:, None]) & inside
    means: Vectors = member.astype(np.float32) @ states
    means[~member.any(axis=1)] = whole
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means


def too_long(text: str, tokens: int, identity: EncoderIdentity) -> ModelError:
    """The error for a passage that exceeds an encoder's limit."""
    return ModelError(
        f"a passage has {tokens} tokens, but {identity.name} reads at most"
        f" {identity.max_tokens}: {text[:60]!r}"
    )
