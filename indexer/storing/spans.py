"""Pack the spans of a passage's sentences for the store.

Each span is its start and end relative to the passage: two little-endian uint32, eight bytes.
"""

import struct
from collections.abc import Sequence
from itertools import chain

import numpy as np

from indexer.types import Span

_SPAN = struct.Struct("<II")
_BYTES = _SPAN.size


def pack_sentences(sentences: Sequence[Span], start: int) -> bytes:
    """Pack spans of an article's text, for a passage that begins at ``start``."""
    # For so few numbers an array takes several times as long.
    offsets = [at - start for at in chain.from_iterable(sentences)]
    return struct.pack(f"<{len(offsets)}I", *offsets)


def unpack_sentences(packed: bytes, start: int) -> tuple[Span, ...]:
    """The inverse of ``pack_sentences``."""
    spans = np.frombuffer(packed, "<u4").astype(np.int64).reshape(-1, 2) + start
    return tuple(Span(first, last) for first, last in spans.tolist())


def unpack_sentence(packed: bytes, start: int, number: int) -> Span:
    """One of the spans that ``unpack_sentences`` returns, at a fraction of the time."""
    first, last = _SPAN.unpack_from(packed, number * _BYTES)
    return Span(start + first, start + last)


def count_sentences(packed: bytes) -> int:
    """The number of packed spans."""
    return len(packed) // _BYTES
