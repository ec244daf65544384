"""Where a passage's sentences are, as the store keeps it.

Each has its start and its end, relative to the passage: uint32, little-endian, eight bytes each.
"""

from collections.abc import Sequence

import numpy as np

from indexer.types import Span

_BYTES = 8


def pack_sentences(sentences: Sequence[Span], start: int) -> bytes:
    """Spans in an article, for a passage that begins at ``start``."""
    return (np.array(sentences, np.int64) - start).astype("<u4").tobytes()


def unpack_sentences(packed: bytes, start: int) -> tuple[Span, ...]:
    """The inverse of ``pack_sentences``."""
    spans = np.frombuffer(packed, "<u4").astype(np.int64).reshape(-1, 2) + start
    return tuple(Span(first, last) for first, last in spans.tolist())


def count_sentences(packed: bytes) -> int:
    """How many there are."""
    return len(packed) // _BYTES
