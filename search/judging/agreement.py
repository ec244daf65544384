"""How well the judges agree: Cohen's kappa for each two, Krippendorff's alpha for all.

Kappa is that of scikit-learn, over the hits that both have graded: 1 is perfect agreement, 0 what
chance would give. Alpha is that of the package krippendorff, for ordered grades; each judge may
have graded other hits. That package has the licence GPL-3.0, so it is an extra, and alpha is shown
only where it is installed.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from search.judging.acts import GRADES
from search.judging.book import Pair

INSTALL = "pip install 'locus-search[agreement]'"


@dataclass(frozen=True, slots=True)
class TwoJudges:
    """Two judges, the hits that both graded, the share with equal grades, and Cohen's kappa.

    ``kappa`` is None if it is not defined: without a common hit, or if both only ever give one and
    the same grade.
    """

    first: str
    second: str
    hits: int
    equal: float | None
    kappa: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "judges": [self.first, self.second],
            "hits": self.hits,
            "equal": self.equal,
            "kappa": self.kappa,
        }

    def __str__(self) -> str:
        both = f"{self.first} and {self.second}"
        if self.equal is None:
            return f"{both}: no hit graded by both"
        kappa = "not defined" if self.kappa is None else f"{self.kappa:.2f}"
        return f"{both}: Cohen's kappa {kappa}, {self.equal:.0%} equal ({self.hits:,} hits)"


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of all judges. ``alpha`` is None if it is not defined or not ``installed``."""

    judges: tuple[str, ...]
    two: tuple[TwoJudges, ...]
    alpha: float | None
    hits: int
    installed: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "judges": list(self.judges),
            "pairs": [one.as_json() for one in self.two],
            "alpha": self.alpha,
            "hits": self.hits,
        }

    def as_text(self) -> str:
        """One line for each two judges, and one for all; empty with a single judge."""
        lines = [str(one) for one in self.two]
        if lines and not self.installed:
            lines.append(f"Krippendorff's alpha needs an extra package: {INSTALL}")
        elif self.alpha is not None:
            lines.append(
                f"Krippendorff's alpha of all judges: {self.alpha:.2f} ({self.hits:,} hits)"
            )
        return "\n".join(lines)


def agreement(by_judge: Mapping[Pair, Mapping[str, int]]) -> Agreement:
    """The agreement of the judges; ``by_judge`` has the grade of each judge for each pair.

    >>> agreement({("q1", "sea.md"): {"ann": 2, "bob": 2}}).two[0].equal
    1.0
    """
    judges = tuple(dict.fromkeys(judge for grades in by_judge.values() for judge in grades))
    shared = [grades for grades in by_judge.values() if len(grades) > 1]
    two = tuple(_two(one, other, shared) for one, other in combinations(judges, 2))
    alpha, installed = _alpha(judges, shared) if len(judges) > 1 else (None, True)
    return Agreement(judges, two, alpha, len(shared), installed)


def _two(first: str, second: str, shared: Sequence[Mapping[str, int]]) -> TwoJudges:
    both = [(it[first], it[second]) for it in shared if first in it and second in it]
    if not both:
        return TwoJudges(first, second, 0, None, None)
    from sklearn.metrics import cohen_kappa_score

    equal = sum(one == other for one, other in both) / len(both)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where kappa is not defined, it says so and returns NaN
        kappa = float(cohen_kappa_score(*zip(*both, strict=True), labels=list(GRADES)))
    return TwoJudges(first, second, len(both), equal, None if np.isnan(kappa) else kappa)


def _alpha(judges: Sequence[str], shared: Sequence[Mapping[str, int]]) -> tuple[float | None, bool]:
    """Krippendorff's alpha, and whether the package is installed."""
    try:
        import krippendorff
    except ModuleNotFoundError:
        return None, False
    if len({grade for grades in shared for grade in grades.values()}) < 2:  # noqa: PLR2004
        return None, True  # not defined: nothing varies
    table = [[float(grades.get(judge, np.nan)) for grades in shared] for judge in judges]
    alpha = krippendorff.alpha(
        reliability_data=table, value_domain=list(GRADES), level_of_measurement="ordinal"
    )
    return float(alpha), True
