"""Ask the questions of a dataset, and measure the answers.

Articles are ranked by their best passage, and the run gives each article the score of that passage.
Where two scores would be equal, the second is lowered to the next float32 value. So every tool
reads the articles in the order in which the searcher returned them.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from search.evaluation.judged.datasets import Dataset
from search.evaluation.judged.reading import Note
from search.evaluation.judged.trec import Run, RunFile, ranked
from search.evaluation.measured import soundness
from search.evaluation.measured.diagnosis import diagnosed
from search.evaluation.measured.findings import Finding, JudgedPassages
from search.evaluation.measured.measures import (
    contains_answer,
    figures,
    first_right,
    per_query,
    per_query_passages,
)
from search.evaluation.measured.results import (
    Evaluation,
    IndexFacts,
    Latency,
    Outcome,
    Returned,
    Wanted,
)
from search.limits import Mode
from search.searcher import Searcher, watched
from search.types import Answer, Hit

if TYPE_CHECKING:
    from search.workings import Workings

_CURVE = (1, 2, 3, 5, 10, 20, 30, 50, 100)
_SHOWN = 5
_EXCERPT_CHARS = 300
_TIMED = 200
"""Questions that are asked alone, to measure the time of one: enough for a median."""


def evaluate(
    dataset: Dataset,
    searcher: Searcher,
    mode: Mode = "hybrid",
    k: int = 100,
    *,
    name: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Ask every judged query for ``k`` passages, and measure the answers.

    Articles beyond the first ``k`` passages count as not found. Some queries, at most 200 spread
    over all, are asked one after the other to measure their time; the others are encoded together,
    which is quicker and may change their scores in the last digits, but always in the same way. The
    first query is asked twice, so that loading the model is not part of any measured time. Raises
    DatasetError if the index contains none of the relevant articles, and whatever
    ``Searcher.search`` raises.

    >>> with open_index("seeds.locus") as searcher:
    ...     print(evaluate(read_dataset("seeds"), searcher, "hybrid").as_text())
    """
    notes = [*dataset.notes, *soundness.of_index(dataset, searcher.articles())]
    searcher.search(next(iter(dataset.queries.values())), k, mode=mode)
    judged = JudgedPassages.of(searcher.folder, dataset)
    asked: dict[str, _KeptAnswer] = {}
    hashes: dict[str, set[str]] = {}
    generations: list[int] = []
    warnings: list[str] = []
    seen: deque[Workings] = deque(maxlen=1)
    answers = _answers(dataset.queries, watched(searcher, seen.append), mode, k)
    for done, (query, answer, milliseconds) in enumerate(answers, 1):
        finding = judged.look(dataset, query, seen[0])
        asked[query] = _KeptAnswer.of(dataset, query, answer, milliseconds, finding)
        for hit in answer.hits:
            hashes.setdefault(hit.article, set()).add(hit.sha256)
        generations.append(answer.generation)
        warnings += answer.warnings
        progress(done, len(dataset.queries))
    folder = str(searcher.folder.resolve())
    facts = IndexFacts(folder, answer.generation, answer.articles, answer.passages)
    run = {query: one.run for query, one in asked.items()}
    notes += soundness.of_answers(dataset, hashes, generations, warnings)
    notes += soundness.of_depth(run, k, answer.articles)
    measured = _measured(dataset, name or mode, k, run, asked, facts, notes)
    return _with_failures(measured, dataset, asked, judged.languages)


def evaluate_run(dataset: Dataset, read: RunFile, *, name: str | None = None) -> Evaluation:
    """Measure a run that was read from a file; it has articles, but no passages.

    Raises DatasetError if it has no results for any query of the dataset.

    >>> print(evaluate_run(read_dataset("seeds"), read_run(Path("mine.run"))).as_text())
    """
    notes = [*dataset.notes, *read.notes, *soundness.of_run(dataset, read.run)]
    run = {query: read.run[query] for query in dataset.queries if query in read.run}
    depth = max(map(len, run.values()))
    measured = _measured(dataset, name or read.tag, depth, run, {}, None, notes)
    return _with_failures(measured, dataset, {}, {})


def best_passages(hits: Iterable[Hit]) -> dict[str, float]:
    """The articles of ranked passages, best first, with strictly decreasing scores."""
    scores: dict[str, float] = {}
    lowest = np.float32(math.inf)
    for hit in hits:
        if hit.article not in scores:
            lowest = min(np.float32(hit.score), np.nextafter(lowest, np.float32(-math.inf)))
            scores[hit.article] = float(lowest)
    return scores


def _answers(
    queries: Mapping[str, str], searcher: Searcher, mode: Mode, k: int
) -> Iterator[tuple[str, Answer, float | None]]:
    """The answer to each query by its id, with its time in milliseconds if it was asked alone."""
    alone = list(queries)[:: -(-len(queries) // _TIMED)]
    for query in alone:
        started = time.perf_counter()
        answer = searcher.search(queries[query], k, mode=mode)
        yield query, answer, (time.perf_counter() - started) * 1000
    timed = set(alone)
    others = {query: text for query, text in queries.items() if query not in timed}
    together = searcher.search_many(list(others.values()), k, mode=mode)
    for query, answer in zip(others, together, strict=True):
        yield query, answer, None


@dataclass(frozen=True, slots=True)
class _KeptAnswer:
    """The part of an answer that is kept: the hits of thousands of answers would fill the memory.

    ``first`` is the rank of the first passage that contains a whole answer span.
    """

    run: Mapping[str, float]
    first: int | None
    returned: tuple[Returned, ...]
    milliseconds: float | None
    confidence: float | None
    finding: Finding | None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        query: str,
        answer: Answer,
        milliseconds: float | None,
        finding: Finding | None,
    ) -> Self:
        hits = answer.hits
        first = first_right(hits, dataset.answers.get(query, ()))
        returned = _returned(dataset, query, hits)
        run = best_passages(hits)
        return cls(run, first, returned, milliseconds, answer.confidence, finding)


def _measured(
    dataset: Dataset,
    name: str,
    k: int,
    run: Run,
    asked: Mapping[str, _KeptAnswer],
    index: IndexFacts | None,
    notes: Sequence[Note],
) -> Evaluation:
    values = per_query(dataset.qrels, run)
    firsts = {query: asked[query].first for query in dataset.answers if query in asked}
    passage_values = per_query_passages(firsts) if firsts else {}
    shown = {hit.article: hit.title for one in asked.values() for hit in one.returned}
    titles = {**shown, **{name: title for name, title in dataset.titles.items() if title}}
    everything = {**values, **passage_values}
    timed = [one.milliseconds for one in asked.values() if one.milliseconds is not None]
    outcomes = tuple(
        Outcome(
            query=query,
            text=text,
            measures={name: of[query] for name, of in everything.items() if query in of},
            wanted=_wanted(dataset, query, run.get(query, {}), titles),
            returned=asked[query].returned if query in asked else (),
            first_right=asked[query].first if query in asked else None,
            milliseconds=asked[query].milliseconds if query in asked else None,
            confidence=asked[query].confidence if query in asked else None,
            searched=index is not None,
        )
        for query, text in dataset.queries.items()
    )
    return Evaluation(
        name=name,
        dataset=dataset.name,
        k=k,
        run=run,
        values=everything,
        figures=figures(values),
        passage_figures=figures(passage_values),
        curves=_curves(dataset, run, k),
        outcomes=outcomes,
        index=index,
        latency=Latency.of(timed) if timed else None,
        notes=tuple(notes),
    )


def _with_failures(
    found: Evaluation,
    dataset: Dataset,
    asked: Mapping[str, _KeptAnswer],
    languages: Mapping[str, str],
) -> Evaluation:
    """The same evaluation with the questions that went wrong."""
    findings = {query: one.finding for query, one in asked.items() if one.finding is not None}
    failures = diagnosed(dataset.qrels, found.outcomes, found.run, findings, languages)
    return replace(found, failures=failures)


def _curves(dataset: Dataset, run: Run, k: int) -> dict[str, dict[int, float]]:
    depths = [depth for depth in _CURVE if depth <= k]
    names = {f"{family}@{depth}": (family, depth) for family in ("nDCG", "R") for depth in depths}
    curves: dict[str, dict[int, float]] = {"nDCG@k": {}, "R@k": {}}
    for name, of_query in per_query(dataset.qrels, run, list(names)).items():
        family, depth = names[name]
        curves[f"{family}@k"][depth] = float(np.mean(list(of_query.values())))
    return curves


def _wanted(
    dataset: Dataset, query: str, found: Mapping[str, float], titles: Mapping[str, str]
) -> tuple[Wanted, ...]:
    """The relevant articles of a query, most relevant first."""
    ranks = {article: rank for rank, article in enumerate(ranked(found), 1)}
    relevant = [(article, grade) for article, grade in dataset.qrels[query].items() if grade]
    return tuple(
        Wanted(
            article,
            titles.get(article, ""),
            grade,
            ranks.get(article),
            tuple(span.text for span in dataset.answers.get(query, ()) if span.article == article),
        )
        for article, grade in sorted(relevant, key=lambda pair: -pair[1])
    )


def _returned(dataset: Dataset, query: str, hits: Sequence[Hit]) -> tuple[Returned, ...]:
    return tuple(
        Returned(
            hit.rank,
            hit.article,
            hit.title,
            hit.score,
            hit.start,
            hit.end,
            _excerpt(hit),
            dataset.qrels[query].get(hit.article),
            contains_answer(hit, dataset.answers.get(query, ())),
        )
        for hit in hits[:_SHOWN]
    )


def _excerpt(hit: Hit) -> str:
    """The best sentence of a passage, or its beginning if no sentence is highlighted."""
    start, end = (hit.highlight.start, hit.highlight.end) if hit.highlight else (hit.start, hit.end)
    text = " ".join(hit.text[start - hit.start : end - hit.start].split())
    return text if len(text) <= _EXCERPT_CHARS else f"{text[:_EXCERPT_CHARS].rstrip()}…"
