"""The words of a passage, as hashes. Format 1 did not store them, so they are analysed again.

``indexer.storing.evidence`` describes the hashes.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from indexer.deriving.lexical import LexicalIndex
from indexer.storing.evidence import Hashes, hashed, unpack_words, without_title
from indexer.storing.stored import StoredPassage
from search.ranking.highlight import best_sentences


def passage_words(index: LexicalIndex, passage: StoredPassage) -> Hashes:
    """The words of a passage, without those of its title."""
    if passage.words is None:
        return hashed(index.words_of(passage.text))
    return without_title(passage.words, passage.sentence_count + 1)


def sentence_words(index: LexicalIndex, passage: StoredPassage) -> list[frozenset[int]]:
    """The words of each sentence of a passage."""
    if passage.words is None:
        at = passage.start
        texts = (passage.text[start - at : end - at] for start, end in passage.sentences)
        runs = [hashed(index.words_of(text)) for text in texts]
    else:
        lengths, words = unpack_words(passage.words, passage.sentence_count + 1)
        runs = np.split(words, np.cumsum(lengths)[:-1])[1:]
    return [frozenset(run.tolist()) for run in runs]


def marked(
    index: LexicalIndex, asked: Mapping[str, float], passages: Iterable[StoredPassage]
) -> dict[int, tuple[int, ...]]:
    """The sentences of each passage that share words with the question, best first, by its id."""
    rarity = dict(zip(hashed(asked).tolist(), asked.values(), strict=True))
    return {it.id: best_sentences(rarity, sentence_words(index, it)) for it in passages}
