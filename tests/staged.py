"""What tests of the store share: a generation that is being staged, and articles to put into it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from indexer.encoding.encoder import EncoderIdentity
from indexer.storing.database import open_for_writing
from indexer.storing.drafts import Draft, PackedVectors, Row, passage_key
from indexer.storing.evidence import pack_vectors, pack_words
from indexer.storing.staging import Staging
from indexer.storing.state import Derived, read_state
from indexer.types import Article, Passage, Span, Splitting
from tests.hashing import IDENTITY, HashingEncoder

SPLITTING = Splitting(12)
"""As the fixtures' indexes have it."""
NO_FILE = Derived("none", "0" * 64, 1, 0, 0)


@contextmanager
def staging(
    folder: Path,
    *,
    encoder: EncoderIdentity = IDENTITY,
    splitting: Splitting = SPLITTING,
    from_scratch: bool = False,
) -> Iterator[Staging]:
    """The next generation of the index in a folder, which is made if need be."""
    with open_for_writing(folder) as connection:
        current = read_state(connection, folder)
        yield Staging(connection, folder, current, encoder, splitting, from_scratch=from_scratch)


def draft(
    source: int, name: str, *sentences: str, title: str = "Title", origin: str = "/articles"
) -> Draft:
    """An article of one passage a sentence."""
    passages, at = [], 0
    for sentence in sentences:
        end = at + len(sentence)
        passages.append(Passage(at, end, sentence, (Span(at, end),)))
        at = end + 1
    article = Article(name, title, " ".join(sentences))
    return Draft(source, origin, article, 10, 10**18, title, tuple(passages))


def rows_of(*drafts: Draft, encoder: HashingEncoder | None = None) -> list[Row]:
    """The passages of drafts, as a run would store them."""
    encoder = encoder or HashingEncoder()
    return [
        Row(it, passage, *_packed(encoder, it, passage)) for it in drafts for passage in it.passages
    ]


def _packed(
    encoder: HashingEncoder, it: Draft, passage: Passage
) -> tuple[bytes, bytes, PackedVectors]:
    texts: Sequence[str] = [passage.text]
    parts = [Span(0, len(passage.text))]
    vectors, of_parts = encoder.encode_with_parts(texts, [parts])
    key = passage_key(encoder.identity, passage.text, parts)
    words = pack_words([it.article.title.lower().split(), passage.text.lower().split()])
    return key, words, PackedVectors(vectors[0].astype("<f2").tobytes(), pack_vectors(of_parts))


def publish(staged: Staging, calibration: str | None = None) -> None:
    """Publish a generation without derived files of its own."""
    staged.publish(vectors=NO_FILE, lexical=NO_FILE, calibration=calibration)
