"""Prepare all shards of a run, one after the other in this process."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from indexer.sharding.preparing import Prepared, ShardTask, prepare
from indexer.updating.encoders import Encoders
from indexer.updating.indexing import Progress


def prepare_in_turn(
    tasks: Sequence[ShardTask], encoders: Encoders, progress: Callable[[Progress], object]
) -> list[Prepared]:
    """Prepare each shard; raises what ``prepare`` raises, for the first that cannot be prepared."""
    overall = _Overall(len(tasks), progress)
    return [prepare(task, encoders, overall.of(number)) for number, task in enumerate(tasks)]


class _Overall:
    """The progress over all shards: each is taken to be as large as the first one."""

    def __init__(self, count: int, progress: Callable[[Progress], object]) -> None:
        self._count = count
        self._progress = progress
        self._size = 0
        self._stored = 0
        """Passages of the shards before."""

    def of(self, number: int) -> Callable[[Progress], object]:
        """Tells the progress of one shard as that of the run; they are taken in order."""
        before = self._stored

        def tell(its: Progress) -> None:
            self._stored = before + its.passages
            if its.step == "building the search indexes":
                self._progress(replace(its, passages=self._stored))
                return
            self._size = self._size or its.total
            share = its.done / its.total if its.total else 0.0
            done = round((number + share) * self._size)
            self._progress(Progress(done, self._count * self._size, self._stored, its.step))

        return tell
