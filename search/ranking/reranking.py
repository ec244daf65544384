"""The third look, which is asked for: a model reads the question with each of the first candidates.

An encoder has seen a passage before anybody asked; a reranker reads both together, which tells more
and costs a run of a model for each pair.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from indexer.arrays import Scores
from indexer.encoding.finding import local_folder
from search.ranking.fusion import Candidates


class Reranker(Protocol):
    """What reads a question with texts, and says how well each answers it.

    >>> class Shortest:
    ...     def relevance(self, question: str, texts: Sequence[str]) -> Scores:
    ...         return np.array([-len(text) for text in texts], np.float32)
    >>> Shortest().relevance("why?", ["a long text", "a text"]).tolist()
    [-11.0, -6.0]
    """

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        """Log-odds that each text answers, float32 ``(n,)``: of any size, 0 for even odds."""
        ...


@dataclass(frozen=True, slots=True)
class Reranked:
    """Candidates in their new order; ``scores`` has, by id, those that the reranker gave."""

    ranked: Candidates
    scores: dict[int, float]


def load_reranker(model: Path | str) -> Reranker:
    """The cross-encoder in a folder, or with that name in the Hugging Face cache.

    Nothing is downloaded. Raises ModelError if there is none, or none that can be used.

    >>> reranker = load_reranker("models/my-cross-encoder")
    >>> reranker.relevance("Why is the sea salt?", ["Rivers carry salt.", "Owls hunt."])
    """
    folder = local_folder(str(model))
    from search.ranking.cross_encoder import CrossEncoderReranker

    return CrossEncoderReranker(folder)


def rerank(
    reranker: Reranker,
    question: str,
    candidates: Candidates,
    text: Callable[[int], str],
    first: int,
) -> Reranked:
    """Rank the ``first`` candidates by the reranker; ``text`` tells what it is to read of each.

    A score is then the odds as a share, from 0 to 1. The candidates behind keep their order, and
    score no more than the last that was read.
    """
    ids = candidates.ids[:first]
    if not len(ids):
        return Reranked(candidates, {})
    odds = reranker.relevance(question, [text(number) for number in ids.tolist()])
    read = Candidates(odds, ids).best(len(ids))
    shares = (0.5 * (1 + np.tanh(read.scores.astype(np.float64) / 2))).astype(np.float32)
    unread = np.clip(candidates.scores[first:], 0, shares[-1])
    ranked = Candidates(
        np.concatenate([shares, unread]), np.concatenate([read.ids, candidates.ids[first:]])
    )
    return Reranked(ranked, Candidates(shares, read.ids).by_id())
