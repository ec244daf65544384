"""Whether two forms of a model give the same vectors: compare them on a few probe texts."""

from collections.abc import Sequence

import numpy as np

from indexer.arrays import Vectors
from indexer.encoding.encoder import Encoder
from indexer.types import Span

_PROBES = (
    "a",
    "How many people crossed the river?",
    "Tides rise and fall because the Moon pulls the near side of the Earth harder than the far.",
    "Größe, naïveté, Ελληνικά, 日本語 and 1,024.5 µg — “quoted” (twice) e-mail: a.b@example.org",
    "The committee met on Monday, 4 December. It adjourned without a vote. " * 6,
)


def probes_for(encoder: Encoder) -> list[str]:
    """The probe texts that an encoder can read whole."""
    lengths = encoder.count_tokens(_PROBES)
    limit = encoder.passage_limit
    return [text for text, length in zip(_PROBES, lengths, strict=True) if length <= limit]


def probed(encoder: Encoder, probes: Sequence[str]) -> Vectors:
    """The vectors of the probes as passages, as a query, and of their parts, ``(n, dimension)``.

    Each way of encoding runs other code, so each is tried.
    """
    found = [encoder.encode_passages(probes), encoder.encode_query(_PROBES[1])[np.newaxis]]
    if encoder.identity.reads_parts:
        halves = [[Span(0, len(text) // 2), Span(len(text) // 2, len(text))] for text in probes]
        found.extend(encoder.encode_with_parts(probes, halves))
    return np.concatenate(found)


def agreement(ours: Vectors, theirs: Vectors) -> float:
    """The lowest cosine between unit vectors at the same place; -1 if one is not a number.

    >>> agreement(probed(compiled, probes), probed(reference, probes)) > 0.999
    True
    """
    cosines = (ours * theirs).sum(axis=1)
    return float(cosines.min()) if np.isfinite(cosines).all() else -1.0
