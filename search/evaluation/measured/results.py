"""The result of an evaluation: as text for people, as JSON for programs, and query by query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search.evaluation.judged.reading import Note
from search.evaluation.judged.trec import Run
from search.evaluation.measured.failure_text import failure_text
from search.evaluation.measured.failures import Failures
from search.evaluation.measured.measures import Figure, Values
from search.evaluation.measured.reliability import Reliability
from search.evaluation.measured.tables import columns, query_table


@dataclass(frozen=True, slots=True)
class Returned:
    """A passage that was found.

    ``grade`` is the grade of its article, None if the article is not judged. ``excerpt`` is its
    best sentence. ``answers`` says whether it contains a whole answer span.

    >>> first = worst.returned[0]
    >>> first.article, first.grade
    ('tea-from-one-leaf.md', None)
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
    """A relevant article: its ``rank`` among the articles found, None if it was not found.

    ``answers`` has the texts of its answer spans.

    >>> worst.wanted[0].article, worst.wanted[0].rank
    ('photosynthesis.md', 2)
    """

    article: str
    title: str
    grade: int
    rank: int | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query: its measures, its relevant articles, and the first passages that were found.

    ``first_right`` is the rank of the first passage that contains a whole answer span, None if no
    passage does. It, ``returned`` and ``confidence`` come from a search; with a run file, which is
    not ``searched``, they are None or empty. ``milliseconds`` is None if the question was answered
    together with others.

    >>> worst = min(evaluation.outcomes, key=lambda it: it.measures["nDCG@10"])
    >>> worst.text, worst.first_right
    ('Why are leaves green?', 2)
    """

    query: str
    text: str
    measures: Mapping[str, float]
    wanted: tuple[Wanted, ...]
    returned: tuple[Returned, ...]
    first_right: int | None
    milliseconds: float | None
    confidence: float | None = None
    searched: bool = True

    @property
    def is_right(self) -> bool:
        """Whether the first passage answers, or is from a relevant article if none has spans."""
        first = self.returned[0] if self.returned else None
        if first is None:
            return False
        has_spans = any(one.answers for one in self.wanted)
        return first.answers if has_spans else bool(first.grade)

    @property
    def quality(self) -> tuple[float, float]:
        """Its nDCG@10 and, if it has answer spans, its passage RR@10: the lowest is the worst."""
        return self.measures["nDCG@10"], self.measures.get("passage RR@10", 1.0)

    def as_json(self) -> dict[str, Any]:
        """The JSON object of this query in the per-query output."""
        return {
            "query": self.query,
            "text": self.text,
            "measures": dict(self.measures),
            "first_right_passage": self.first_right,
            "milliseconds": self.milliseconds,
            "confidence": self.confidence,
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
    """Percentiles of the search times, in milliseconds.

    >>> evaluation.latency
    Latency(p50=20.2, p95=36.4, p99=42.2)
    """

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> "Latency":
        return cls(*np.percentile(milliseconds, [50, 95, 99]).tolist())

    def as_json(self) -> dict[str, float]:
        return {"p50": round(self.p50, 3), "p95": round(self.p95, 3), "p99": round(self.p99, 3)}

    def __str__(self) -> str:
        return f"median {self.p50:.1f} ms, p95 {self.p95:.1f} ms, p99 {self.p99:.1f} ms"


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """The index that was searched: its folder, its generation, and its size.

    >>> evaluation.index
    IndexFacts(folder='.locus', generation=1, articles=24, passages=119)
    """

    folder: str
    generation: int
    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One way of searching, measured on one dataset.

    ``name`` distinguishes it in a comparison. ``k`` is the number of passages per query.
    ``figures`` cover all judged queries, ``passage_figures`` only those with answer spans.
    ``curves`` has the mean nDCG@k and R@k by k. ``index`` and ``latency`` are None if the run was
    read from a file. ``failures`` says which questions went wrong and why; None if no question has
    a relevant article.

    >>> [str(figure.measure) for figure in evaluate(dataset, index, "hybrid").figures][:2]
    ['nDCG@10', 'RR@10']
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
    failures: Failures | None = None

    @property
    def found_anything(self) -> bool:
        """Whether any relevant article was found, at any rank."""
        return any(one.rank for outcome in self.outcomes for one in outcome.wanted)

    @property
    def reliability(self) -> Reliability | None:
        """How well the confidence of its answers tells the right ones; None if they have none."""
        sure = [(one.confidence, one) for one in self.outcomes if one.confidence is not None]
        if not sure:
            return None
        return Reliability.of([of for of, _ in sure], [one.is_right for _, one in sure])

    def rows(self) -> list[dict[str, Any]]:
        """One JSON object per query, in the order of the dataset; ``cause`` if it went wrong."""
        failed = self.failures.found if self.failures else ()
        causes = {one.query: one.cause and one.cause.value for one in failed}
        return [{**one.as_json(), "cause": causes.get(one.query)} for one in self.outcomes]

    def worst(self, count: int) -> tuple[Outcome, ...]:
        """The queries with the lowest nDCG@10, then the lowest passage RR@10; no perfect ones."""
        wrong = (one for one in self.outcomes if min(one.quality) < 1)
        return tuple(sorted(wrong, key=lambda one: one.quality)[:count])

    def table(self) -> str:
        """The scores of each query as a table."""
        return query_table(self.rows())

    def as_json(self) -> dict[str, Any]:
        """Everything except the single queries."""
        reliability = self.reliability
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
            "confidence": reliability and reliability.as_json(),
            "latency_ms": self.latency and self.latency.as_json(),
            "notes": [str(note) for note in self.notes],
            "failures": self.failures and self.failures.as_json(),
        }

    def as_text(self) -> str:
        """The table that the command line prints, without the notes."""
        rows = [("", "mean", "95% interval", "queries")]
        for figure in (*self.figures, *self.passage_figures):
            interval = f"{figure.low:.3f} to {figure.high:.3f}"
            rows.append((figure.measure, f"{figure.mean:.3f}", interval, f"{figure.queries:,}"))
        parts = [self.described(), columns(rows)]
        if self.reliability is not None:
            parts.append(f"confidence: {self.reliability}")
        if self.latency is not None:
            parts.append(f"search time ({self.k} passages): {self.latency}")
        if self.failures is not None:
            parts.append(failure_text(self.failures))
        return "\n\n".join(parts)

    def described(self) -> str:
        """One line: the dataset, the name, and the number of queries, articles and passages."""
        return f"{self.dataset}, {self.name}: {self.facts()}"

    def facts(self) -> str:
        """The number of queries, and of articles and passages in the index if there is one."""
        queries = f"{len(self.outcomes):,} queries"
        if self.index is None:
            return queries
        return (
            f"{queries} over {self.index.articles:,} articles in {self.index.passages:,} passages"
            f" (generation {self.index.generation})"
        )
