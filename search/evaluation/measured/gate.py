"""The quality gate of ``locus index``: it rejects an update that makes search significantly worse.

The gate asks the published generation and the staged one the same questions, and compares them as
``locus compare`` does. It rejects the staged generation if a measure is significantly lower. A
small dataset only detects large drops; if it cannot detect any, the gate says so.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.deriving.publishing import Candidate
from indexer.errors import DatasetError, GateClosed
from indexer.storing.shards.store import open_store
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.text import plain
from search.evaluation.judged.datasets import Dataset, read_dataset
from search.evaluation.measured.comparison import LEVEL, Difference, compare, shown_p
from search.evaluation.measured.evaluator import evaluate
from search.evaluation.measured.measures import MEASURES, PASSAGE_MEASURES
from search.evaluation.measured.results import Evaluation
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class QualityGate:
    """Accepts a generation unless one of ``measures`` is significantly lower on a dataset.

    ``say`` is called with each result.
    """

    dataset: Dataset
    measures: tuple[str, ...]
    say: Callable[[str], object]

    @classmethod
    def of(cls, folder: Path, measures: Sequence[str], say: Callable[[str], object]) -> Self:
        """A gate for the dataset in ``folder``; ``measures`` defaults to nDCG@10 and hit@5.

        hit@5 is only checked if the dataset has answer spans. Raises DatasetError if the dataset
        cannot be read, or has no such measure.
        """
        dataset = read_dataset(folder)
        given = (*MEASURES, *(PASSAGE_MEASURES if dataset.answers else ()))
        chosen = tuple(dict.fromkeys(measures))
        for name in chosen:
            if name not in given:
                why = " without answers.jsonl" if name in PASSAGE_MEASURES else ""
                raise DatasetError(
                    f"{dataset.name} cannot be scored with {name!r}{why}; use {', '.join(given)}"
                )
        default = tuple(name for name in ("nDCG@10", "hit@5") if name in given)
        return cls(dataset, chosen or default, say)

    def __call__(self, candidate: Candidate) -> None:
        """Raise GateClosed if a candidate is worse than the published generation."""
        if candidate.live is None:
            self._tell("skipped, because there is no earlier index to compare with")
            return
        found = compare(
            self._live(candidate.folder, candidate.live, candidate),
            self._staged(candidate),
            self.measures,
        )
        for note in found.notes():
            self._tell(note)
        if fallen := [one for one in found.differences if one.significant and one.by.mean < 0]:
            raise self._closed(candidate, ", ".join(map(_shown, fallen)))
        if not any(_can_fall(one, len(found.differences)) for one in found.differences):
            self._tell("warning: too few questions to detect a drop")
        self._tell(f"passed: {', '.join(map(_shown, found.differences))}")

    def _live(self, folder: Path, state: State, candidate: Candidate) -> Evaluation:
        encoder = candidate.load(state.encoder)
        with Searcher(open_store(folder), encoder) as searcher:
            return evaluate(self.dataset, searcher, name="published")

    def _staged(self, candidate: Candidate) -> Evaluation:
        encoder = candidate.load(candidate.state.encoder)
        with Searcher(Staged(candidate), encoder) as searcher:
            try:
                return evaluate(self.dataset, searcher, name="staged")
            except DatasetError as error:  # the published generation has relevant articles
                reason = "the new index contains none of the relevant articles"
                raise self._closed(candidate, reason) from error

    def _closed(self, candidate: Candidate, reason: str) -> GateClosed:
        number = candidate.live.generation if candidate.live else 0
        return GateClosed(
            plain(
                f"update rejected by gate {self.dataset.name}: {reason}. The previous index"
                f" (generation {number}) stays in use"
            )
        )

    def _tell(self, message: str) -> None:
        self.say(plain(f"gate {self.dataset.name}: {message}"))


class Staged:
    """A ``SnapshotProvider`` of a staged generation, so that a searcher can read it."""

    def __init__(self, candidate: Candidate) -> None:
        self.folder = candidate.folder
        self._seen = candidate.state, candidate.snapshot

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The staged generation; it does not change, because only this process may write."""
        yield self._seen

    def close(self) -> None:
        """Do nothing: the connection belongs to the writer, not to the searcher."""


def _shown(one: Difference) -> str:
    p = shown_p(one.adjusted)
    return f"{one.measure} {one.before:.3f} -> {one.after:.3f} (p {p})"


def _can_fall(one: Difference, tests: int) -> bool:
    """Whether a drop in every query would be significant among this many tests."""
    return tests * 2.0 ** (1 - one.by.queries) < LEVEL
