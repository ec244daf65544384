"""Why an article is where it is in an answer, or is not: the place of its best passage by stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.storing.snapshot import StoredPassage
from search.ranking.fusion import Candidates
from search.stages import DEPTH, LOOKED_AT, Stages

DEEP = 1000
"""How far down a leg a passage is looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A passage in the ranking of one stage: its rank from 1 and its score; None if not there.

    ``passes`` is how many candidates the stage hands on.
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
    """The places of an article's best passage, and the stage that lost it: None if none did.

    ``start`` and ``end`` are the passage's, in characters of the article.
    """

    query: str
    article: str
    start: int
    end: int
    text: str
    places: tuple[Place, ...]
    lost: str | None

    def as_json(self) -> dict[str, Any]:
        """One object for scripts."""
        return {
            "query": self.query,
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

    def as_text(self) -> str:
        """A table: a line a stage."""
        lines = [f"{self.article}:{self.start}-{self.end}", ""]
        for it in self.places:
            rank = f"{it.rank:,}" if it.rank is not None else f"past {DEEP:,}"
            score = "" if it.score is None else f"{it.score:.3f}"
            lines.append(
                f"{it.stage:<16}{rank:>12}{score:>10}   of which the first {it.passes} go on"
            )
        said = f"lost by: {self.lost}" if self.lost else "it is among the hits"
        return "\n".join([*lines, "", said])


def explain(
    query: str,
    article: str,
    passages: Mapping[int, StoredPassage],
    stages: Stages,
    legs: Mapping[str, Candidates],
    k: int,
) -> Explanation:
    """Follow an article's passages through the stages of an answer of ``k`` hits.

    ``legs`` are the legs that took part, deeper than they hand on, by the names of their scores.
    """
    ranks = {
        **{f"{name} leg": (found, DEPTH) for name, found in legs.items()},
        "fused": (stages.legs.ranked(), LOOKED_AT),
        "second look": (stages.rescored, k),
        "page": (stages.page, k),
    }
    orders = {
        stage: {number: rank for rank, number in enumerate(found.ids.tolist(), 1)}
        for stage, (found, _) in ranks.items()
    }

    def depth(number: int) -> list[float]:
        """How deep a passage is, in the last stage first."""
        return [orders[stage].get(number, float("inf")) for stage in reversed(orders)]

    best = min(passages, key=depth)
    places = tuple(
        Place(stage, orders[stage].get(best), found.by_id().get(best), passes)
        for stage, (found, passes) in ranks.items()
    )
    it = passages[best]
    lost = _lost(places, len(legs))
    return Explanation(query, article, it.start, it.end, it.text, places, lost)


def _lost(places: tuple[Place, ...], legs: int) -> str | None:
    """The first stage that did not hand a passage on; of the legs, one is enough."""
    if not any(it.went_on for it in places[:legs]):
        return " and ".join(it.stage for it in places[:legs])
    return next((it.stage for it in places[legs:] if not it.went_on), None)
