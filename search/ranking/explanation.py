"""Explain why an article is, or is not, among the hits: its best passage's rank at each stage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.storing.stored import StoredPassage
from search.ranking.fusion import Candidates


@dataclass(frozen=True, slots=True)
class StageRanking:
    """The candidates of one stage, best first; the first ``passes`` continue to the next stage."""

    stage: str
    candidates: Candidates
    passes: int


@dataclass(frozen=True, slots=True)
class Place:
    """The rank (from 1) and score of a passage at one stage; both are None if it is not there.

    The first ``passes`` candidates continue to the next stage.

    >>> Place("fused", rank=3, score=0.7, passes=30).went_on
    True
    """

    stage: str
    rank: int | None
    score: float | None
    passes: int

    @property
    def went_on(self) -> bool:
        return self.rank is not None and self.rank <= self.passes


@dataclass(frozen=True, slots=True)
class Explanation:
    """The places of an article's best passage, and the stage at which it dropped out (``lost``).

    ``lost`` is None if it is a hit. ``start`` and ``end`` are the passage's offsets, in
    characters of the article. ``corrected`` is the question whose ranks these are, if it is not
    ``query``: its spelling was corrected.

    >>> place = Place("second look", rank=12, score=0.4, passes=10)
    >>> found = Explanation("Why salt?", "sea.md", 0, 4, "Salt", (place,), lost="second look")
    >>> found.as_json()["lost"]
    'second look'
    """

    query: str
    article: str
    start: int
    end: int
    text: str
    places: tuple[Place, ...]
    lost: str | None
    corrected: str | None = None

    def as_json(self) -> dict[str, Any]:
        """One object for scripts."""
        return {
            "query": self.query,
            "corrected": self.corrected,
            "article": self.article,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "stages": [
                {"stage": it.stage, "rank": it.rank, "score": it.score, "passes": it.passes}
                for it in self.places
            ],
            "lost": self.lost,
        }


def explain(
    query: str,
    article: str,
    passages: Mapping[int, StoredPassage],
    legs: Sequence[StageRanking],
    later: Sequence[StageRanking],
    corrected: str | None = None,
) -> Explanation:
    """Follow an article's passages through the stages of an answer.

    ``legs`` are the legs of this mode, with more candidates than continue to the next stage.
    ``later`` are the stages after them, in order. ``corrected`` is the question that was answered,
    if it is not ``query``.
    """
    best, places = follow(passages, (*legs, *later))
    it = passages[best]
    lost = lost_at(places, len(legs))
    return Explanation(query, article, it.start, it.end, it.text, places, lost, corrected)


def follow(
    numbers: Iterable[int], rankings: Sequence[StageRanking]
) -> tuple[int, tuple[Place, ...]]:
    """The passage that ranks best at the last stages, of at least one, and its place at each."""
    orders = [
        {number: rank for rank, number in enumerate(it.candidates.ids.tolist(), 1)}
        for it in rankings
    ]

    def depth(number: int) -> list[float]:
        """The rank of a passage at each stage, the last stage first."""
        return [order.get(number, float("inf")) for order in reversed(orders)]

    best = min(numbers, key=depth)
    return best, tuple(
        _place(it, order.get(best)) for it, order in zip(rankings, orders, strict=True)
    )


def lost_at(places: Sequence[Place], legs: int) -> str | None:
    """The first stage at which a passage dropped out; it has to pass only one of the legs."""
    if not any(it.went_on for it in places[:legs]):
        return " and ".join(it.stage for it in places[:legs])
    return next((it.stage for it in places[legs:] if not it.went_on), None)


def _place(ranking: StageRanking, rank: int | None) -> Place:
    score = None if rank is None else float(ranking.candidates.scores[rank - 1])
    return Place(ranking.stage, rank, score, ranking.passes)
