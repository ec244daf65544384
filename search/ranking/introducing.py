"""Find the sentences of a passage that only introduce others, so that none of them is marked.

These are headings, the header rows of tables, and the front matter of the article. The question's
words are often in them, but the answer is in what they introduce.
"""

from collections.abc import Collection, Sequence

from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage
from indexer.text import front_matter_end
from indexer.types import Block, Span
from search.ranking.recent import Recent

_MOST = 200_000
"""The maximum number of spans in the cache."""


class Introducing:
    """Finds such sentences, and caches where they are in the articles of recent hits. Thread-safe.

    The structure of an article is read with its text, so only for the passages of hits.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._known: Recent[str, tuple[Span, ...]] = Recent(most)
        """By the number of the article and the SHA-256 of its text."""

    def of(
        self, passages: Collection[StoredPassage], snapshot: Snapshot
    ) -> dict[int, tuple[Span, ...]]:
        """Passage id to the parts of its article in which sentences introduce others."""
        structured = {
            it.article_id: f"{it.article_id} {it.sha256}" for it in passages if it.has_structure
        }
        kept = {number: self._known.get(key) for number, key in structured.items()}
        spans = {number: found for number, found in kept.items() if found is not None}
        missing = structured.keys() - spans.keys()
        for number, blocks in snapshot.blocks(sorted(missing)) if missing else ():
            spans[number] = self._known.add(structured[number], tuple(_introducing(blocks)))
        return {it.id: (*_front_matter(it), *spans.get(it.article_id, ())) for it in passages}


def first_answering(
    passage: StoredPassage, ranked: Sequence[int], introducing: Sequence[Span] = ()
) -> int | None:
    """The best of the ``ranked`` sentences of a passage that introduces no other.

    If every sentence of the passage introduces others, the best one. None if none is left.
    """
    if not introducing:
        return ranked[0] if ranked else None
    for sentence in ranked:
        if not _is_within(passage.sentence(sentence), introducing):
            return sentence
    if ranked and all(_is_within(it, introducing) for it in passage.sentences):
        return ranked[0]
    return None


def _is_within(sentence: Span, introducing: Sequence[Span]) -> bool:
    return any(it.start < sentence.end and sentence.start < it.end for it in introducing)


def _front_matter(passage: StoredPassage) -> tuple[Span, ...]:
    end = 0 if passage.start else front_matter_end(passage.text)
    return (Span(0, end),) if end else ()


def _introducing(blocks: Sequence[Block]) -> list[Span]:
    """The headings and header rows among the blocks of an article, in order."""
    return [
        Span(it.start, it.head if it.kind == "table" else it.end)
        for it in blocks
        if it.kind == "heading" or (it.kind == "table" and it.start < it.head < it.end)
    ]
