"""How well the confidence of an answer tells right answers from wrong ones.

An answer is right if its first passage contains an answer span or, for a query without spans, if it
is from a relevant article. A query whose relevant articles are not in the index has no right
answer, so an index that lacks some of them shows both kinds.

The area under the ROC curve is the probability that a right answer has a higher confidence than a
wrong one: 1 is perfect, 0.5 is chance (Hanley and McNeil, "The Meaning and Use of the Area under a
Receiver Operating Characteristic (ROC) Curve", 1982). The calibration error is the mean distance
between the confidence of answers and the share of them that is right, over ten bins (Naeini, Cooper
and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence is from ``low`` to ``high``.

    ``confidence`` is its mean, and ``right`` the share of right answers.

    >>> Reliability.of([0.91, 0.97], [True, False]).bins[0].right
    0.5
    """

    low: float
    high: float
    answers: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The confidence of answers against their being right.

    ``area`` is the area under the ROC curve, None if all answers are right or all are wrong;
    ``error`` is the calibration error, 0 to 1.

    >>> found = Reliability.of([0.9, 0.8, 0.3], [True, True, False])
    >>> found.area, round(found.error, 2)
    (1.0, 0.2)
    """

    area: float | None
    error: float
    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, confidences: Sequence[float], right: Sequence[bool]) -> "Reliability":
        """From the confidence of each answer, at least one, and whether it is right."""
        sure, is_right = np.array(confidences, np.float64), np.array(right, bool)
        places = np.minimum((sure * _BINS).astype(np.int64), _BINS - 1)
        bins = tuple(
            Bin(
                place / _BINS,
                (place + 1) / _BINS,
                int(inside.sum()),
                float(sure[inside].mean()),
                float(is_right[inside].mean()),
            )
            for place in range(_BINS)
            if (inside := places == place).any()
        )
        error = sum(one.answers * abs(one.confidence - one.right) for one in bins) / len(sure)
        return cls(_area(sure[is_right], sure[~is_right]), error, bins)

    def as_json(self) -> dict[str, Any]:
        """The object ``confidence`` in the output of an evaluation."""
        return {
            "area": self.area,
            "error": self.error,
            "bins": [
                {
                    "from": one.low,
                    "to": one.high,
                    "answers": one.answers,
                    "confidence": one.confidence,
                    "right": one.right,
                }
                for one in self.bins
            ],
        }

    def __str__(self) -> str:
        area = "" if self.area is None else f"area under the curve {self.area:.3f}, "
        return f"{area}calibration error {self.error:.3f}"


def _area(right: npt.NDArray[np.float64], wrong: npt.NDArray[np.float64]) -> float | None:
    """The probability that one of ``right`` is higher than one of ``wrong``; half if equal."""
    if not len(right) or not len(wrong):
        return None
    ordered = np.sort(wrong)
    below = np.searchsorted(ordered, right, "left")
    up_to = np.searchsorted(ordered, right, "right")
    return float((below + up_to).mean() / (2 * len(wrong)))
