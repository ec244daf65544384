"""Embed passages: with the vectors that the index already has, else by the encoder."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from indexer.encoding.encoder import Encoder
from indexer.storing.drafts import PackedVectors, Row
from indexer.storing.evidence import pack_vectors
from indexer.storing.shards.vectors import OtherShards
from indexer.storing.staging import Staging
from indexer.types import Span
from indexer.updating.drafting import Window
from indexer.updating.steps import AHEAD

_NOT_YET_STORED = AHEAD + 1
"""How many windows may be embedded and not stored: those ready, and the one that is written."""


class Embedded(NamedTuple):
    """The rows of a window; ``encoded`` passages had no vector yet. ``done`` is the window's."""

    rows: Sequence[Row]
    encoded: int
    done: int


def embedded(
    windows: Iterable[Window], staging: Staging, encoder: Encoder, others: OtherShards | None = None
) -> Iterator[Embedded]:
    """Yield the rows of each window, which the caller stores before it takes the next but one.

    Vectors that ``others`` have are reused too.
    """
    recent = deque[Mapping[bytes, PackedVectors]](maxlen=_NOT_YET_STORED)
    for window in windows:
        wanted = {it.key: it for it in window.passages}
        vectors = staging.known_vectors(list(wanted))
        for earlier in recent:
            vectors.update((key, earlier[key]) for key in wanted.keys() & earlier.keys())
        if others is not None:
            vectors.update(others.known_vectors([key for key in wanted if key not in vectors]))
        missing = [it for key, it in wanted.items() if key not in vectors]
        if missing:
            encoded = _encode(encoder, [it.text for it in missing], [it.parts for it in missing])
            vectors.update(zip((it.key for it in missing), encoded, strict=True))
        recent.append(vectors)
        rows = [
            Row(it.draft, it.passage, it.key, it.words, vectors[it.key]) for it in window.passages
        ]
        yield Embedded(rows, len(missing), window.done)


def _encode(
    encoder: Encoder, texts: Sequence[str], parts: Sequence[Sequence[Span]]
) -> list[PackedVectors]:
    """The packed vectors of passages, and of their sentences if the encoder computes them."""
    if not encoder.identity.reads_parts:
        vectors = encoder.encode_passages(texts).astype("<f2")
        return [PackedVectors(vector.tobytes(), None) for vector in vectors]
    vectors, found = encoder.encode_with_parts(texts, parts)
    packed, size = pack_vectors(found), found.shape[1]  # a byte for each component
    ends = [size * count for count in accumulate(map(len, parts))]
    return [
        PackedVectors(vector.tobytes(), packed[start:end])
        for vector, start, end in zip(vectors.astype("<f2"), [0, *ends], ends, strict=False)
    ]
