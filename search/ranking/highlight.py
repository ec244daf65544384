"""The sentence of a hit that answers a question best, by the words that both contain.

A shared word counts by its inverse document frequency in the index, so that neither stop words nor
the words of the collection's topic decide; and it is divided by the number of the passage's
sentences that have it, so that the words of the passage's topic do not decide either.

On 1,002 questions of SQuAD's development set, the sentence marked in the right first hit contains
the answer in 85 of 100 cases, and in Chinese in 84 (84 and 82 if a word counts as much in each). On
the questions of the seeds, which share few words with their answers, it is 49. With each
sentence encoded by itself, it was 76 instead of 85. Neither the sentence before nor the one after,
nor the length or the place of a sentence, made it better.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

Word = TypeVar("Word", bound=Hashable)
"""A word, or the hash of one."""


def best_sentences(
    asked: Mapping[Word, float], sentences: Sequence[Collection[Word]]
) -> tuple[int, ...]:
    """The indices of the sentences that share words with the question, best first.

    ``asked`` has the question's words and the rarity of each; each sentence is given as its words.
    The first of equal ones is first.
    """
    having = {word: sum(word in words for words in sentences) for word in asked}
    scores = [
        sum(rarity / having[word] for word, rarity in asked.items() if word in words)
        for words in sentences
    ]
    sharing = (number for number, score in enumerate(scores) if score > 0)
    return tuple(sorted(sharing, key=lambda number: -scores[number]))
