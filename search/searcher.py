"""Query to candidates to ranking to hits, over an open index.

A searcher keeps the indexes of one generation in memory. Before each question it checks whether a
newer generation was published, and loads that. A question sees one generation from start to end.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Self, Unpack

from indexer.encoding.encoder import Encoder
from indexer.storing.near import near_articles, unknown_article
from indexer.storing.shards.store import open_store
from indexer.storing.stored import StoredArticle
from indexer.types import Tuning
from search.answers import Scope, answered
from search.asked import Asked, Seen, read_ahead
from search.checking.citation import Citation, Verdict
from search.limits import Mode
from search.loading import ReadIndex, SnapshotProvider
from search.question import check_options, check_text, checked, checked_questions
from search.ranking.explanation import Explanation, explain
from search.ranking.generation import Generation
from search.ranking.introducing import Introducing
from search.ranking.legs import deep_legs
from search.ranking.lines import LineNumbers
from search.ranking.reranking import Reranker
from search.similarity import Sample
from search.types import Answer, Hit, Options, Searching, Selecting
from search.workings import Watch


class Searcher:
    """An open index. Safe to use from several threads. Close it, or use it in a ``with`` block.

    >>> with Searcher(open_store(Path(".locus"))) as searcher:
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
        self._index = ReadIndex(store, encoder, tuning)
        self._reranker = reranker
        self._places = LineNumbers(), Introducing()
        self._watch: Watch | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._index.close()

    @property
    def folder(self) -> Path:
        """The folder of the index."""
        return self._index.folder

    def search(self, query: str, k: int = 10, **searching: Unpack[Searching]) -> Answer:
        """Find the passages that answer ``query``: at most ``k``, best first.

        ``mode`` is hybrid (the default), semantic or lexical. ``under`` limits the search to the
        articles in a folder, or whose path matches a glob pattern, relative to a source or
        absolute. ``since``, ``until``, ``tags`` and ``authors`` limit it to articles whose files
        say so, see ``Facets``. A warning says if no article is left. Passages of an article beyond
        ``per_article`` come last (default: half of ``k``, at least five). An answer whose
        confidence is lower than ``min_confidence`` has no hits. The spelling of the question is
        corrected, unless it is ``literal``; ``Answer.corrected`` says how. A search of a large
        index reads the part of its vectors that is near the question, unless it is ``exact``: then
        the question is compared with all of them.
        Raises QueryError for an empty query, a ``k`` outside 1 to 1000 or an invalid option,
        ModelError if the model of the index is missing, and IndexFolderError if the index cannot be
        read.

        >>> with open_index(".locus") as searcher:
        ...     answer = searcher.search("Insien Prison", since="2024-05")
        ...     if answer.corrected is not None:
        ...         answer = searcher.search("Insien Prison", since="2024-05", literal=True)
        """
        options = Options(k, **searching)
        question = checked(query, options)
        return self._index.despite_damage(lambda: self._answer(query, question, options))

    def search_many(
        self, queries: Sequence[str], k: int = 10, **searching: Unpack[Searching]
    ) -> Iterator[Answer]:
        """Answer many questions, in their order, all from the same generation.

        This is quicker than a ``search`` for each, because the model encodes several questions at
        once. Scores can differ from those of ``search`` in the last digits, but are the same each
        time. The options are as in ``search``. ``took_ms`` is the time that the iterator took for
        the answer. Each answer is computed when the iterator reaches it. Until the iterator ends or
        is deleted, the database keeps what this generation needs.
        Raises QueryError at once if an option or any question is invalid, with the number of the
        question, from 1. The iterator raises what ``search`` raises.

        >>> with open_index(".locus") as searcher:
        ...     for answer in searcher.search_many(["Why is the sea salt?", "Who hunts at night?"]):
        ...         print(answer.query, answer.hits[0].article)
        """
        options = Options(k, **searching)
        check_options(options)
        return self._answers(tuple(queries), checked_questions(queries), options)

    def similar(
        self,
        article: str,
        start: int = 0,
        end: int | None = None,
        k: int = 10,
        *,
        source: str | None = None,
        **selecting: Unpack[Selecting],
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
        options = Options(k, **selecting)
        check_options(options)
        check_text("the name of the article", article)
        check_text("the source", source or "")

        def answer() -> Answer:
            started = time.perf_counter()
            with self._index.read() as (generation, snapshot):
                sample = Sample.find(snapshot, article, source, start, end)
                scope = Scope.of(generation, snapshot, options, sample.own)
                seen = Seen(sample.as_question(generation), snapshot, generation)
                its = seen, sample.name, scope, *self._places
                return answered(*its, started=started, has_confidence=False)

        return self._index.despite_damage(answer)

    def named(self, name: str, source: str | None = None) -> list[StoredArticle]:
        """The articles with this name, at most one for each source; only of ``source`` if given.

        Raises IndexFolderError if the index cannot be read.
        """
        with self._index.snapshot() as (_, snapshot):
            return snapshot.named(name, source)

    def near(self, name: str) -> list[str]:
        """At most three names of articles that are similar to ``name``, the most similar first.

        Raises IndexFolderError if the index cannot be read.
        """
        with self._index.snapshot() as (_, snapshot):
            return near_articles(snapshot.rows, name)

    def explain(
        self,
        query: str,
        article: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        literal: bool = False,
        exact: bool = False,
    ) -> Explanation:
        """Show where an article's best passage ranks at each stage, and which stage dropped it.

        As ``search`` does, it corrects the spelling of the question, unless it is ``literal``, and
        reads the vectors near the question, unless it is ``exact``.
        Raises what ``search`` raises, and QueryError if no article has this name.
        """
        options = Options(k, mode, literal=literal, exact=exact)
        question = checked(query, options)
        with self._opened(question, options) as seen:
            passages = seen.snapshot.passages(seen.snapshot.passages_of(article))
            if not passages:
                raise unknown_article(seen.snapshot.rows, self._index.folder, article)
            asked = seen.asked
            legs = deep_legs(seen.generation, asked.question, asked.vector, mode, exact=exact)
            later = seen.stages(options).rankings(k)
            return explain(query, article, passages, legs, later, asked.corrected)

    def check(self, hits: Iterable[Hit | Citation]) -> list[Verdict]:
        """Check whether each hit still stands: unchanged, moved, changed or gone, see ``Verdict``.

        No model is loaded. Texts that are not in their article any more are looked for in others.
        Raises IndexFolderError if the index cannot be read.

        >>> with open_index(".locus") as searcher:
        ...     for verdict in searcher.check([Citation("sea.md", 0, 6, "Rivers")]):
        ...         print(verdict.standing, verdict.now and verdict.now.place)
        """
        from search.checking.checker import Checker

        cited = [Citation.of(hit) if isinstance(hit, Hit) else hit for hit in hits]

        def verdicts() -> list[Verdict]:
            with self._index.read(by_meaning=False) as (generation, snapshot):
                return Checker(snapshot, generation.words, cited).verdicts()

        return self._index.despite_damage(verdicts)

    def articles(self) -> list[str]:
        """The name of each article, in order; a name that two sources have appears twice."""
        with self._index.snapshot() as (_, snapshot):
            return snapshot.article_names()

    def _answer(self, query: str, question: str, options: Options) -> Answer:
        started = time.perf_counter()
        with self._opened(question, options) as seen:
            scope = Scope.of(seen.generation, seen.snapshot, options)
            its = seen, query, scope, *self._places
            return answered(*its, self._reranker, started=started, watch=self._watch)

    def _answers(
        self, queries: Sequence[str], questions: Sequence[str], options: Options
    ) -> Iterator[Answer]:
        """The answer to each question, which was typed as the query at its place."""
        by_meaning = options.mode != "lexical"
        with self._index.read(encodes=by_meaning, by_meaning=by_meaning) as (generation, snapshot):
            started = time.perf_counter()
            scope = Scope.of(generation, snapshot, options)
            encoder = self._encoder_of(generation, options)
            read = read_ahead(generation, questions, encoder, options)
            for query, asked in zip(queries, read, strict=True):
                seen = Seen(asked, snapshot, generation)
                its = seen, query, scope, *self._places
                yield answered(*its, self._reranker, started=started, watch=self._watch)
                started = time.perf_counter()

    @contextmanager
    def _opened(self, question: str, options: Options) -> Iterator[Seen]:
        """The published generation and the question to it."""
        by_meaning = options.mode != "lexical"
        with self._index.read(encodes=by_meaning, by_meaning=by_meaning) as (generation, snapshot):
            encoder = self._encoder_of(generation, options)
            asked = Asked.read(generation, question, encoder, options)
            yield Seen(asked, snapshot, generation)

    def _encoder_of(self, generation: Generation, options: Options) -> Encoder | None:
        """The encoder of the index; None if the mode needs no encoder."""
        return None if options.mode == "lexical" else self._index.encoder_of(generation)


def watched(searcher: Searcher, watch: Watch) -> Searcher:
    """The same open index, and ``watch`` is called with how each answer to a question came about.

    >>> with open_index(".locus") as searcher:
    ...     watched(searcher, lambda it: print(it.words())).search("Why is the sea salt?")
    """
    seen = copy(searcher)
    seen._watch = watch  # noqa: SLF001 - of the class above
    return seen


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
    return Searcher(open_store(Path(folder)), encoder, reranker, tuning)
