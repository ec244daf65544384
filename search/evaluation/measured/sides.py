"""One of two ways of searching whose answers are compared: an index, a mode, and how it ranks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from indexer.deriving.calibration import Calibration
from indexer.storing.shards.store import open_store
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.storing.stored import StoredArticle
from indexer.types import Tuning
from search.evaluation.measured.causes import Ranking
from search.limits import Mode
from search.searcher import Searcher
from search.types import Answer, Hit

_KEPT = 256
"""Articles that are kept, because the same ones are among the answers to many questions."""


@dataclass(frozen=True, slots=True)
class Side:
    """An open index that answers questions in a mode; ``name`` is shown to people.

    >>> with open_index("old.locus") as old:
    ...     before = Side.of_index("old", old, "lexical")
    """

    name: str
    searcher: Searcher
    mode: Mode
    state: State
    sources: frozenset[str]
    tuning: Tuning
    _articles: dict[tuple[str, str], StoredArticle | None] = field(default_factory=dict)

    @classmethod
    def of_index(
        cls, name: str, searcher: Searcher, mode: Mode = "hybrid", tuning: Tuning | None = None
    ) -> Self:
        """The published generation of an index. ``tuning`` is the searcher's, if it has its own."""
        with open_store(searcher.folder) as store, store.snapshot() as (state, snapshot):
            return cls.of_snapshot(name, searcher, state, snapshot, mode, tuning)

    @classmethod
    def of_snapshot(
        cls,
        name: str,
        searcher: Searcher,
        state: State,
        snapshot: Snapshot,
        mode: Mode = "hybrid",
        tuning: Tuning | None = None,
    ) -> Self:
        """A generation that ``searcher`` reads, published or not."""
        sources = frozenset(path for path, _ in snapshot.sources())
        own = state.tuning if tuning is None else tuning
        return cls(name, searcher, mode, state, sources, own)

    @property
    def folder(self) -> Path:
        return self.searcher.folder

    def answers(self, queries: Sequence[str], k: int) -> Iterator[Answer]:
        """The answer to each query, in order."""
        return self.searcher.search_many(queries, k, mode=self.mode)

    def article_of(self, hit: Hit) -> StoredArticle | None:
        """The article of a hit of another side, if it is in this index.

        It has the same name and source; or only the same name, if this index has no such source.
        """
        source = hit.source if hit.source in self.sources else None
        key = hit.article, source or ""
        if key not in self._articles:
            if len(self._articles) == _KEPT:
                self._articles.clear()
            found = self.searcher.named(hit.article, source)
            self._articles[key] = found[0] if found else None
        return self._articles[key]

    def ranking(self, answer: Answer) -> Ranking:
        """What the ranking of an answer depends on, besides the articles."""
        calibration = self.state.calibration
        share = 0.5
        if calibration is not None:
            share = Calibration.from_json(calibration).legibility.share()
        return Ranking(
            model=self.state.encoder.key,
            mode=self.mode,
            setting=(self.tuning, self.state.splitting),
            corrected=answer.corrected,
            share=self.tuning.share(share),
        )

    def as_json(self) -> Mapping[str, object]:
        return {
            "name": self.name,
            "index": str(self.folder.resolve()),
            "mode": self.mode,
            "generation": self.state.generation,
            "articles": self.state.articles,
            "passages": self.state.passages,
        }

    def __str__(self) -> str:
        articles, passages = self.state.articles, self.state.passages
        return f"{self.name}: {articles:,} articles ({passages:,} passages), {self.mode}"
