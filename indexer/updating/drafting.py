"""Split articles into passages, in windows that are embedded and stored together."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from indexer.deriving.analysis import Analyzer
from indexer.deriving.packing import WordPacker
from indexer.encoding.encoder import Encoder
from indexer.reading.articles import Entry
from indexer.splitting.passages import Unsplit, embedding_text, split_all
from indexer.storing.drafts import Draft, passage_key
from indexer.types import Article, Passage, Span, Splitting
from indexer.updating.source_update import SourceUpdate

_WINDOW = 512
"""How many passages are encoded together and stored in one transaction: enough to batch them by
length, but an interruption loses only seconds of work."""

_BATCH = 200_000
"""How many characters of articles are split together: enough for their tokens to be counted in one
call, little enough that reading them all takes no memory to speak of."""


class Drafted(NamedTuple):
    """A passage of a draft with its key and its words, packed; ``text`` and ``parts`` are embedded.

    ``parts`` are its sentences in ``text``.
    """

    draft: Draft
    passage: Passage
    key: bytes
    words: bytes
    text: str
    parts: list[Span]


class Window(NamedTuple):
    """Passages that are embedded and stored together.

    ``done`` is how many bytes of the source have been processed with them.
    """

    passages: Sequence[Drafted]
    done: int


def windows(
    update: SourceUpdate,
    articles: Iterable[tuple[Entry, Article]],
    encoder: Encoder,
    splitting: Splitting,
) -> Iterator[Window]:
    """Split articles of a source; yields their passages in windows, in order."""
    window: list[Drafted] = []
    packer = WordPacker(Analyzer.of(splitting))
    for draft in _drafts(update, articles, encoder, splitting):
        for passage in draft.passages:
            window.append(_drafted(draft, passage, encoder, packer))
            if len(window) == _WINDOW:
                yield Window(window, update.done)
                window = []
    if window:
        yield Window(window, update.done)


def _drafts(
    update: SourceUpdate,
    articles: Iterable[tuple[Entry, Article]],
    encoder: Encoder,
    splitting: Splitting,
) -> Iterator[Draft]:
    for batch in _batches(articles):
        split = split_all(
            [Unsplit(it.title, it.text, it.blocks) for _, it in batch],
            encoder.count_tokens,
            encoder.passage_limit,
            splitting,
        )
        for (entry, article), (context, passages) in zip(batch, split, strict=True):
            yield update.draft(entry, article, context, tuple(passages))


def _batches(
    found: Iterable[tuple[Entry, Article]],
) -> Iterator[list[tuple[Entry, Article]]]:
    """Articles in batches that are split together, of about ``_BATCH`` characters."""
    batch: list[tuple[Entry, Article]] = []
    characters = 0
    for entry, article in found:
        batch.append((entry, article))
        characters += len(article.text)
        if characters >= _BATCH:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _drafted(draft: Draft, passage: Passage, encoder: Encoder, packer: WordPacker) -> Drafted:
    text = embedding_text(draft.context, passage.text, passage.above)
    shift = len(text) - len(passage.text) - passage.start
    parts = [Span(start + shift, end + shift) for start, end in passage.sentences]
    whole = draft.article.text
    words = packer.pack(
        [draft.article.title, *[whole[start:end] for start, end in passage.sentences]]
    )
    key = passage_key(encoder.identity, text, parts)
    return Drafted(draft, passage, key, words, text, parts)
