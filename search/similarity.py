"""What is like an article, or like a part of one, as a question made of its text.

Its vector is the mean of the vectors of its passages, which the index has, so no model is loaded.
Its words are the most telling ones: those that are frequent in it and rare in the collection.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.deriving.lexical import LexicalIndex
from indexer.errors import QueryError
from indexer.storing.near import unknown_article
from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredArticle
from search.asked import Asked
from search.ranking.generation import Generation

_WORDS = 32
"""As many words as a long question has."""
_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 40
_LONGEST_TEXT = 100_000
"""Characters of a part of which words are counted."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A part of an indexed article: its text, its passages, and all those of the article."""

    name: str
    text: str
    passages: Ids
    own: Ids

    @classmethod
    def find(
        cls, snapshot: Snapshot, name: str, source: str | None, start: int, end: int | None
    ) -> "Sample":
        """The characters ``start`` to ``end`` of an article.

        Raises QueryError if there is no such article, several have the name, it has no such part,
        or the part has only white space.
        """
        named = snapshot.named(name, source)
        if not named:
            raise unknown_article(snapshot.rows, snapshot.folder, name)
        if len(named) > 1:
            sources = ", ".join(it.source for it in named)
            raise QueryError(f"several sources have an article {name!r}. Choose one: {sources}")
        article = named[0]
        stop = len(article.text) if end is None else end
        if not 0 <= start < stop <= len(article.text):
            raise QueryError(
                f"{name!r} has {len(article.text):,} characters, so it has no part {start}-{stop}"
            )
        own = snapshot.passages_within(name, article.source, 0, len(article.text))
        inside = snapshot.passages_within(name, article.source, start, stop)
        if not len(inside):
            raise QueryError(f"{name!r} has only white space from {start} to {stop}")
        shown = name if (start, stop) == (0, len(article.text)) else f"{name}:{start}-{stop}"
        return cls(shown, _text(article, start, stop), inside, own)

    def as_question(self, generation: Generation) -> Asked:
        """What is like this part, as a question."""
        words = self._telling_words(generation.words)
        return Asked(
            words,
            corrected=None,
            encoder=None,
            vector=self._vector(generation),
        )

    def _vector(self, generation: Generation) -> Vectors:
        """The mean of the vectors of its passages, of unit length."""
        mean = generation.meaning.vectors_of(self.passages).mean(axis=0)
        unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
        return unit

    def _telling_words(self, words: LexicalIndex) -> str:
        """The most telling words of its text, separated by spaces."""
        counts: Counter[str] = Counter()
        for found in _WORD.finditer(self.text[:_LONGEST_TEXT]):
            counts[found[0][:_LONGEST_WORD].lower()] += 1
        weights = {word: _weight(words, word, count) for word, count in counts.items()}
        best = sorted(weights, key=lambda word: (-weights[word], word))[:_WORDS]
        return " ".join(best)


def _text(article: StoredArticle, start: int, end: int) -> str:
    return f"{article.title}\n{article.text[start:end]}"


def _weight(words: LexicalIndex, word: str, count: int) -> float:
    rarest = max(map(words.rarity, words.words_of(word)), default=0.0)
    return rarest * (1 + math.log(count))
