"""From a question to queries of tantivy: which of its words to search for, and where.

tantivy scores each passage that has a word of a question, so frequent words are most of its time.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import tantivy

from indexer.deriving.analysis import Analyzer, is_spaceless

QUOTED = re.compile(r'["“„«]([^"“”„«»]+)["”“»]')
"""Words in quotation marks."""
_MANY = 20_000
_NEARLY_ALL = 0.7
"""In an index of many passages, words that more than this share of them contain are left out.

They are half of the time of a question (with 270,000 abstracts, 5.6 ms become 2.7 ms), and bring
next to nothing: of the first ten passages 0.99 stay the same. Left out in six small collections,
they change nDCG@10 of the hybrid ranking by 0.0003 at most. Left out above 0.5, they cost up to
0.003, and above 0.1 up to 0.014.
"""
_FEW = 0.05
"""In an index of many passages, the share of them that a question's rare words may have in all.

With 285,000 abstracts, a question needs 0.42 of the instructions if only passages with a rare word
are scored, and 0.65 with a share of 0.1. With titles as questions, nDCG@10 of the words is 0.8311
(0.8313 if all are scored), and 0.7820 (0.7816) beside vectors that hash words; with the claims of
SciFact, 0.680 (0.677) and 0.624 (0.615).

Tried and left out:

- a share of 0.03: it takes 0.8 of the time, but of the first ten passages 0.97 stay the same;
- to score the frequent words only for the best few hundred passages of the rare ones, because
  tantivy takes longer to look these up than to score all.
"""
_SEEK = 8
"""tantivy looks up one passage of a frequent word in the time in which it reads so many in order.

So for few passages it looks each of them up; for many it reads all passages of the frequent words.
With 270,000 abstracts and titles as questions, this takes 0.81 of the time of looking up always;
0.66 for the slowest twentieth. Sums of scores differ in the last digit.
"""


@dataclass(frozen=True, slots=True)
class AskedWords:
    """Makes queries for an index with ``count`` passages and a ``frequency`` for each word."""

    schema: tantivy.Schema
    analyzer: Analyzer
    count: int
    frequency: Callable[[str], int]

    def queries(self, question: str, words: Sequence[str]) -> tuple[tantivy.Query, tantivy.Query]:
        """What to search for first, and what if that finds too few passages.

        ``words`` are those of the question, as the index stores them. The second query finds all
        passages with one of them. In a large index, the first finds only those with a rare one;
        the frequent words then count where these are.
        """
        telling = self._telling(words)
        rare = self._rare(telling)
        phrases = list(self._phrases(question))
        whole = _any_of([*map(self._of_word, telling), *phrases])
        frequent = [word for word in telling if word not in rare]
        if not frequent:
            return whole, whole
        first = _any_of([*(self._of_word(word) for word in telling if word in rare), *phrases])
        others = [(tantivy.Occur.Should, self._of_word(word)) for word in frequent]
        if self._is_read_in_order(rare, frequent):
            return tantivy.Query.boolean_query([(tantivy.Occur.Must, first), *others]), whole
        for other in others:  # one at a time: tantivy then looks up the passages of each
            first = tantivy.Query.boolean_query([(tantivy.Occur.Must, first), other])
        return first, whole

    def _is_read_in_order(self, rare: Collection[str], frequent: Sequence[str]) -> bool:
        """Whether reading all passages of the frequent words is quicker than looking some up."""
        looked_up = sum(map(self.frequency, rare)) * (len(frequent) - 1)  # reading looks up once
        return _SEEK * looked_up > sum(map(self.frequency, frequent))

    def _of_word(self, word: str) -> tantivy.Query:
        if len(word) == 1 and is_spaceless(word):  # passages have it in bigrams only
            return tantivy.Query.regex_query(self.schema, "body", f"{word}.?|.{word}")
        return tantivy.Query.term_query(self.schema, "body", word)

    def _phrases(self, question: str) -> Iterator[tantivy.Query]:
        """A query for each quoted phrase."""
        for phrase in QUOTED.findall(question):
            words = self.analyzer.words(phrase)
            if len(words) > 1:
                yield tantivy.Query.phrase_query(self.schema, "body", list(words))

    def _telling(self, words: Sequence[str]) -> Sequence[str]:
        """In a large index, the words that not nearly every passage contains, if there are any."""
        if self.count < _MANY:
            return words
        most = _NEARLY_ALL * self.count
        return [word for word in words if self.frequency(word) <= most] or words

    def _rare(self, words: Sequence[str]) -> set[str]:
        """In a large index, the rarest words, which few passages contain in all; otherwise all."""
        if self.count < _MANY:
            return set(words)
        rare: set[str] = set()
        having = 0
        for word in sorted(set(words), key=lambda word: (self.frequency(word), word)):
            having += self.frequency(word)
            if rare and having > _FEW * self.count:
                break
            rare.add(word)
        return rare


def _any_of(parts: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
