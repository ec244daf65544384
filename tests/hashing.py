"""An encoder that hashes words into a vector, so that related texts have near vectors.

It does all that a real encoder does, but loads no model. A test of splitting, storing or ranking
can so say which passage wins.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import Vectors
from indexer.encoding.encoder import EncoderIdentity, too_long
from indexer.types import Span

DIMENSION = 64
_WORD = re.compile(r"\w+|[^\w\s]")

IDENTITY = EncoderIdentity(
    name="hashing",
    weights="0" * 64,
    files="1" * 64,
    dimension=DIMENSION,
    max_tokens=40,
    pooling="mean",
    query_prompt="",
    passage_prompt="",
)


@dataclass
class HashingEncoder:
    """Each word has a direction; a text is the sum of its words. ``embedded`` records all texts."""

    identity: EncoderIdentity = IDENTITY
    embedded: list[str] = field(default_factory=list)

    @property
    def form(self) -> str:
        return "hashing"

    @property
    def passage_limit(self) -> int:
        return self.identity.max_tokens - 2

    @property
    def query_limit(self) -> int:
        return self.identity.max_tokens - 2

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        for text, tokens in zip(texts, self.count_tokens(texts), strict=True):
            if tokens > self.passage_limit:
                raise too_long(text, tokens, self.identity)
        self.embedded.extend(texts)
        if not texts:
            return np.empty((0, self.identity.dimension), np.float32)
        return np.stack([self.encode_query(text) for text in texts])

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        vectors = self.encode_passages(texts)
        found = [
            self.encode_query(text[start:end])
            for text, spans in zip(texts, parts, strict=True)
            for start, end in spans
        ]
        return vectors, np.stack(found) if found else vectors[:0]

    def encode_query(self, text: str) -> Vectors:
        return _vector(text, self.identity.files, self.identity.dimension).copy()


@lru_cache(maxsize=8192)
def _vector(text: str, files: str, dimension: int) -> Vectors:
    """The unit vector of a text; cached, because every new index asks the same questions."""
    vector = np.zeros(dimension, np.float32)
    for word in _WORD.findall(text.lower()):
        vector += _direction(f"{files}{word}", dimension)
    length = float(np.linalg.norm(vector))
    return vector / length if length else np.eye(1, dimension, dtype=np.float32)[0]


@lru_cache(maxsize=8192)
def _direction(word: str, dimension: int) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(dimension)


class KnowingEncoder(HashingEncoder):
    """An encoder that knows which words mean the same; plain hashing does not."""

    def __init__(self, meanings: Mapping[str, str], files: str = "3" * 64) -> None:
        super().__init__(replace(IDENTITY, name="knowing", files=files))
        self._meanings = meanings

    def encode_query(self, text: str) -> Vectors:
        return super().encode_query(" ".join(self._meanings.get(w, w) for w in text.split()))


def other_encoder(files: str = "2" * 64, **changes: object) -> HashingEncoder:
    """An encoder with different vectors, like those of another model."""
    return HashingEncoder(replace(IDENTITY, files=files, **changes))  # type: ignore[arg-type]
