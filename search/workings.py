"""How an answer came about, for an evaluation, which looks at more than its hits."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from search.asked import Seen, per_article
from search.ranking.explanation import StageRanking
from search.ranking.legs import DEPTH
from search.ranking.trace import LEG, Trace, trace
from search.stages import Stages
from search.types import Options

_EQUAL = 1e-4
"""Cosines that differ by less may have been computed in two ways."""


@dataclass(frozen=True, slots=True)
class Workings:
    """The stages of one answer, and what the index knows of the question.

    All of it is in memory. It reads no database, so it may be asked after the answer is returned.
    """

    seen: Seen
    stages: Stages
    options: Options

    @property
    def generation(self) -> int:
        return self.seen.state.generation

    def trace(self, numbers: Collection[int]) -> Trace:
        """The best of these passages, at least one, at each stage, beside the first hit."""
        known = self.stages.passages
        rankings = (*self._legs(), *self.stages.rankings(self.options.k))
        return trace(numbers, rankings, lambda it: known[it].article_id, per_article(self.options))

    def was_missed(self, numbers: Collection[int]) -> bool:
        """Whether one of these passages, no candidates, is nearer to the question than some are.

        Then the search by meaning missed it, because it reads only a part of a large index.
        """
        vector, legs = self.seen.asked.vector, self.stages.legs
        if vector is None or not len(legs.semantic.ids):
            return False
        depth = max(self.options.k, legs.rescored, DEPTH if self.options.mode == "hybrid" else 0)
        farthest = legs.semantic.scores[:depth].min()  # after them are candidates by words alone
        ids = np.array(sorted(numbers), np.int64)
        nearest = self.seen.generation.meaning.scores_of(vector, ids).scores.max()
        return bool(nearest > farthest + _EQUAL)

    def words(self) -> Mapping[str, int]:
        """The words of the question without stop words, and how many passages have each."""
        words = self.seen.generation.words
        return {
            word: max(map(words.frequency, words.words_of(word)), default=0)
            for word in words.telling_words(self.seen.asked.question)
        }

    def unread(self, words: Sequence[str]) -> list[str]:
        """Those of some words that the model does not know as a whole; all if no model is used."""
        encoder = self.seen.asked.encoder
        if encoder is None or not words:
            return list(words)
        tokens = encoder.count_tokens(words)
        return [word for word, count in zip(words, tokens, strict=True) if count > 1]

    def _legs(self) -> tuple[StageRanking, ...]:
        """All candidates of the legs that were used."""
        legs = self.stages.legs
        found = {}
        if self.options.mode != "lexical":
            found["semantic"] = legs.semantic.best(len(legs.semantic.ids))
        if self.options.mode != "semantic":
            found["lexical"] = legs.lexical
        return tuple(StageRanking(f"{it} {LEG}", of, len(of.ids)) for it, of in found.items())


Watch: TypeAlias = Callable[[Workings], None]
"""Called with the workings of each answer."""
