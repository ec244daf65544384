"""Pack the spans of a passage's sentences for the store.

Each span is its start and end relative to the passage: two little-endian uint32, eight bytes.
"""

from collections.abc import Sequence
from struct import Struct

import numpy as np

from indexer.types import Span

_SPAN = Struct("<II")
_BYTES = _SPAN.size


def pack_sentences(sentences: Sequence[Span], start: int) -> bytes:
    """Pack spans of an article's text, for a passage that begins at ``start``."""
    return (np.array(sentences, np.int64) - start).astype("<u4").tobytes()


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
