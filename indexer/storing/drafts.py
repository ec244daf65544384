"""What is on its way into the index, and what is there already: the nouns of the writing side."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from indexer.encoding.encoder import EncoderIdentity
from indexer.types import Article, Passage, Span


class PackedVectors(NamedTuple):
    """A passage's vector, float16 bytes, and its sentences', if the encoder gives them."""

    vector: bytes
    parts: bytes | None


class Standing(NamedTuple):
    """An article that is in the index and has not ended."""

    name: str
    id: int
    title: str
    sha256: str
    size: int
    mtime_ns: int
    """When its file was changed; 0 if that cannot be relied on."""
    born: int


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An article on its way into the index: stamped as it was found, and split."""

    source: int
    origin: str
    """The source's path."""
    article: Article
    size: int
    mtime_ns: int
    context: str
    """The title as it is embedded with each passage."""
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A passage of a draft with its key, words and vectors, packed as the store keeps them."""

    draft: Draft
    passage: Passage
    key: bytes
    words: bytes
    vectors: PackedVectors


@dataclass(frozen=True, slots=True)
class Changes:
    """What tells a generation from the one before, in articles and in passages."""

    articles_added: int
    passages_added: int
    articles_ended: int
    passages_ended: int

    def __bool__(self) -> bool:
        return bool(self.articles_added or self.articles_ended)


def passage_key(encoder: EncoderIdentity, text: str, parts: Sequence[Span]) -> bytes:
    """What tells embedded texts apart: equal keys have equal vectors (see ``schema``).

    Were the same passage to get another key, every index would be embedded again.
    """
    spans = [(start, end) for start, end in parts]  # written as plain tuples are
    return hashlib.sha256(f"{encoder.key}\n{spans}\n{text}".encode()).digest()[:16]
