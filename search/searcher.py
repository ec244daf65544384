"""Query to candidates to ranking to hits, over an open index.

A searcher keeps the vectors of one generation in memory. At each question it looks whether a newer
generation has been published, and takes that up; one question sees one generation throughout.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from indexer import models
from indexer.encoder import Encoder, EncoderIdentity, Vectors
from indexer.errors import DamagedIndex, EncoderMismatch, QueryError
from indexer.store import Ids, Snapshot, State, Store, StoredPassage
from indexer.vectors import VectorIndex
from search.highlight import best_sentences
from search.ranking import Candidates, merge
from search.types import MODES, Answer, Hit, Mode, Span

MAX_K = 1000


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The vectors of one generation: FAISS up to some passage, the newer ones beside it."""

    state: State
    base: VectorIndex
    delta: VectorIndex
    dead: Ids
    warnings: tuple[str, ...]

    def nearest(self, query: Vectors, k: int, allowed: Ids | None) -> Candidates:
        parts = (
            self.base.search(query, k, allowed=allowed, dead=self.dead),
            self.delta.search(query, k, allowed=allowed),
        )
        return merge((Candidates(*part) for part in parts), k)


class Searcher:
    """An open index. Safe to use from several threads; close it, or use it in a ``with``."""

    def __init__(self, store: Store, encoder: Encoder | None = None) -> None:
        """``encoder`` stands in for the one that the index names; it must be the same."""
        self._store = store
        self._given = encoder
        self._lock = Lock()
        self._held: _Vectors | None = None
        self._encoder: Encoder | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def search(
        self, query: str, k: int = 10, *, mode: Mode = "semantic", under: str | None = None
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
            encoder = self._encoder_for(identity)
            vector = encoder.encode_query(question)
            with self._store.snapshot() as (state, snapshot):
                if state.encoder.key != identity.key:
                    continue  # the index was rebuilt with another model in between
                vectors = self._vectors_of(state, snapshot)
                allowed = snapshot.under(under) if under is not None else None
                ranked = vectors.nearest(vector, k, allowed)
                passages = snapshot.passages(ranked.ids)
                break
        hits = _hits(question, ranked, [passages[int(number)] for number in ranked.ids])
        return Answer(
            query=query,
            mode=mode,
            took_ms=(time.perf_counter() - started) * 1000,
            generation=state.generation,
            articles=state.articles,
            passages=state.passages,
            hits=hits,
            warnings=(*vectors.warnings, *_cut(question, encoder)),
        )

    def _encoder_for(self, identity: EncoderIdentity) -> Encoder:
        with self._lock:
            if self._encoder is None or self._encoder.identity.key != identity.key:
                self._encoder = self._given or models.load(identity)
                if self._encoder.identity.key != identity.key:
                    raise EncoderMismatch(
                        f"{self._store.folder} was made with {identity.name}, and cannot be searched"
                        f" with {self._encoder.identity.name}: index again with that model"
                    )
            return self._encoder

    def _vectors_of(self, state: State, snapshot: Snapshot) -> _Vectors:
        with self._lock:
            if self._held is None or self._held.state != state:
                self._held = _read_vectors(self._store.folder, state, snapshot, self._held)
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
    return (
        f"the question has {tokens} tokens, and {encoder.identity.name} reads"
        f" {encoder.query_limit}: only its beginning was used",
    )


def _read_vectors(
    folder: Path, state: State, snapshot: Snapshot, held: _Vectors | None
) -> _Vectors:
    """The vectors of a generation, with FAISS's part from what is held already, if it is the same.

    If the FAISS file is not what was written, its content comes from the database instead.
    """
    dimension, derived = state.encoder.dimension, state.vectors
    warnings: tuple[str, ...] = ()
    through = derived.through if derived else 0
    if held is not None and derived is not None and held.state.vectors == derived:
        base, warnings = held.base, held.warnings
    else:
        try:
            if derived is None:
                raise DamagedIndex(f"{folder} has no FAISS file")
            base = VectorIndex.load(folder / derived.name, derived.sha256)
        except DamagedIndex as error:
            warnings = (f"{error}; answering from the database: `locus index` repairs it",)
            through = 0
            base = VectorIndex.build((), dimension, 0)
    delta = VectorIndex.build(snapshot.vectors(after=through), dimension, 0)
    return _Vectors(state, base, delta, snapshot.dead(through), warnings)


def _hits(
    question: str, ranked: Candidates, passages: Sequence[StoredPassage]
) -> tuple[Hit, ...]:
    sentences = [
        [passage.text[start - passage.start : end - passage.start] for start, end in passage.sentences]
        for passage in passages
    ]
    best = best_sentences(question, sentences)
    return tuple(
        Hit(
            rank=rank,
            score=float(score),
            semantic=float(score),
            lexical=None,
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
            zip(ranked.scores, passages, best, strict=True), 1
        )
    )
