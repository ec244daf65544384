"""What the ranking knows of a passage's sentences without reading them: their words and vectors.

A passage's words are kept as runs of hashes, the title's first and then each sentence's: uint32,
little-endian, the lengths of the runs before the runs themselves. A word is hashed as the lexical
index has it, stemmed, and once a run. A sentence's vector is int8, in steps that depend on the
dimension alone: the more there are, the smaller the components of a unit vector.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from indexer.arrays import Vectors

Hashes: TypeAlias = npt.NDArray[np.uint32]
"""uint32 ``(n,)``: words."""

_SPREAD = 4.9
"""Standard deviations of a unit vector's components that int8 spans: seldom does one exceed it."""


def hashed(words: Collection[str]) -> Hashes:
    """The hashes of words, in their order."""
    return np.fromiter((crc32(word.encode()) for word in words), "<u4", len(words))


def pack_words(runs: Sequence[Collection[str]]) -> bytes:
    """The words of a title and of sentences, each run without repetitions."""
    lengths = np.array([len(run) for run in runs], "<u4")
    return b"".join([lengths.tobytes(), *(hashed(run).tobytes() for run in runs)])


def unpack_words(packed: bytes, runs: int) -> tuple[npt.NDArray[np.int64], Hashes]:
    """The lengths of the runs, ``(runs,)``, and the words of all."""
    values = np.frombuffer(packed, "<u4")
    return values[:runs].astype(np.int64), values[runs:]


def coverage(asked: Mapping[str, float], packed: bytes) -> float:
    """The share of a question's words that a passage or its title has, each by its rarity.

    ``asked`` gives the rarity of each; 0 for a question without words.
    """
    total = sum(asked.values())
    # What is packed before the runs are their lengths: no hash of a word is so small.
    held = np.isin(hashed(asked), np.frombuffer(packed, "<u4"))
    return float(np.dot(held, list(asked.values())) / total) if total else 0.0


def pack_vectors(vectors: Vectors) -> bytes:
    """Sentence vectors as the store keeps them."""
    steps = np.rint(vectors * _steps(vectors.shape[1]))
    packed: bytes = np.clip(steps, -127, 127).astype(np.int8).tobytes()
    return packed


def unpack_vectors(packed: bytes, dimension: int) -> Vectors:
    """float32 ``(sentences, dimension)``, of nearly unit length."""
    steps = np.frombuffer(packed, np.int8).reshape(-1, dimension)
    return steps.astype(np.float32) * np.float32(1 / _steps(dimension))


def _steps(dimension: int) -> float:
    """Steps of int8 to the unit."""
    return float(127 * dimension**0.5 / _SPREAD)
