"""What the pipeline asks of an encoder, and what identifies one.

Vectors are made unit length where they are born, in the encoders and nowhere else, so that the
inner product is the cosine everywhere downstream.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Protocol, Self

import numpy as np

from indexer.arrays import Vectors
from indexer.errors import ModelError
from indexer.types import Span


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Whatever changes the vectors an encoder makes; it belongs to the index.

    ``weights`` is the SHA-256 of the weights, ``files`` that of everything the encoder is built
    from (weights, configuration, tokenizer). ``max_tokens`` counts special tokens too. ``name``
    is how a person calls the model and does not tell two encoders apart.
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
        """SHA-256 over everything but the name: equal keys, interchangeable vectors."""
        return _key(self)

    @property
    def reads_parts(self) -> bool:
        """Whether a part of a text has a vector too: where a vector is a mean of token states."""
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
    """Texts to unit vectors. Safe to use from several threads at once."""

    @property
    def identity(self) -> EncoderIdentity: ...

    @property
    def form(self) -> str:
        """How the model is run, for people: ``compiled (OpenVINO, bf16)``, for example."""
        ...

    @property
    def passage_limit(self) -> int:
        """How many tokens of a passage fit beside the prompt and the special tokens."""
        ...

    @property
    def query_limit(self) -> int:
        """How many tokens of a query fit beside the prompt and the special tokens."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prompt and special tokens."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32 ``(len(texts), dimension)``, unit rows, in the order of the texts.

        Raises ModelError for a text of more than ``passage_limit`` tokens: nothing is cut.
        """
        ...

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        """The vectors of texts, and those of all their parts, text by text.

        A part, in characters of its text, has the mean of its tokens' states as
        the model reads the whole text. Only where ``identity.reads_parts``. Raises ModelError.
        """
        ...

    def encode_query(self, text: str) -> Vectors:
        """float32 ``(dimension,)``, of length 1. A query past the limit is cut to it."""
        ...


def mean_of_parts(
    states: Vectors, offsets: Sequence[Span], parts: Sequence[Span], whole: Vectors
) -> Vectors:
    """Unit vectors of parts, each the mean of the states of the tokens inside it.

    ``states`` are ``(tokens, dimension)``, ``offsets`` the tokens' places, empty for those that
    stand for no characters. A part without a token of its own has the vector of the ``whole``.
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
    """The error for a passage that an encoder would have to cut."""
    return ModelError(
        f"a passage of {tokens} tokens, more than the {identity.max_tokens} that"
        f" {identity.name} reads: {text[:60]!r}"
    )
