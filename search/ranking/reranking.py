"""The optional reranking: a model reads the question together with each of the first candidates.

An encoder reads each passage once, when it is indexed. A reranker reads the question and a passage
together, which ranks better but costs a run of the model for each pair.
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
    """Reads a question together with texts, and scores how well each text answers it.

    >>> class Shortest:
    ...     def relevance(self, question: str, texts: Sequence[str]) -> Scores:
    ...         return np.array([-len(text) for text in texts], np.float32)
    >>> Shortest().relevance("why?", ["a long text", "a text"]).tolist()
    [-11.0, -6.0]
    """

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        """The log-odds that each text answers the question, float32 ``(n,)``; 0 means even odds."""
        ...


@dataclass(frozen=True, slots=True)
class Reranked:
    """Candidates in their new order; ``scores`` has the reranker's scores by passage id."""

    ranked: Candidates
    scores: dict[int, float]


def load_reranker(model: Path | str) -> Reranker:
    """Load the cross-encoder in a folder, or with that name in the Hugging Face cache.

    Nothing is downloaded. Raises ModelError if it is missing or cannot be used.

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
    """Rank the ``first`` candidates with the reranker; ``text`` returns the text of a passage.

    Their scores become probabilities, from 0 to 1. The other candidates follow in their old order,
    and their scores are at most that of the last reranked one.
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
