"""Trace the passages that ought to come first through an answer, beside the passage that does.

``explanation`` says at which stage an article dropped out. Most answers that go wrong lose nothing:
another passage comes first. So a trace says at which stage that one overtook.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from search.ranking.explanation import Place, StageRanking, follow

LEG = "leg"
"""The names of the legs end with it. The other stages:"""
FUSED, SECOND_LOOK, RERANKED, PAGE = "fused", "second look", "reranked", "page"


@dataclass(frozen=True, slots=True)
class Trace:
    """A passage's place at each stage of an answer, and the rank there of the first hit.

    ``firsts`` has a rank for each of ``places``, None where the first hit was not found.
    ``over_limit`` says that the passage was moved back because its article has so many hits;
    ``is_copy``, because it nearly repeats another hit.

    >>> places = Place("lexical leg", 2, 7.1, 30), Place("fused", 1, 0.9, 30)
    >>> Trace(7, places, (1, 2)).is_ahead("fused"), Trace(7, places, (1, 2)).is_ahead("leg")
    (True, False)
    """

    number: int
    places: tuple[Place, ...]
    firsts: tuple[int | None, ...]
    over_limit: bool = False
    is_copy: bool = False

    @property
    def is_candidate(self) -> bool:
        """Whether any leg found it."""
        return any(it.rank is not None for it in self.places if it.stage.endswith(LEG))

    def is_ahead(self, stage: str) -> bool:
        """Whether it was ahead of the first hit at a stage; at any leg, if that is ``leg``."""
        return any(
            it.rank is not None and (first is None or it.rank < first)
            for it, first in zip(self.places, self.firsts, strict=True)
            if it.stage.endswith(stage)
        )

    def went_on(self, stage: str) -> bool:
        """Whether it went on to the next stage."""
        return any(it.went_on for it in self.places if it.stage == stage)


def trace(
    numbers: Collection[int],
    rankings: Sequence[StageRanking],
    article: Callable[[int], int],
    per_article: int,
) -> Trace:
    """Trace the best of some passages, at least one; the last of the ``rankings`` is the page.

    ``article`` returns the article of a passage on the page. ``per_article`` is how many hits of an
    article are not moved back.
    """
    best, places = follow(numbers, rankings)
    page = rankings[-1].candidates.ids.tolist()
    _, of_first = follow(page[:1], rankings) if page else (0, ())
    firsts = tuple(it.rank for it in of_first) or (None,) * len(places)
    before = _kept_before(best, rankings[-2].candidates.ids.tolist(), page)
    if before is None:
        return Trace(best, places, firsts)
    of_its_own = sum(article(number) == article(best) for number in before)
    over_limit = of_its_own == per_article
    return Trace(best, places, firsts, over_limit, not over_limit)


def _kept_before(number: int, ranked: Sequence[int], page: Sequence[int]) -> list[int] | None:
    """The hits that were better than a passage that was moved back; None if it was not moved.

    The page has the passages that were kept, in their order, and after them those moved back.
    """
    if number not in ranked:
        return None
    ranks = {other: rank for rank, other in enumerate(ranked)}
    worse = [place for place, other in enumerate(page) if ranks[other] > ranks[number]]
    if not worse or number in page[: worse[0]]:
        return None
    return list(page[: worse[0]])
