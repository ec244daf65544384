"""A stand-in encoder that costs almost nothing, to measure everything around the model.

It reads texts with the tokenizer of the default model, so articles are split as that model needs
it. But it never runs the model: each word longer than three letters adds or subtracts 1 at four
places of the vector, which its hash chooses. So texts that share words are near, and the vectors
are the same on every machine. Thousands of texts are hashed in a few calls of NumPy.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from indexer.arrays import Vectors
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.types import Span

PLACES = 4
SHORTEST = 4
"""Words with fewer letters are mostly words such as "of", which say nothing about a text."""
_LONGEST = 64
_Hashes = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int64]
_FACTORS: _Hashes = np.random.default_rng(5628).integers(0, 2**63, _LONGEST, np.uint64) * 2 + 1


class StandInEncoder:
    """An Encoder with the default model's tokenizer and dimension, and hashed words as vectors."""

    def __init__(self, tokenizer: Encoder | None = None) -> None:
        """``tokenizer`` counts tokens; by default the encoder of the default model does."""
        self._tokenizer = tokenizer or models.load(models.identify(models.DEFAULT_MODEL))
        self._identity = replace(
            self._tokenizer.identity, name="stand-in", weights="0" * 64, files="5628" * 16
        )

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    @property
    def form(self) -> str:
        return "stand-in (hashed words)"

    @property
    def passage_limit(self) -> int:
        return self._tokenizer.passage_limit

    @property
    def query_limit(self) -> int:
        return self._tokenizer.query_limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._tokenizer.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode_with_parts(texts, [()] * len(texts))[0]

    def encode_query(self, text: str) -> Vectors:
        vector: Vectors = self.encode_passages([text])[0]
        return vector

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        dimension = self.identity.dimension
        places, hashes = _words("\n".join(texts))
        begins = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1].astype(np.int64)
        rows = np.searchsorted(begins, places, "right") - 1
        spans = [
            (begin + start, begin + end)
            for begin, its in zip(begins.tolist(), parts, strict=True)
            for start, end in its
        ]
        vectors = _vectors(rows, hashes, len(texts), dimension)
        if not spans:
            return vectors, vectors[:0]
        starts, ends = np.array(spans, np.int64).T
        part = np.searchsorted(starts, places, "right") - 1
        inside = (part >= 0) & (places < ends[part])
        return vectors, _vectors(part[inside], hashes[inside], len(spans), dimension)


def _words(text: str) -> tuple[_Numbers, _Hashes]:
    """The first character and the hash of each word that is not too short."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    capital = (codes >= ord("A")) & (codes <= ord("Z"))
    codes += capital * np.uint64(32)
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    letter = digit | ((codes >= ord("a")) & (codes <= ord("z"))) | (codes >= ord("À"))
    at = np.flatnonzero(letter)
    if not len(at):
        return at, np.zeros(0, np.uint64)
    first = np.flatnonzero(np.diff(at, prepend=-2) > 1)
    lengths = np.diff(first, append=len(at))
    within = np.arange(len(at)) - np.repeat(first, lengths)
    hashes = np.add.reduceat(codes[at] * _FACTORS[within % _LONGEST], first)
    hashes ^= hashes >> np.uint64(31)
    hashes *= np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(29)
    kept = lengths >= SHORTEST
    return at[first[kept]], hashes[kept]


def _vectors(rows: _Numbers, hashes: _Hashes, count: int, dimension: int) -> Vectors:
    """Unit vectors, ``(count, dimension)``; that of a text without words is the first axis."""
    flat = np.zeros(count * dimension)
    for place in range(PLACES):
        taken = hashes >> np.uint64(12 * place)
        where = (taken & np.uint64(0x3FF)).astype(np.int64) % dimension
        sign = ((taken >> np.uint64(10)) & np.uint64(1)).astype(np.float64) * 2 - 1
        flat += np.bincount(rows * dimension + where, sign, count * dimension)
    vectors: Vectors = flat.reshape(count, dimension).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[lengths[:, 0] == 0, 0] = 1
    vectors /= np.where(lengths == 0, np.float32(1), lengths)
    return vectors
