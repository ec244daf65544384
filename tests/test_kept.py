"""Passages are read once, as long as there is room, and None is kept too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from search.ranking.kept import KeptPassages

if TYPE_CHECKING:
    from indexer.storing.snapshot import Snapshot


class Reading:
    """Passages without vectors of their sentences; ``asked`` has the ids that were read."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def parts(self, ids: Sequence[int]) -> dict[int, None]:
        self.asked.append(list(ids))
        return {number: None for number in ids if number < 100}

    def kept(self, kept: KeptPassages, *ids: int) -> list[int]:
        return sorted(kept.parts(ids, cast("Snapshot", self)))


def test_what_is_kept_is_not_read_again() -> None:
    reading, kept = Reading(), KeptPassages()
    assert reading.kept(kept, 1, 2) == [1, 2]
    assert reading.kept(kept, 2, 3) == [2, 3]
    assert reading.kept(kept, 1, 2, 3) == [1, 2, 3]
    assert reading.asked == [[1, 2], [3]]


def test_all_are_forgotten_when_there_is_no_room() -> None:
    reading, kept = Reading(), KeptPassages(most=3)
    assert reading.kept(kept, 1, 2) == [1, 2]
    assert reading.kept(kept, 2, 3, 4) == [2, 3, 4], "what was kept is used, then forgotten"
    assert reading.kept(kept, 2) == [2]
    assert reading.asked == [[1, 2], [3, 4], [2]]


def test_a_missing_passage_is_asked_for_again() -> None:
    reading, kept = Reading(), KeptPassages()
    assert reading.kept(kept, 1, 200) == [1]
    assert reading.kept(kept, 1, 200) == [1]
    assert reading.asked == [[1, 200], [200]]
