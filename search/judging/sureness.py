"""How sure the comparison of the systems is already, by the questions that are judged wholly.

Only a question whose pooled hits all have a grade counts, for only there no system is at a
disadvantage because its hits are not judged yet. The shares are those of bootstrap resamples of
these questions: how often would the systems come out in the same order, had other questions of
this kind been asked?
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from search.evaluation.measured.measures import Figure, intervals, per_query, resampled_means
from search.evaluation.measured.significance import randomisation_test
from search.judging.book import Pair
from search.judging.pool import Pool


@dataclass(frozen=True, slots=True)
class Lead:
    """How far one system is ahead of the next one.

    ``by`` is the mean difference with its 95% interval, ``p`` that of the paired randomisation
    test, and ``stands`` the share of resamples in which ``better`` is ahead.
    """

    better: str
    worse: str
    by: Figure
    p: float
    stands: float

    def as_json(self) -> dict[str, Any]:
        return {
            "better": self.better,
            "worse": self.worse,
            "difference": self.by.as_json(),
            "p": self.p,
            "stands": self.stands,
        }

    def __str__(self) -> str:
        by = self.by
        return (
            f"{self.better} over {self.worse}: {by.mean:+.3f} ({by.low:+.3f} to {by.high:+.3f}),"
            f" ahead in {_share(self.stands)} of resamples"
        )


@dataclass(frozen=True, slots=True)
class Sureness:
    """The systems by their mean of ``measure``, best first, over ``questions`` of ``of``.

    ``stands`` is the share of resamples in which all are in this order; None without questions.
    """

    measure: str
    questions: int
    of: int
    means: Mapping[str, float]
    leads: tuple[Lead, ...]
    stands: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "questions": self.questions,
            "of": self.of,
            "means": dict(self.means),
            "leads": [lead.as_json() for lead in self.leads],
            "stands": self.stands,
        }

    def as_text(self) -> str:
        """A few lines for people."""
        if not self.means:
            return "No question is judged wholly yet, so the systems cannot be compared."
        counted = f"{self.questions:,} of {self.of:,} questions"
        means = ", ".join(f"{name} {mean:.3f}" for name, mean in self.means.items())
        lines = [f"{self.measure} over {counted}: {means}", *map(str, self.leads)]
        return "\n".join([*lines, self.in_short()] if len(self.leads) > 1 else lines)

    def in_short(self) -> str:
        """One sentence to show all the while; empty if there is nothing to compare yet."""
        if self.stands is None:
            return ""
        return f"The order of the systems holds in {_share(self.stands)} of resamples."


def sureness(
    pools: Sequence[Pool],
    grades: Mapping[Pair, int],
    systems: Sequence[str],
    cutoff: int,
    questions: int,
) -> Sureness:
    """Compare the systems by the pools whose hits all have a grade.

    >>> sureness(pools, book.grades, ["hybrid", "lexical"], 10, questions=68).measure
    'nDCG@10'
    """
    measure = f"nDCG@{cutoff}"
    qrels: dict[str, dict[str, int]] = {}
    for (query, article), grade in grades.items():
        qrels.setdefault(query, {})[article] = grade
    whole = [
        pool
        for pool in pools
        if pool.hits and all(article in qrels.get(pool.query, {}) for article in pool.articles)
    ]
    if not whole:
        return Sureness(measure, 0, questions, {}, (), None)
    judged = {pool.query: qrels[pool.query] for pool in whole}
    values = np.array([_values(name, whole, judged, measure) for name in systems])
    means = values.mean(axis=1)
    order = sorted(range(len(systems)), key=lambda at: (-means[at], at))
    drawn = resampled_means(values[order])
    ahead = drawn[:, :-1] > drawn[:, 1:]
    leads = []
    for place, (one, other) in enumerate(pairwise(order)):
        by = values[one] - values[other]
        low, high = intervals(by[None, :])[:, 0].tolist()
        mean = float(by.mean())
        figure = Figure(measure, mean, min(low, mean), max(high, mean), len(whole))
        stands = float(ahead[:, place].mean())
        p = randomisation_test(by)
        leads.append(Lead(systems[one], systems[other], figure, p, stands))
    by_name = {systems[at]: float(means[at]) for at in order}
    stands_whole = float(ahead.all(axis=1).mean()) if len(systems) > 1 else None
    return Sureness(measure, len(whole), questions, by_name, tuple(leads), stands_whole)


def _values(
    system: str, pools: Sequence[Pool], qrels: Mapping[str, Mapping[str, int]], measure: str
) -> list[float]:
    """The measure of each question for one system, in the order of the questions' ids."""
    run = {
        pool.query: {article: float(-place) for place, article in enumerate(pool.rankings[system])}
        for pool in pools
    }
    return list(per_query(qrels, run, [measure])[measure].values())


def _share(share: float) -> str:
    """A share in whole percent, where 100% is said only of all.

    >>> _share(0.9996), _share(1.0)
    ('over 99%', '100%')
    """
    if 0.995 <= share < 1:  # noqa: PLR2004 - it would be rounded to 100
        return "over 99%"
    if 0 < share < 0.005:  # noqa: PLR2004 - it would be rounded to 0
        return "under 1%"
    return f"{share:.0%}"
