"""Query to candidates to ranking to hits, over an open index.

A searcher keeps one generation's indexes in memory. At each question it looks whether a newer
generation has been published, and takes that up; one question sees one generation throughout.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from indexer import models
from indexer.encoder import Encoder, EncoderIdentity, Ids, Vectors
from indexer.errors import EncoderMismatch, QueryError
from indexer.evidence import hashed
from indexer.lexical import words_of
from indexer.snapshot import Snapshot, StoredPassage
from indexer.store import State, Store
from search.generation import Generation
from search.highlight import best_sentence
from search.ranking import Candidates, fuse, merge
from search.rescoring import Asked, Evidence, Rescored, look_again
from search.types import MODES, Answer, Hit, Mode, Span

MAX_K = 1000

_LOOKED_AT = 30
"""Candidates that are looked at again: more did not change the ranking measurably."""
_DEPTH = 100
"""Candidates that each leg gives the fusion: more did not change the ranking measurably."""


class Searcher:
    """An open index. Safe to use from several threads; close it, or use it in a ``with``."""

    def __init__(self, store: Store, encoder: Encoder | None = None) -> None:
        """``encoder`` stands in for the one that the index names; it must be the same."""
        self._store = store
        self._given = encoder
        self._lock = Lock()
        self._held: Generation | None = None
        self._encoder: Encoder | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def search(
        self, query: str, k: int = 10, *, mode: Mode = "hybrid", under: str | None = None
    ) -> Answer:
        """The at most ``k`` passages that answer ``query`` best, best first.

        ``under`` keeps to the articles in a folder, or whose path matches a glob. Raises QueryError
        for an empty query, a ``k`` outside 1 to 1000 or an unknown mode, ModelError if the model
        of the index is gone, and IndexFolderError if the index cannot be read.
        """
        started = time.perf_counter()
        question = _checked(query, k, mode)
        while True:
            with self._store.snapshot() as (state, _):
                identity = state.encoder
            encoder = None if mode == "lexical" else self._encoder_for(identity)
            vector = encoder.encode_query(question) if encoder else None
            with self._store.snapshot() as (state, snapshot):
                if state.encoder.key != identity.key:
                    continue  # the index was made anew with another model in between
                generation = self._generation(state, snapshot)
                allowed = snapshot.under(under) if under is not None else None
                ranking = _rank(generation, question, vector, k, mode, allowed)
                hits = _hits(question, vector, ranking, snapshot, generation, k)
            if not generation.warnings or self._is_current(state):
                break
        return Answer(
            query=query,
            mode=mode,
            took_ms=(time.perf_counter() - started) * 1000,
            generation=state.generation,
            articles=state.articles,
            passages=state.passages,
            hits=hits,
            warnings=(*generation.warnings, *(_cut(question, encoder) if encoder else ())),
        )

    def _encoder_for(self, identity: EncoderIdentity) -> Encoder:
        with self._lock:
            if self._encoder is None or self._encoder.identity.key != identity.key:
                self._encoder = self._given or models.load(identity)
                if self._encoder.identity.key != identity.key:
                    raise EncoderMismatch(
                        f"{self._store.folder} was made with {identity.name}; to search it with"
                        f" {self._encoder.identity.name}, index again with that model"
                    )
            return self._encoder

    def _is_current(self, state: State) -> bool:
        """Whether a generation is still the published one: if not, its files may be gone."""
        with self._store.snapshot() as (now, _):
            return now == state

    def _generation(self, state: State, snapshot: Snapshot) -> Generation:
        with self._lock:
            if self._held is None or self._held.state != state:
                self._held = Generation.read(self._store.folder, state, snapshot, self._held)
            return self._held


def open_index(folder: Path | str = ".locus", *, encoder: Encoder | None = None) -> Searcher:
    """Open the index in ``folder`` for searching; raises IndexFolderError if that cannot be.

    The model is loaded at the first question that needs it. ``encoder`` gives one that is loaded
    already; searching raises EncoderMismatch if the index was made with another.
    """
    return Searcher(Store(Path(folder)), encoder)


def _checked(query: str, k: int, mode: str) -> str:
    question = query.strip()
    if not question:
        raise QueryError("the question is empty")
    if not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k}, and must be from 1 to {MAX_K}")
    if mode not in MODES:
        raise QueryError(f"there is no mode {mode!r}: it is one of {', '.join(MODES)}")
    try:
        question.encode()
    except UnicodeEncodeError:
        raise QueryError("the question is not valid text: it is not UTF-8") from None
    return question


def _cut(question: str, encoder: Encoder) -> tuple[str, ...]:
    """A warning if the question is longer than the model reads."""
    if len(question) <= encoder.query_limit:  # a token has at least one character
        return ()
    tokens = encoder.count_tokens([question])[0]
    if tokens <= encoder.query_limit:
        return ()
    warning = (
        f"the question has {tokens} tokens, and {encoder.identity.name} reads"
        f" {encoder.query_limit}: only its beginning was used"
    )
    return (warning,)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The first candidates, best first, the scores of the legs that took part, and their zero."""

    first: Candidates
    semantic: dict[int, float]
    lexical: dict[int, float]
    typical: float


def _rank(
    generation: Generation,
    question: str,
    vector: Vectors | None,
    k: int,
    mode: Mode,
    allowed: Ids | None,
) -> _Ranking:
    """The candidates of a question, more than are asked for."""
    size = max(k, _LOOKED_AT)
    depth = max(size, _DEPTH)
    if vector is None:
        lexical = generation.by_words(question, size, allowed)
        return _Ranking(lexical, {}, lexical.by_id(), 0.0)
    if mode == "semantic":
        semantic = generation.by_meaning(vector, size, allowed)
        return _Ranking(semantic, semantic.by_id(), {}, 0.0)
    near = generation.by_meaning(vector, depth, allowed)
    lexical = generation.by_words(question, depth, allowed)
    others = generation.meaning_of(vector, np.setdiff1d(lexical.ids, near.ids))
    semantic = merge((near, others), 2 * depth)
    # Where all passages are candidates, a typical one is among them, and the last is the measure.
    few = 0 < len(near.scores) < depth
    typical = float(near.scores[-1]) if few else generation.typical(vector)
    first = fuse(semantic, lexical, typical, size)
    return _Ranking(first, semantic.by_id(), lexical.by_id(), typical)


def _hits(
    question: str,
    vector: Vectors | None,
    ranking: _Ranking,
    snapshot: Snapshot,
    generation: Generation,
    k: int,
) -> tuple[Hit, ...]:
    ids = ranking.first.ids.tolist()
    passages = snapshot.passages(ids)
    if len(passages) < len(ids):
        raise snapshot.damaged("passages of its files are not in it")
    asked = {word: generation.words.rarity(word) for word in sorted(words_of(question))}
    parts = snapshot.parts(ids) if vector is not None else {}
    known = {
        number: Evidence(it.article_id, it.sentence_count, it.words, parts.get(number))
        for number, it in passages.items()
        if it.words is not None
    }
    if len(known) == len(ids):
        rarity = np.fromiter(asked.values(), np.float32, len(asked))
        rescored = look_again(
            Asked(hashed(asked), rarity, vector),
            ranking.first,
            ranking.semantic,
            ranking.lexical,
            known,
            ranking.typical,
            k,
        )
    else:  # passages of an index of format 1
        ranked = ranking.first.best(k)
        found = {number: _best_by_words(asked, passages[number]) for number in ranked.ids.tolist()}
        rescored = Rescored(ranked, found)
    ranked, best = rescored.ranked, rescored.sentences
    return tuple(
        _hit(rank, score, passages[number], best[number], ranking)
        for rank, (score, number) in enumerate(
            zip(ranked.scores.tolist(), ranked.ids.tolist(), strict=True), 1
        )
    )


def _hit(
    rank: int, score: float, passage: StoredPassage, sentence: int | None, ranking: _Ranking
) -> Hit:
    return Hit(
        rank=rank,
        score=score,
        semantic=ranking.semantic.get(passage.id),
        lexical=ranking.lexical.get(passage.id),
        article=passage.article,
        source=passage.source,
        title=passage.title,
        sha256=passage.sha256,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        highlight=None if sentence is None else Span(*passage.sentences[sentence]),
    )


def _best_by_words(asked: Mapping[str, float], passage: StoredPassage) -> int | None:
    at = passage.start
    sentences = [passage.text[start - at : end - at] for start, end in passage.sentences]
    return best_sentence(asked, [words_of(sentence) for sentence in sentences])
