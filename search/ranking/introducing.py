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
    ) -> dict[int, frozenset[int]]:
        """Passage id to the numbers of its sentences that introduce others.

        Empty if no other sentence is left. Passages without such sentences are left out.
        """
        structured = {
            it.article_id: f"{it.article_id} {it.sha256}" for it in passages if it.has_structure
        }
        kept = {number: self._known.get(key) for number, key in structured.items()}
        spans = {number: found for number, found in kept.items() if found is not None}
        missing = structured.keys() - spans.keys()
        for number, blocks in snapshot.blocks(sorted(missing)) if missing else ():
            spans[number] = self._known.add(structured[number], tuple(_introducing(blocks)))
        numbers = {it.id: _numbers(it, spans.get(it.article_id, ())) for it in passages}
        return {number: found for number, found in numbers.items() if found}


def first_answering(ranked: Sequence[int], introducing: frozenset[int] = frozenset()) -> int | None:
    """The best of the ``ranked`` sentences of a passage that introduces no other; None if none.

    >>> first_answering([0, 2, 1], frozenset({0}))
    2
    """
    return next((sentence for sentence in ranked if sentence not in introducing), None)


def _introducing(blocks: Sequence[Block]) -> list[Span]:
    """The headings and header rows among the blocks of an article, in order."""
    return [
        Span(it.start, it.head if it.kind == "table" else it.end)
        for it in blocks
        if it.kind == "heading" or (it.kind == "table" and it.start < it.head < it.end)
    ]


def _numbers(passage: StoredPassage, spans: Sequence[Span]) -> frozenset[int]:
    if passage.sentence_count == 1:
        return frozenset()
    if passage.start == 0 and (end := front_matter_end(passage.text)):
        spans = [Span(0, end), *spans]
    within = [it for it in spans if it.start < passage.end and it.end > passage.start]
    if not within:
        return frozenset()
    sentences = passage.sentences
    found = frozenset(
        number
        for number, (start, end) in enumerate(sentences)
        if any(it.start < end and start < it.end for it in within)
    )
    return found if len(found) < len(sentences) else frozenset()
