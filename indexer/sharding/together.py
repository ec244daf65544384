"""The progress over shards that are prepared at the same time."""

from collections.abc import Callable, Mapping
from statistics import mean
from typing import Final

from indexer.updating.indexing import Progress, Step

_BUILDING: Final = "building the search indexes"


class Together:
    """The progress over shards that are prepared at the same time, as that of one run."""

    def __init__(self, count: int, progress: Callable[[Progress], object]) -> None:
        self._count = count
        self._progress = progress
        self._sizes: dict[int, int] = {}

    def show(self, told: Mapping[int, Progress], done: Mapping[int, object]) -> None:
        """Tell the progress, as the shards have ``told`` it, which are not all ``done``.

        A shard that has told nothing yet is taken to be as large as the others.
        """
        passages = sum(it.passages for it in told.values())
        building = {n: it for n, it in told.items() if it.step == _BUILDING}
        if building and len(building.keys() | done.keys()) == self._count:
            sums = (
                sum(it.done for it in building.values()),
                sum(it.total for it in building.values()),
            )
            self._progress(Progress(*sums, passages, _BUILDING))
            return
        reading = {n: it for n, it in told.items() if n not in building}
        self._sizes |= {n: it.total for n, it in reading.items()}
        if not self._sizes:
            return
        size = mean(self._sizes.values())
        shares = [it.done / it.total for n, it in reading.items() if it.total and n not in done]
        ended = len(building.keys() | done.keys())
        steps = {it.step for n, it in reading.items() if n not in done}
        step: Step = "preparing the model" if steps == {"preparing the model"} else "indexing"
        total = round(size * self._count)
        self._progress(Progress(round(size * (ended + sum(shares))), total, passages, step))
