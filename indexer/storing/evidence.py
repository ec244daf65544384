"""Pack the words and vectors of a passage's sentences, which the ranking reads instead of text.

A passage's words are stored as runs of hashes, the title's first and then each sentence's: uint32,
little-endian, the lengths of all runs before the runs. A word is hashed in the stemmed form of the
lexical index, once per run. A sentence's vector is int8; the step size depends only on the
dimension, because the components of a unit vector get smaller as it grows.
"""

import struct
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Vectors

Hashes: TypeAlias = npt.NDArray[np.uint32]
"""uint32 ``(n,)``: words."""

_SPREAD = 4.9
"""Range of int8, in standard deviations of a unit vector's components; few components exceed it."""


def hashed(words: Collection[str]) -> Hashes:
    """The hash of each word, in the given order."""
    return np.fromiter(map(word_hash, words), "<u4", len(words))


@lru_cache(maxsize=2**16)  # most words of an article are frequent ones
def word_hash(word: str) -> int:
    """The hash of a word, from 0 to 2**32 - 1."""
    return crc32(word.encode())


def pack_words(runs: Sequence[Collection[str]]) -> bytes:
    """Pack the words of a title and of each sentence; a run must not repeat a word."""
    return pack_hashes([list(map(word_hash, run)) for run in runs])


def pack_hashes(runs: Sequence[Sequence[int]]) -> bytes:
    """Pack words that are already hashed; a run must not repeat a word."""
    # For so few numbers an array takes several times as long.
    values = [*map(len, runs), *chain.from_iterable(runs)]
    return struct.pack(f"<{len(values)}I", *values)


def unpack_words(packed: bytes, runs: int) -> tuple[npt.NDArray[np.int64], Hashes]:
    """The lengths of the runs, int64 ``(runs,)``, and the hashes of all runs."""
    values = np.frombuffer(packed, "<u4")
    return values[:runs].astype(np.int64), values[runs:]


def without_title(packed: bytes, runs: int) -> Hashes:
    """The hashes of all runs but the first."""
    values = np.frombuffer(packed, "<u4")
    return values[runs + int(values[0]) :]


def contained(asked: Hashes, packed: Sequence[bytes], runs: Ids) -> npt.NDArray[np.bool_]:
    """Whether each run of words contains each of the words ``asked``, ``(runs.sum(), asked)``.

    ``packed`` has the words of several passages, and ``runs`` the number of runs of each.
    """
    values = np.frombuffer(b"".join(packed), "<u4")
    sizes = np.fromiter(map(len, packed), np.int64, len(packed)) // 4
    blocks, firsts = np.cumsum(sizes) - sizes, np.cumsum(runs) - runs
    lengths = values[np.arange(runs.sum()) + np.repeat(blocks - firsts, runs)].astype(np.int64)
    before = np.cumsum(lengths) - lengths
    starts = before + np.repeat(blocks + runs - before[firsts], runs)
    ordered = np.sort(asked)
    found = np.zeros((len(lengths), len(ordered)), bool)
    if len(ordered):
        nearest = np.searchsorted(ordered[:-1], values)
        # The lengths of the runs are compared too, but no word's hash is so small.
        places = np.flatnonzero(ordered[nearest] == values)
        found[np.searchsorted(starts, places, "right") - 1, nearest[places]] = True
    return found[:, np.searchsorted(ordered, asked)]  # the first of equal ones, as above


def coverage(asked: Mapping[str, float], packed: bytes) -> float:
    """The share of a question's words in a passage or its title, weighted by rarity (0 to 1).

    ``asked`` maps each word to its rarity; the result is 0 for a question without words.
    """
    total = sum(asked.values())
    # The lengths of the runs are compared too, but no word's hash is so small.
    held = np.isin(hashed(asked), np.frombuffer(packed, "<u4"))
    return float(np.dot(held, list(asked.values())) / total) if total else 0.0


def pack_vectors(vectors: Vectors) -> bytes:
    """Pack sentence vectors, float32 ``(sentences, dimension)``, for the store."""
    steps = np.rint(vectors * _steps(vectors.shape[1]))
    packed: bytes = np.clip(steps, -127, 127).astype(np.int8).tobytes()
    return packed


def unpack_vectors(packed: bytes, dimension: int) -> Vectors:
    """float32 ``(sentences, dimension)``, rows of nearly unit length."""
    steps = np.frombuffer(packed, np.int8).reshape(-1, dimension)
    vectors = steps.astype(np.float32)
    vectors *= np.float32(1 / _steps(dimension))
    return vectors


def _steps(dimension: int) -> float:
    """The number of int8 steps from 0 to 1."""
    return float(127 * dimension**0.5 / _SPREAD)
