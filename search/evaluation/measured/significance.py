"""Test whether one run is significantly better than another on the same queries.

Differences are paired: each query is compared with itself. The test asks how often the runs would
differ this much if, for each query, chance decided which of its two values belongs to which run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.errors import DatasetError

_FLIPS = 10_000
_EXACT_QUERIES = 13  # 2 ** 13 assignments are fewer than the flips that would be drawn
_BLOCK = 2**20
_SAME = 1e-9
"""Values that differ by less are equal: rounding can cause such a difference."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of queries for which the second run is better, equal, and worse.

    >>> tally([0.5, 0.0, -0.25, 0.1])
    Tally(wins=2, ties=1, losses=1)
    """

    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Move:
    """A query's value in the first run and in the second.

    >>> Move("q59", 0.25, 1.0).by
    0.75
    """

    query: str
    before: float
    after: float

    @property
    def by(self) -> float:
        return self.after - self.before


def differences(before: Mapping[str, float], after: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """Second minus first for each query, sorted by query id.

    Raises DatasetError unless both have the same queries.
    """
    if before.keys() != after.keys():
        odd = sorted(before.keys() ^ after.keys())
        raise DatasetError(
            f"the two runs have different queries: {odd[0]!r} is only in one of them"
            f" ({len(odd)} in total)"
        )
    by = np.array([after[query] - before[query] for query in sorted(before)], np.float64)
    return np.where(np.abs(by) < _SAME, 0.0, by)


def randomisation_test(
    differences: Sequence[float] | npt.NDArray[np.float64], seed: int = 0
) -> float:
    """The two-sided p of the paired randomisation test for the mean of the differences.

    This is Fisher's test for the mean difference with flipped signs (Smucker, Allan and Carterette,
    "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation", 2007).
    If at most 13 queries differ, all sign patterns are counted. Otherwise 10,000 are drawn, and p
    is ``(1 + as extreme) / (1 + drawn)``, which is never 0 (Phipson and Smyth, 2010).
    """
    by = np.asarray(differences, np.float64)
    by = by[by != 0]  # the sign of a zero changes nothing
    observed = abs(by.sum()) - _SAME
    if len(by) <= _EXACT_QUERIES:
        patterns = np.arange(2 ** len(by))[:, None] >> np.arange(len(by)) & 1
        return float(np.mean(np.abs((patterns * 2 - 1) @ by) >= observed))
    random = np.random.default_rng(seed)
    extreme = 0
    step = max(1, _BLOCK // len(by))
    for first in range(0, _FLIPS, step):
        flips = random.integers(0, 2, (min(step, _FLIPS - first), len(by)), np.int8)
        extreme += int(np.count_nonzero(np.abs((flips * 2 - 1) @ by) >= observed))
    return (1 + extreme) / (1 + _FLIPS)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """The p-values of several tests, adjusted for testing several times.

    After Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979: the smallest p is
    multiplied by the number of tests, the next by one less, and so on, and no adjusted p is smaller
    than the one before. The chance of one false alarm among all tests stays that of a single test.
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p, key=lambda name: p[name])):
        highest = max(highest, min(1.0, p[name] * (len(p) - place)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p}


def tally(differences: Sequence[float] | npt.NDArray[np.float64]) -> Tally:
    """The wins, ties and losses of the second run."""
    by = np.asarray(differences, np.float64)
    wins, losses = int((by > 0).sum()), int((by < 0).sum())
    return Tally(wins, len(by) - wins - losses, losses)


def moved_most(
    before: Mapping[str, float], after: Mapping[str, float], count: int = 10
) -> tuple[Move, ...]:
    """At most ``count`` queries whose value changed most, up or down; equal changes by id."""
    by = dict(zip(sorted(before), differences(before, after).tolist(), strict=True))
    order = sorted((query for query in by if by[query]), key=lambda query: (-abs(by[query]), query))
    return tuple(Move(query, before[query], after[query]) for query in order[:count])
