"""Query to candidates to ranking to hits, over an open index.

A searcher keeps one generation's indexes in memory. At each question it looks whether a newer
generation has been published, and takes that up; one question sees one generation throughout.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from indexer import models
from indexer.encoder import Encoder, EncoderIdentity, Ids, Vectors
from indexer.errors import EncoderMismatch, QueryError
from indexer.store import Snapshot, State, Store, StoredPassage
from search.generation import Generation
from search.highlight import best_sentence
from search.ranking import Candidates, fuse, merge
from search.types import MODES, Answer, Hit, Mode, Span

MAX_K = 1000

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
                ranked, semantic, lexical = _rank(generation, question, vector, k, mode, allowed)
                passages = snapshot.passages(ranked.ids.tolist())
                if len(passages) < len(ranked.ids):
                    raise snapshot.damaged("passages of its files are not in it")
            if not generation.warnings or self._is_current(state):
                break
        hits = _hits(question, ranked, semantic.by_id(), lexical.by_id(), passages, generation)
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


def _rank(
    generation: Generation,
    question: str,
    vector: Vectors | None,
    k: int,
    mode: Mode,
    allowed: Ids | None,
) -> tuple[Candidates, Candidates, Candidates]:
    """The ranking, and the scores of each leg that took part."""
    none = Candidates(np.empty(0, np.float32), np.empty(0, np.int64))
    depth = max(k, _DEPTH)
    if vector is None:
        lexical = generation.by_words(question, k, allowed)
        return lexical, none, lexical
    if mode == "semantic":
        semantic = generation.by_meaning(vector, k, allowed)
        return semantic, semantic, none
    near = generation.by_meaning(vector, depth, allowed)
    lexical = generation.by_words(question, depth, allowed)
    others = generation.meaning_of(vector, np.setdiff1d(lexical.ids, near.ids))
    semantic = merge((near, others), 2 * depth)
    # Where all passages are candidates, a typical one is among them, and the last is the measure.
    few = 0 < len(near.scores) < depth
    typical = float(near.scores[-1]) if few else generation.typical(vector)
    return fuse(semantic, lexical, typical, k), semantic, lexical


def _hits(
    question: str,
    ranked: Candidates,
    semantic: Mapping[int, float],
    lexical: Mapping[int, float],
    passages: Mapping[int, StoredPassage],
    generation: Generation,
) -> tuple[Hit, ...]:
    words = generation.words
    asked = {term: words.rarity(term) for term in words.terms(question)}
    found = [passages[number] for number in ranked.ids.tolist()]
    best = [
        best_sentence(asked, [words.terms(sentence) for sentence in _sentences(passage)])
        for passage in found
    ]
    return tuple(
        Hit(
            rank=rank,
            score=score,
            semantic=semantic.get(passage.id),
            lexical=lexical.get(passage.id),
            article=passage.article,
            source=passage.source,
            title=passage.title,
            sha256=passage.sha256,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            highlight=None if sentence is None else Span(*passage.sentences[sentence]),
        )
        for rank, (score, passage, sentence) in enumerate(
            zip(ranked.scores.tolist(), found, best, strict=True), 1
        )
    )


def _sentences(passage: StoredPassage) -> list[str]:
    at = passage.start
    return [passage.text[start - at : end - at] for start, end in passage.sentences]
