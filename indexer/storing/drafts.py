"""The data types of the writing side: articles to add, and articles already in the index."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.encoding.encoder import EncoderIdentity
from indexer.types import Article, Passage, Span


class PackedVectors(NamedTuple):
    """A passage's vector as float16 bytes, and its sentences' vectors, if the encoder has them."""

    vector: bytes
    parts: bytes | None


class LiveArticle(NamedTuple):
    """An article that is in the index, published or staged, and has not died."""

    name: str
    id: int
    title: str
    sha256: str
    size: int
    mtime_ns: int
    """When its file was last changed, 0 if that time is not reliable; a hash of its line."""
    born: int
    metadata: str | None = None
    container: str | None = None
    """The file that contains it, if that contains several articles."""

    @property
    def file(self) -> str:
        """The file that it was read from."""
        return self.name if self.container is None else self.container


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An article to add to the index, split, with the size and time of its file."""

    source: int
    origin: str
    """The source's path."""
    article: Article
    size: int
    mtime_ns: int
    context: str
    """The title as embedded with each passage."""
    passages: tuple[Passage, ...]
    container: str | None = None
    places: Mapping[int, str] = field(default_factory=dict)
    """The place of each passage by its start, for those that have one."""
    metadata: str | None = None
    structure: bytes | None = None
    """Both packed, see ``structure``."""


class Row(NamedTuple):
    """A passage of a draft with its key, words and vectors, packed for the store."""

    draft: Draft
    passage: Passage
    key: bytes
    words: bytes
    vectors: PackedVectors


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference of a generation from the previous one, in articles and passages."""

    articles_added: int
    passages_added: int
    articles_ended: int
    passages_ended: int

    def __bool__(self) -> bool:
        return bool(self.articles_added or self.articles_ended)


def passage_key(encoder: EncoderIdentity, text: str, parts: Sequence[Span]) -> bytes:
    """The key of an embedded text, 16 bytes: equal keys have equal vectors (see ``schema``).

    It must never change for the same passage, or every index would be embedded again.
    """
    spans = [(start, end) for start, end in parts]  # formatted as plain tuples
    return hashlib.sha256(f"{encoder.key}\n{spans}\n{text}".encode()).digest()[:16]
