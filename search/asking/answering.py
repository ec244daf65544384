"""Answer the command line: through a server that runs on the index, or else with a searcher."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

from indexer.errors import QueryError
from indexer.storing.under import readings
from search.limits import Mode
from search.question import names_no_article
from search.serving import local
from search.types import Answer, Hit, Options

if TYPE_CHECKING:
    from indexer.storing.catalog import ArticleText
    from search.searcher import Searcher


class Answering:
    """An index to search in the quickest way. Nothing is loaded before it is needed.

    If a server runs on the index, it is asked first. If it does not answer, for any reason, a
    searcher in this process does. A server cannot rerank, so it is not asked if ``rerank`` names a
    cross-encoder.
    """

    def __init__(self, folder: Path, rerank: str | None = None) -> None:
        self.folder = folder
        self._rerank = rerank
        self._opening = Lock()
        self._searcher: Searcher | None = None
        self._identity: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._searcher is not None:
            self._searcher.close()

    def ask(self, query: str, options: Options) -> Answer:
        """The answer to a question. Raises what ``open_index`` and ``Searcher.search`` raise.

        ``options.under`` can also be a path in the working folder. It is resolved here, because a
        server has another working folder.
        """
        named = readings(options.under) if options.under else [options.under]
        first, *others = [replace(options, under=it) for it in named]
        answer = found = self._ask(query, first)
        while names_no_article(found.warnings) and others:
            found = self._ask(query, others.pop(0))
        return answer if names_no_article(found.warnings) else found

    def ask_many(self, queries: Sequence[str], options: Options) -> Iterator[Answer]:
        """The answers to many questions, in order, from a searcher in this process.

        ``options.under`` is resolved as in ``ask``, once for all questions. Raises what
        ``open_index`` and ``Searcher.search_many`` raise.
        """
        answers: Iterator[Answer] | None = None
        for under in readings(options.under) if options.under else [options.under]:
            its = self._own().search_many(queries, **replace(options, under=under).as_json())
            first = list(islice(its, 1))
            found = chain(first, its)
            if not any(names_no_article(answer.warnings) for answer in first):
                return found
            answers = answers or found
        return answers or iter(())

    def _ask(self, query: str, options: Options) -> Answer:
        answer = self._by_server(query, options)
        if answer is None:
            answer = self._own().search(query, **options.as_json())
        return answer

    def articles(self) -> int:
        """The number of articles. Raises IndexFolderError if the index cannot be read."""
        answer = self._by_server("articles", Options(k=1, mode="lexical"))
        if answer is not None:
            return answer.articles
        from indexer.storing.shards.store import open_store

        with open_store(self.folder) as store, store.snapshot() as (state, _):
            return state.articles

    def article_of(self, hit: Hit) -> "ArticleText":
        """The article of a hit. Raises QueryError if it was changed or removed after the search."""
        from indexer.storing.shards.catalog import catalog_of

        with catalog_of(self.folder) as catalog:
            named = catalog.named(hit.article, [hit.source])
        if not named or named[0].sha256 != hit.sha256:
            raise QueryError(f"{hit.article!r} has changed since this search. Search again")
        return named[0]

    def warm(self, mode: Mode) -> None:
        """Load what the first question needs, unless a server answers."""
        options = Options(k=1, mode=mode)
        if self._by_server("warm", options) is None:
            self._own().search("warm", **options.as_json())

    def _by_server(self, query: str, options: Options) -> Answer | None:
        if self._searcher is not None or self._rerank is not None or not local.exists(self.folder):
            return None
        from search.serving.client import ask

        return ask(self.folder, query, options)

    def _own(self) -> "Searcher":
        """A searcher of the index that is in the folder now."""
        from indexer.storing.schema import identity
        from search.ranking.reranking import load_reranker
        from search.searcher import open_index

        with self._opening:
            found = identity(self.folder)
            if self._searcher is None or found != self._identity:
                reranker = load_reranker(self._rerank) if self._rerank is not None else None
                self._searcher = open_index(self.folder, reranker=reranker)
                self._identity = found
            return self._searcher
