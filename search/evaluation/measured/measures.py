"""Score a run against judgements with the measures of trec_eval, and give intervals of the means.

The package ir_measures computes the measures, which have its names: ``nDCG@10``, ``RR@10``, ``AP``,
``P@k``, ``R@k``. Any grade above 0 is relevant; nDCG uses the grades as gains. A judged query that
is missing from a run counts as 0. Equal scores are put into trec_eval's order beforehand, because
ir_measures breaks ties for RR@k the other way round.

Passages are measured by answer spans: a passage is right if it is from the right article and
contains a whole span. If a query has several spans, any of them will do.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ir_measures as _ir_measures
import numpy as np
import numpy.typing as npt

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import AnswerSpan
from search.evaluation.judged.trec import Qrels, Run, ranked
from search.types import Hit

MEASURES = ("nDCG@10", "RR@10", "AP", "P@1", "P@5", "R@5", "R@10", "R@100")
PASSAGE_MEASURES = ("hit@1", "hit@5", "passage RR@10")

Values: TypeAlias = Mapping[str, Mapping[str, float]]
"""Measure to query to value, 0 to 1; the queries of each measure are sorted by id."""

_NAME = re.compile(r"(AP|(?:nDCG|RR|P|R)(?=@))(?:@([1-9][0-9]{0,3}))?")
_RESAMPLES = 10_000
_CONFIDENCE = 0.95
_BLOCK = 2**18
_MOST_DRAWN = 20_000_000
_PASSAGE_DEPTH = 10

ir_measures: Any = _ir_measures  # its functions are only partly typed


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of a measure over ``queries``, and the 95% bootstrap interval of that mean.

    >>> Figure("nDCG@10", 0.986, 0.969, 0.999, 68).mean
    0.986
    """

    measure: str
    mean: float
    low: float
    high: float
    queries: int

    def as_json(self) -> dict[str, float]:
        return {"mean": self.mean, "low": self.low, "high": self.high, "queries": self.queries}


def per_query(qrels: Qrels, run: Run, measures: Sequence[str] = MEASURES) -> Values:
    """Each measure for each judged query; other queries are ignored.

    Raises DatasetError for an unknown measure.
    """
    by_name = {name: _measure(name) for name in measures}
    places = {query: _by_place(run[query]) for query in qrels if run.get(query)}
    found: dict[str, dict[str, float]] = {name: {} for name in measures}
    names = {measure: name for name, measure in by_name.items()}
    for metric in ir_measures.iter_calc(list(by_name.values()), qrels, places):
        found[names[metric.measure]][metric.query_id] = float(metric.value)
    return {name: dict(sorted(values.items())) for name, values in found.items()}


def first_right(hits: Iterable[Hit], spans: Collection[AnswerSpan]) -> int | None:
    """The rank, from 1, of the first hit that contains a whole span; None if no hit does."""
    for rank, hit in enumerate(hits, 1):
        if contains_answer(hit, spans):
            return rank
    return None


def contains_answer(hit: Hit, spans: Collection[AnswerSpan]) -> bool:
    """Whether a passage contains a whole span of the same article."""
    return any(
        hit.article == span.article and hit.start <= span.start and span.end <= hit.end
        for span in spans
    )


def per_query_passages(first: Mapping[str, int | None]) -> Values:
    """The passage measures, from the rank of the first right passage of each query with spans."""
    ranks = {query: rank or float("inf") for query, rank in sorted(first.items())}
    return {
        "hit@1": {query: float(rank <= 1) for query, rank in ranks.items()},
        "hit@5": {query: float(rank <= 5) for query, rank in ranks.items()},  # noqa: PLR2004
        "passage RR@10": {
            query: 1 / rank if rank <= _PASSAGE_DEPTH else 0.0 for query, rank in ranks.items()
        },
    }


def figures(values: Values, seed: int = 0) -> tuple[Figure, ...]:
    """The mean of each measure with its interval; all measures must have the same queries.

    Raises DatasetError if there are no queries.
    """
    if not values:
        return ()
    matrix = np.array([list(of_query.values()) for of_query in values.values()])
    if matrix.shape[1] == 0:
        raise DatasetError("nothing to measure: no query has judgements")
    means, (low, high) = matrix.mean(axis=1), intervals(matrix, seed)
    # If all values are equal, rounding could put the mean outside its interval.
    rows = np.stack([means, np.minimum(means, low), np.maximum(means, high)], axis=1).tolist()
    return tuple(
        Figure(name, mean, lower, upper, matrix.shape[1])
        for name, (mean, lower, upper) in zip(values, rows, strict=True)
    )


def intervals(values: npt.NDArray[np.float64], seed: int = 0) -> npt.NDArray[np.float64]:
    """The 95% percentile bootstrap interval of the mean of each row of ``(measures, queries)``.

    Returns ``(2, measures)``: the lower and the upper bounds. The interval of a few queries is too
    narrow, and the interval of a single query has no width.
    """
    tail = (1 - _CONFIDENCE) / 2
    means = resampled_means(values, seed)
    bounds: npt.NDArray[np.float64] = np.quantile(means, [tail, 1 - tail], axis=0)
    return bounds


def resampled_means(values: npt.NDArray[np.float64], seed: int = 0) -> npt.NDArray[np.float64]:
    """The means of bootstrap resamples of the rows of ``(measures, queries)``.

    Returns ``(resamples, measures)``. Each of 10,000 resamples (fewer for more than 2,000 queries)
    draws as many queries with replacement, the same ones for every row (Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapter 13).
    """
    measures, queries = values.shape
    resamples = min(_RESAMPLES, max(_RESAMPLES // 10, _MOST_DRAWN // queries))
    random = np.random.default_rng(seed)
    means = np.empty((resamples, measures))
    step = max(1, _BLOCK // queries)
    for first in range(0, resamples, step):
        size = min(step, resamples - first)
        drawn = random.integers(0, queries, (size, queries), np.int32)
        means[first : first + size] = values[:, drawn].mean(axis=2).T
    return means


def _measure(name: str) -> Any:  # noqa: ANN401 - a type of a library without types
    if match := _NAME.fullmatch(name):
        family, cutoff = getattr(ir_measures, match[1]), match[2]
        return family @ int(cutoff) if cutoff else family
    raise DatasetError(f"unknown measure {name!r}; use nDCG@k, RR@k, AP, AP@k, P@k or R@k")


def _by_place(scores: Mapping[str, float]) -> dict[str, float]:
    """The same order without equal scores: positions counted from the end, exact in float32."""
    order = ranked(scores)
    return {article: float(len(order) - place) for place, article in enumerate(order)}
