"""What a log of questions says about how a search is used.

Nothing in a log is a judgement. People mostly open what stands first, whatever it is (the position
bias of clicks: Joachims et al., "Accurately Interpreting Clickthrough Data as Implicit Feedback",
2005), and a question whose answer is read in the list of hits needs no opening. So these figures
say how the search is used. They can be compared with those of another month, but not with measures
of judged questions.

Openings are only seen at the prompt, in the page and of an assistant. Each question asked there has
one of three outcomes: something was opened, or else another question in similar words followed soon
(reworded), or else nothing did (left). Two questions are similar if their three-letter sequences
overlap by 0.3 or more (Dice's coefficient).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import numpy as np

from search.evaluation.measured.measures import Figure, intervals
from search.logged.entries import FOLLOWED, LoggedQuestion, Way
from search.logged.reading import KeptQuestion

SOON = timedelta(minutes=2)
"""The longest time to a question that counts as a rewording of the one before."""
DOUBTFUL = 0.5
"""The confidence below which an answer is shown as no good match."""
LogOutcome = Literal["opened", "reworded", "left"]
RANKS: tuple[tuple[str, int, int], ...] = (
    ("1", 1, 1),
    ("2", 2, 2),
    ("3", 3, 3),
    ("4 to 10", 4, 10),
    ("11 and more", 11, 10**9),
)
"""The groups in which the ranks of opened hits are counted: name, lowest and highest rank."""
_SIMILAR = 0.3
_GRAM = 3
_Z = 1.959964  # of a 95% interval


@dataclass(frozen=True, slots=True)
class UsageShare:
    """``count`` of ``questions``, and the 95% Wilson interval of their share.

    The interval supposes that the questions do not depend on each other. It is that of Wilson,
    "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    >>> share = UsageShare("no hits", 1, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.018, 0.404)
    """

    name: str
    count: int
    questions: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None if there are no such questions."""
        return self.count / self.questions if self.questions else None

    @property
    def low(self) -> float | None:
        return self._bound(-1)

    @property
    def high(self) -> float | None:
        return self._bound(1)

    def as_json(self) -> dict[str, Any]:
        return {
            "share": self.share,
            "low": self.low,
            "high": self.high,
            "count": self.count,
            "questions": self.questions,
        }

    def _bound(self, sign: int) -> float | None:
        if not self.questions:
            return None
        n, share = self.questions, self.count / self.questions
        middle = share + _Z**2 / (2 * n)
        half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return min(max((middle + sign * half) / (1 + _Z**2 / n), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Usage:
    """The shares and figures of a log; ``outcomes`` has the outcome of each followed question.

    ``reciprocal`` is the mean of 1 / rank of the hit that was opened first, over the questions with
    an opening; None if there are none. ``ranks`` counts these hits by the groups in ``RANKS``.
    """

    shares: tuple[UsageShare, ...]
    reciprocal: Figure | None
    ranks: tuple[int, ...]
    outcomes: dict[str, LogOutcome]

    @classmethod
    def of(cls, questions: Sequence[KeptQuestion]) -> "Usage":
        """The usage in questions that are in the order of time."""
        reworded = _reworded(questions)
        outcomes = {
            kept.question.id: _outcome(kept, reworded)
            for kept in questions
            if kept.question.by in FOLLOWED
        }
        first = [kept.openings[0].rank for kept in questions if kept.openings]
        told = [it for kept in questions if (it := kept.question.confidence) is not None]
        followed = Counter(outcomes.values())
        asked = len(questions)
        shares = (
            UsageShare("opened something", followed["opened"], len(outcomes)),
            UsageShare("nothing opened, reworded", followed["reworded"], len(outcomes)),
            UsageShare("nothing opened, left", followed["left"], len(outcomes)),
            UsageShare("first opened at rank 1", sum(rank == 1 for rank in first), len(first)),
            UsageShare("no hits", sum(not kept.question.hits for kept in questions), asked),
            UsageShare("no good match", sum(it < DOUBTFUL for it in told), len(told)),
            UsageShare("reworded soon after", len(reworded), asked),
            UsageShare("asked before", _repeated(questions), asked),
        )
        ranks = tuple(sum(low <= it <= high for it in first) for _, low, high in RANKS)
        return cls(shares, reciprocal_ranks("RR of the first opened", first), ranks, outcomes)


def reciprocal_ranks(name: str, ranks: Sequence[int | None]) -> Figure | None:
    """The mean of 1 / rank, 0 for None, with its 95% bootstrap interval; None without ranks."""
    if not ranks:
        return None
    values = np.array([[1 / rank if rank else 0.0 for rank in ranks]])
    mean, ((low,), (high,)) = float(values.mean()), intervals(values).tolist()
    return Figure(name, mean, min(low, mean), max(high, mean), len(ranks))


def similar(one: str, other: str) -> bool:
    """Whether two questions are put in similar words.

    >>> similar("who hunts at night", "which owl hunts at night")
    True
    """
    first, second = _grams(one), _grams(other)
    both = sum((first & second).values())
    return 2 * both >= _SIMILAR * (first.total() + second.total())


def normal(query: str) -> str:
    """The question without what makes no difference to a person: case and white space."""
    return " ".join(query.casefold().split())


def _grams(text: str) -> Counter[str]:
    padded = f" {normal(text)} "
    return Counter(padded[at : at + _GRAM] for at in range(max(len(padded) - _GRAM + 1, 1)))


def _outcome(kept: KeptQuestion, reworded: set[str]) -> LogOutcome:
    if kept.openings:
        return "opened"
    return "reworded" if kept.question.id in reworded else "left"


def _reworded(questions: Sequence[KeptQuestion]) -> set[str]:
    """The ids of questions that another one in similar words follows soon, asked the same way."""
    found = set()
    last: dict[Way, KeptQuestion] = {}
    for kept in questions:
        before = last.get(kept.question.by)
        last[kept.question.by] = kept
        if before is not None and _rewords(before, kept.question):
            found.add(before.question.id)
    return found


def _rewords(before: KeptQuestion, after: LoggedQuestion) -> bool:
    ended = max([before.question.time, *(opening.time for opening in before.openings)])
    one, other = before.question.query, after.query
    return after.time - ended <= SOON and normal(one) != normal(other) and similar(one, other)


def _repeated(questions: Sequence[KeptQuestion]) -> int:
    """How many of the questions were asked before, in the same words."""
    return len(questions) - len({normal(kept.question.query) for kept in questions})
