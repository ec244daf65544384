"""Query to candidates to ranking to hits, over an open index.

A searcher keeps the indexes of one generation in memory. Before each question it checks whether a
newer generation was published, and loads that. A question sees one generation from start to end.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol, Self, TypeVar

from indexer.arrays import Ids
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import DamagedIndex, EncoderMismatch
from indexer.storing.near import did_you_mean, near_articles, near_folders, unknown_article
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.storing.store import Store
from indexer.storing.stored import StoredArticle
from indexer.types import Tuning
from search.asked import Asked, Seen
from search.limits import Mode
from search.question import check_options, check_text, checked, no_article_under
from search.ranking.explanation import Explanation, explain
from search.ranking.generation import Filter, Generation
from search.ranking.lines import LineNumbers
from search.ranking.reranking import Reranker
from search.similarity import Sample
from search.stages import deep_legs
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
        tuning: Tuning | None = None,
    ) -> None:
        """``encoder`` is used instead of the one that the index names; it must be the same.

        ``tuning`` is used instead of the one that the index has.
        """
        self._store = store
        self._given = encoder
        self._reranker = reranker
        self._tuning = tuning
        self._loading = Lock()
        self._encoder_loading = Lock()
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
            wanted = Filter(_under(seen.snapshot, under, warnings))
            stages = seen.stages(options, wanted, self._reranker)
            confidence = None
            if seen.generation.calibration is not None:
                found = stages.confidence(mode, seen.generation.calibration)
                confidence = round(found, 3)  # min_confidence is compared with the printed value
            hits: tuple[Hit, ...] = ()
            if confidence is None or confidence >= min_confidence:
                hits = stages.hits(self._lines.of(stages.passages_of_page, seen.snapshot))
        state, asked = seen.state, seen.asked
        warnings = [*seen.generation.warnings, *asked.cut(), *warnings]
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

    def similar(
        self,
        article: str,
        start: int = 0,
        end: int | None = None,
        k: int = 10,
        *,
        source: str | None = None,
        under: str | None = None,
        per_article: int | None = None,
    ) -> Answer:
        """Find the passages of other articles that are like an article, or a part of one.

        The part is the characters ``start`` to ``end`` of the article. ``source`` chooses between
        articles with the same name. The other options are as in ``search``. No model is loaded, and
        the answer has no confidence.
        Raises QueryError if there is no such part or an option is invalid, and IndexFolderError if
        the index cannot be read.

        >>> with open_index(".locus") as searcher:
        ...     print([hit.article for hit in searcher.similar("sea.md", k=3).hits])
        """
        options = Options(k, under=under, per_article=per_article)
        check_options(options)
        check_text("the name of the article", article)
        check_text("the source", source or "")
        started = time.perf_counter()
        warnings: list[str] = []
        with self._read() as (generation, snapshot):
            sample = Sample.find(snapshot, article, source, start, end)
            wanted = Filter(_under(snapshot, under, warnings), sample.own)
            asked = sample.as_question(generation)
            stages = Seen(asked, snapshot, generation).stages(options, wanted)
            hits = stages.hits(self._lines.of(stages.passages_of_page, snapshot))
        state = generation.state
        return Answer(
            query=sample.name,
            mode=options.mode,
            took_ms=(time.perf_counter() - started) * 1000,
            generation=state.generation,
            articles=state.articles,
            passages=state.passages,
            hits=hits,
            warnings=(*generation.warnings, *warnings),
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
    def _read(self, *, encodes: bool = False) -> Iterator[tuple[Generation, Snapshot]]:
        """The published generation, which does not change during the block.

        If the question is encoded, the model is loaded beside the generation.
        """
        incomplete: State | None = None
        while True:
            with self._store.snapshot() as (state, snapshot):
                # A writer removes the files of a generation after it has published the next. So
                # files are lost only if this generation is still the published one.
                is_lost = state == incomplete
                wanted = state.encoder if encodes else None
                try:
                    with self._encoder_beside(wanted):
                        generation = self._generation(state, snapshot, without_files=is_lost)
                except DamagedIndex:
                    if is_lost:
                        raise
                    incomplete = state
                    continue
                yield generation, snapshot
                return

    @contextmanager
    def _opened(self, question: str, options: Options) -> Iterator[Seen]:
        """The published generation and the question to it."""
        asked: Asked | None = None
        while True:
            with self._read(encodes=options.mode != "lexical") as (generation, snapshot):
                if asked is not None and asked.state == generation.state:
                    yield Seen(asked, snapshot, generation)
                    return
            # Outside the block, because another thread's question waits for its end.
            identity = generation.state.encoder
            encoder = None if options.mode == "lexical" else self._encoder_for(identity)
            asked = Asked.read(generation, question, encoder, options)

    @contextmanager
    def _encoder_beside(self, identity: EncoderIdentity | None) -> Iterator[None]:
        """Load the encoder, if it is not loaded, in another thread during the block."""
        if identity is None or self._encoder is not None or self._given is not None:
            yield
            return

        def load() -> None:
            with suppress(BaseException):  # the question's own thread tries again, and raises it
                self._encoder_for(identity)

        thread = Thread(target=load, name="model", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()  # a process must not end while native code is being loaded

    def _encoder_for(self, identity: EncoderIdentity) -> Encoder:
        with self._encoder_loading:
            if self._encoder is None or self._encoder.identity.key != identity.key:
                self._encoder = self._given or models.load(identity)
                if self._encoder.identity.key != identity.key:
                    raise EncoderMismatch(
                        f"{self._store.folder} was built with the model {identity.name}. To search"
                        f" it with {self._encoder.identity.name}, rebuild the index with that model"
                    )
            return self._encoder

    def _generation(self, state: State, snapshot: Snapshot, *, without_files: bool) -> Generation:
        loaded = self._loaded
        if loaded is not None and loaded.state == state:
            return loaded
        with self._loading:
            if self._loaded is None or self._loaded.state != state:
                read = Generation.read(
                    self._store.folder, state, snapshot, self._loaded, without_files=without_files
                )
                self._loaded = read if self._tuning is None else replace(read, tuning=self._tuning)
            return self._loaded


def open_index(
    folder: Path | str = ".locus",
    *,
    encoder: Encoder | None = None,
    reranker: Reranker | None = None,
    tuning: Tuning | None = None,
) -> Searcher:
    """Open the index in ``folder`` for searching. Raises IndexFolderError if it cannot be read.

    The model is loaded for the first question that needs it. ``encoder`` is one that is loaded
    already; searching raises EncoderMismatch if the index was built with another. ``reranker``,
    from ``load_reranker``, ranks the first candidates of each question again. ``tuning`` is used
    instead of the one that `locus tune` chose for the index; ``Tuning()`` ignores that one.

    >>> with open_index(".locus") as searcher:
    ...     for hit in searcher.search("Why is the sea salt?", k=3).hits:
    ...         print(hit.article, hit.start, hit.end, hit.text)
    """
    return Searcher(Store(Path(folder)), encoder, reranker, tuning)


def _under(snapshot: Snapshot, under: str | None, warnings: list[str]) -> Ids | None:
    """The passages to search; None for all. Adds a warning if ``under`` names no article."""
    if under is None:
        return None
    allowed = snapshot.under(under)
    if not len(allowed):
        near = near_folders(snapshot.rows, under, _NEAR_AMONG)
        warnings.append(no_article_under(under) + did_you_mean(near))
    return allowed
