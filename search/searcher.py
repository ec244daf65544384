"""Query to candidates to ranking to hits, over an open index.

A searcher keeps the indexes of one generation in memory. Before each question it checks whether a
newer generation was published, and loads that. A question sees one generation from start to end.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol, Self, TypeVar

from indexer.arrays import Ids, Vectors
from indexer.deriving.legibility import characters_per_token
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import DamagedIndex, EncoderMismatch
from indexer.storing.near import did_you_mean, near_articles, near_folders, unknown_article
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.storing.store import Store
from indexer.storing.stored import StoredArticle
from search.limits import Mode
from search.question import checked, no_article_under
from search.ranking.diversity import few_of_an_article
from search.ranking.explanation import Explanation, explain
from search.ranking.generation import Generation
from search.ranking.lines import LineNumbers
from search.ranking.reranking import Reranker
from search.stages import Stages, deep_legs, run_stages
from search.types import Answer, Hit, Options

T = TypeVar("T")

_NEAR_AMONG = 50_000
"""Names that a search looks at to suggest another folder, which takes a tenth of a second."""


class SnapshotProvider(Protocol):
    """What a searcher reads from: a Store, or a generation that is not published yet.

    >>> provider: SnapshotProvider = Store(Path(".locus"))
    """

    @property
    def folder(self) -> Path: ...

    def snapshot(self) -> AbstractContextManager[tuple[State, Snapshot]]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as one generation reads it: corrected, and encoded if the mode needs that."""

    state: State
    question: str
    corrected: str | None
    """``question``, if its spelling was corrected."""
    encoder: Encoder | None
    vector: Vectors | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """An open generation of an index, and a question to it."""

    asked: _Asked
    snapshot: Snapshot
    generation: Generation

    @property
    def state(self) -> State:
        return self.generation.state

    def stages(
        self, options: Options, allowed: Ids | None = None, reranker: Reranker | None = None
    ) -> Stages:
        """Answer the question stage by stage, from the ``allowed`` passages."""
        return run_stages(
            self.generation,
            self.snapshot,
            self.asked.question,
            self.asked.vector,
            k=options.k,
            mode=options.mode,
            allowed=allowed,
            per_article=options.per_article or few_of_an_article(options.k),
            share=self._share(),
            reranker=reranker,
        )

    def _share(self) -> float:
        """The weight of the meaning in hybrid mode, see ``indexer.deriving.legibility``."""
        encoder, calibration = self.asked.encoder, self.generation.calibration
        if encoder is None or calibration is None:
            return 0.5
        characters = characters_per_token(encoder, self.asked.question)
        return calibration.legibility.share(characters)


class Searcher:
    """An open index. Safe to use from several threads. Close it, or use it in a ``with`` block.

    >>> with Searcher(Store(Path(".locus"))) as searcher:
    ...     print(searcher.explain("Why is the sea salt?", "sea.md").lost)
    """

    def __init__(
        self,
        store: SnapshotProvider,
        encoder: Encoder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """``encoder`` is used instead of the one that the index names; it must be the same."""
        self._store = store
        self._given = encoder
        self._reranker = reranker
        self._lock = Lock()
        self._loaded: Generation | None = None
        self._encoder: Encoder | None = None
        self._lines = LineNumbers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    @property
    def folder(self) -> Path:
        """The folder of the index."""
        return self._store.folder

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        under: str | None = None,
        per_article: int | None = None,
        min_confidence: float = 0.0,
        literal: bool = False,
    ) -> Answer:
        """Find the passages that answer ``query``: at most ``k``, best first.

        ``under`` limits the search to the articles in a folder, or whose path matches a glob
        pattern, relative to a source or absolute. A warning says if it names no article. Passages
        of an article beyond ``per_article`` come last (default: half of ``k``, at least five). An
        answer whose confidence is lower than ``min_confidence`` has no hits. The spelling of the
        question is corrected, unless it is ``literal``; ``Answer.corrected`` says how.
        Raises QueryError for an empty query, a ``k`` outside 1 to 1000 or an unknown mode,
        ModelError if the model of the index is missing, and IndexFolderError if the index cannot be
        read.

        >>> with open_index(".locus") as searcher:
        ...     answer = searcher.search("Insien Prison")
        ...     if answer.corrected is not None:
        ...         answer = searcher.search("Insien Prison", literal=True)
        """
        options = Options(k, mode, under, per_article, min_confidence, literal)
        question = checked(query, options)
        started = time.perf_counter()
        warnings: list[str] = []
        with self._opened(question, options) as seen:
            allowed = seen.snapshot.under(under) if under is not None else None
            if under is not None and allowed is not None and not len(allowed):
                near = near_folders(seen.snapshot.rows, under, _NEAR_AMONG)
                warnings.append(no_article_under(under) + did_you_mean(near))
            stages = seen.stages(options, allowed, self._reranker)
            confidence = None
            if seen.generation.calibration is not None:
                found = stages.confidence(mode, seen.generation.calibration)
                confidence = round(found, 3)  # min_confidence is compared with the printed value
            hits: tuple[Hit, ...] = ()
            if confidence is None or confidence >= min_confidence:
                hits = stages.hits(self._lines.of(stages.passages_of_page, seen.snapshot))
        state, asked = seen.state, seen.asked
        if asked.encoder is not None:
            warnings = [*_cut(asked.question, asked.encoder), *warnings]
        warnings = [*seen.generation.warnings, *warnings]
        return Answer(
            query=query,
            mode=mode,
            took_ms=(time.perf_counter() - started) * 1000,
            generation=state.generation,
            articles=state.articles,
            passages=state.passages,
            hits=hits,
            confidence=confidence,
            warnings=tuple(warnings),
            corrected=asked.corrected,
        )

    def named(self, name: str, source: str | None = None) -> list[StoredArticle]:
        """The articles with this name, at most one for each source; only of ``source`` if given.

        Raises IndexFolderError if the index cannot be read.
        """
        with self._store.snapshot() as (_, snapshot):
            return snapshot.named(name, source)

    def near(self, name: str) -> list[str]:
        """At most three names of articles that are similar to ``name``, the most similar first.

        Raises IndexFolderError if the index cannot be read.
        """
        with self._store.snapshot() as (_, snapshot):
            return near_articles(snapshot.rows, name)

    def explain(
        self,
        query: str,
        article: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        literal: bool = False,
    ) -> Explanation:
        """Show where an article's best passage ranks at each stage, and which stage dropped it.

        As ``search`` does, it corrects the spelling of the question, unless it is ``literal``.
        Raises what ``search`` raises, and QueryError if no article has this name.
        """
        options = Options(k, mode, literal=literal)
        question = checked(query, options)
        with self._opened(question, options) as seen:
            passages = seen.snapshot.passages(seen.snapshot.passages_of(article))
            if not passages:
                raise unknown_article(seen.snapshot.rows, self._store.folder, article)
            legs = deep_legs(seen.generation, seen.asked.question, seen.asked.vector, mode)
            later = seen.stages(options).rankings(k)
            return explain(query, article, passages, legs, later, seen.asked.corrected)

    def articles(self) -> list[str]:
        """The name of each article, in order; a name that two sources have appears twice."""
        with self._store.snapshot() as (_, snapshot):
            return snapshot.article_names()

    @contextmanager
    def _opened(self, question: str, options: Options) -> Iterator[_Seen]:
        """The published generation and the question to it.

        The generation does not change during the block.
        """
        asked: _Asked | None = None
        incomplete: State | None = None
        while True:
            with self._store.snapshot() as (state, snapshot):
                # A writer removes the files of a generation after it has published the next. So
                # files are lost only if this generation is still the published one.
                is_lost = state == incomplete
                try:
                    generation = self._generation(state, snapshot, without_files=is_lost)
                except DamagedIndex:
                    if is_lost:
                        raise
                    incomplete = state
                    continue
                if asked is not None and asked.state == state:
                    yield _Seen(asked, snapshot, generation)
                    return
            # Outside the snapshot, because another thread's question waits for its end.
            asked = self._asked(generation, question, options)

    def _asked(self, generation: Generation, question: str, options: Options) -> _Asked:
        encoder = None
        if options.mode != "lexical":
            encoder = self._encoder_for(generation.state.encoder)
        corrected = None
        if not options.literal:
            corrected = generation.spelling.corrected(question, partial(_known_whole, encoder))
        question = corrected or question
        vector = encoder.encode_query(question) if encoder else None
        return _Asked(generation.state, question, corrected, encoder, vector)

    def _encoder_for(self, identity: EncoderIdentity) -> Encoder:
        with self._lock:
            if self._encoder is None or self._encoder.identity.key != identity.key:
                self._encoder = self._given or models.load(identity)
                if self._encoder.identity.key != identity.key:
                    raise EncoderMismatch(
                        f"{self._store.folder} was built with the model {identity.name}. To search"
                        f" it with {self._encoder.identity.name}, rebuild the index with that model"
                    )
            return self._encoder

    def _generation(self, state: State, snapshot: Snapshot, *, without_files: bool) -> Generation:
        with self._lock:
            if self._loaded is None or self._loaded.state != state:
                self._loaded = Generation.read(
                    self._store.folder, state, snapshot, self._loaded, without_files=without_files
                )
            return self._loaded


def open_index(
    folder: Path | str = ".locus",
    *,
    encoder: Encoder | None = None,
    reranker: Reranker | None = None,
) -> Searcher:
    """Open the index in ``folder`` for searching. Raises IndexFolderError if it cannot be read.

    The model is loaded for the first question that needs it. ``encoder`` is one that is loaded
    already; searching raises EncoderMismatch if the index was built with another. ``reranker``,
    from ``load_reranker``, ranks the first candidates of each question again.

    >>> with open_index(".locus") as searcher:
    ...     for hit in searcher.search("Why is the sea salt?", k=3).hits:
    ...         print(hit.article, hit.start, hit.end, hit.text)
    """
    return Searcher(Store(Path(folder)), encoder, reranker)


def _known_whole(encoder: Encoder | None, words: Sequence[str]) -> list[bool]:
    """Whether each word is one token of the model; no word is, in a mode without the model."""
    if encoder is None:
        return [False] * len(words)
    return [tokens == 1 for tokens in encoder.count_tokens(words)]


def _cut(question: str, encoder: Encoder) -> tuple[str, ...]:
    """A warning if the question has more tokens than the model reads."""
    if len(question) <= encoder.query_limit:  # a token has at least one character
        return ()
    tokens = encoder.count_tokens([question])[0]
    if tokens <= encoder.query_limit:
        return ()
    warning = (
        f"the question is too long: only the first {encoder.query_limit} of its {tokens} tokens"
        " were used"
    )
    return (warning,)
