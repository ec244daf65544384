"""A passage and an article as an index contains them."""

from dataclasses import dataclass, field

from indexer.storing.spans import count_sentences, unpack_sentence, unpack_sentences
from indexer.storing.structure import has_structure, unpack_metadata
from indexer.types import Block, Location, Metadata, Span


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the facts that readers need of its article.

    ``words`` are those of the title and of each sentence, packed (see ``evidence``). ``place`` says
    where it is in words of the article's format, ``metadata`` is the article's in JSON (see
    ``structure``).

    >>> passage = snapshot.passages([7])[7]
    >>> f"{passage.article}:{passage.start}-{passage.end}"
    'sea.md:0-29'
    """

    id: int
    article_id: int
    source: str
    article: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    packed_sentences: bytes
    words: bytes | None
    place: str | None = None
    metadata: str | None = None

    @property
    def sentence_count(self) -> int:
        return count_sentences(self.packed_sentences)

    @property
    def sentences(self) -> tuple[Span, ...]:
        """The span of each sentence, in characters of the article."""
        return unpack_sentences(self.packed_sentences, self.start)

    @property
    def has_structure(self) -> bool:
        """Whether the article has blocks or locations."""
        return self.metadata is not None and has_structure(self.metadata)

    @property
    def known(self) -> Metadata:
        """What the article's file says of it."""
        return unpack_metadata(self.metadata)

    def sentence(self, number: int) -> Span:
        """The span of one sentence, from 0, in characters of the article."""
        return unpack_sentence(self.packed_sentences, self.start, number)


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it was indexed, and the spans of its passages in its text, in order.

    Its metadata, blocks and locations are those that the reader of its format found.

    >>> (article,) = snapshot.named("sea.md")
    >>> start, end = article.passages[0]
    >>> article.text[start:end]
    'Rivers carry salt to the sea.'
    """

    source: str
    name: str
    title: str
    sha256: str
    text: str
    passages: tuple[Span, ...]
    metadata: Metadata = field(default_factory=Metadata)
    blocks: tuple[Block, ...] = ()
    locations: tuple[Location, ...] = ()
