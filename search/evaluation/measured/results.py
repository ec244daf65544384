"""What an evaluation found: for a person as text, for a program as JSON, and query by query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search.evaluation.judged.reading import Note
from search.evaluation.judged.trec import Run
from search.evaluation.measured.measures import Figure, Values
from search.evaluation.measured.tables import columns


@dataclass(frozen=True, slots=True)
class Returned:
    """A passage that came back: ``grade`` is its article's, None if nobody judged it.

    ``excerpt`` is its best sentence; ``answers`` says whether it holds an answer span.
    """

    rank: int
    article: str
    title: str
    score: float
    start: int
    end: int
    excerpt: str
    grade: int | None
    answers: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A relevant article: its ``rank`` among the articles that came back, None if it did not.

    ``answers`` holds the answer spans in it as text.
    """

    article: str
    title: str
    grade: int
    rank: int | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query: its measures, what was wanted, and the first passages that came back.

    ``first_right`` is the rank of the first passage that holds an answer span, None if none does.
    It, ``returned`` and ``milliseconds`` are of a search; a run file has none of them.
    """

    query: str
    text: str
    measures: Mapping[str, float]
    wanted: tuple[Wanted, ...]
    returned: tuple[Returned, ...]
    first_right: int | None
    milliseconds: float | None

    def as_json(self) -> dict[str, Any]:
        """The per-query row."""
        return {
            "query": self.query,
            "text": self.text,
            "measures": dict(self.measures),
            "first_right_passage": self.first_right,
            "milliseconds": self.milliseconds,
            "wanted": [
                {"article": one.article, "grade": one.grade, "rank": one.rank}
                for one in self.wanted
            ],
            "returned": [
                {"article": one.article, "start": one.start, "end": one.end, "score": one.score}
                for one in self.returned
            ],
        }


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of the milliseconds that searches took."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> "Latency":
        return cls(*np.percentile(milliseconds, [50, 95, 99]).tolist())

    def as_json(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in self._named()}

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:.1f} ms" for name, value in self._named())

    def _named(self) -> tuple[tuple[str, float], ...]:
        return ("p50", self.p50), ("p95", self.p95), ("p99", self.p99)


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """The index that answered: its folder, its generation, and what it holds."""

    folder: str
    generation: int
    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One way to answer, measured on one dataset.

    ``name`` tells it from another it is compared with; ``k`` is how many passages were asked for.
    ``figures`` are of all judged queries, ``passage_figures`` of those with answer spans.
    ``curves`` has the mean of nDCG@k and R@k by k. ``index`` and ``latency`` are None for a run
    that was read from a file.
    """

    name: str
    dataset: str
    k: int
    run: Run
    values: Values
    figures: tuple[Figure, ...]
    passage_figures: tuple[Figure, ...]
    curves: Mapping[str, Mapping[int, float]]
    outcomes: tuple[Outcome, ...]
    index: IndexFacts | None
    latency: Latency | None
    notes: tuple[Note, ...]

    @property
    def found_anything(self) -> bool:
        """Whether any relevant article came back, at any rank."""
        return any(one.rank for outcome in self.outcomes for one in outcome.wanted)

    def rows(self) -> list[dict[str, Any]]:
        """A JSON object a query, in the order of the dataset."""
        return [outcome.as_json() for outcome in self.outcomes]

    def worst(self, count: int) -> tuple[Outcome, ...]:
        """The queries with the lowest nDCG@10, below 1; of equals, with the worst passages."""

        def quality(outcome: Outcome) -> tuple[float, float]:
            return outcome.measures["nDCG@10"], outcome.measures.get("passage RR@10", 1.0)

        return tuple(sorted((o for o in self.outcomes if min(quality(o)) < 1), key=quality)[:count])

    def as_json(self) -> dict[str, Any]:
        """Everything but the rows of the queries."""
        return {
            "dataset": self.dataset,
            "name": self.name,
            "k": self.k,
            "queries": len(self.outcomes),
            "index": self.index
            and {
                "folder": self.index.folder,
                "generation": self.index.generation,
                "articles": self.index.articles,
                "passages": self.index.passages,
            },
            "measures": {one.measure: one.as_json() for one in self.figures},
            "passages": {one.measure: one.as_json() for one in self.passage_figures},
            "curves": {
                name: {str(k): value for k, value in curve.items()}
                for name, curve in self.curves.items()
            },
            "latency_ms": self.latency and self.latency.as_json(),
            "notes": [str(note) for note in self.notes],
        }

    def as_text(self) -> str:
        """The table that the command line prints; the notes are not in it."""
        rows = [("", "mean", "95% interval", "queries")]
        for figure in (*self.figures, *self.passage_figures):
            interval = f"{figure.low:.3f} to {figure.high:.3f}"
            rows.append((figure.measure, f"{figure.mean:.3f}", interval, f"{figure.queries:,}"))
        parts = [self.described(), columns(rows)]
        if self.latency is not None:
            parts.append(f"a search of {self.k} passages: {self.latency}")
        return "\n\n".join(parts)

    def described(self) -> str:
        """What was measured on what, in a line."""
        return f"{self.dataset}, {self.name}: {self.facts()}"

    def facts(self) -> str:
        """How much was asked of how much."""
        queries = f"{len(self.outcomes):,} queries"
        if self.index is None:
            return queries
        return (
            f"{queries} over {self.index.articles:,} articles in {self.index.passages:,} passages"
            f" (generation {self.index.generation})"
        )
