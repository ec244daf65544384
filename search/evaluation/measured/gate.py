"""A gate for ``locus index``: a new generation that answers judged questions worse stays out.

The published generation and the staged one are asked the same questions, and compared as ``locus
compare`` does it. Closed means that a measure fell and that chance does not explain it; so few
questions let much pass, and where they can tell nothing at all, that is said.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.deriving.publishing import Candidate
from indexer.errors import DatasetError, GateClosed
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from indexer.storing.store import Store
from indexer.text import plain
from search.evaluation.judged.datasets import Dataset, read_dataset
from search.evaluation.measured.comparison import LEVEL, Difference, compare, shown_p
from search.evaluation.measured.evaluator import evaluate
from search.evaluation.measured.measures import MEASURES, PASSAGE_MEASURES
from search.evaluation.measured.results import Evaluation
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class QualityGate:
    """Lets a generation pass unless one of ``measures`` falls significantly on a dataset.

    ``say`` is told what was measured.
    """

    dataset: Dataset
    measures: tuple[str, ...]
    say: Callable[[str], object]

    @classmethod
    def of(cls, folder: Path, measures: Sequence[str], say: Callable[[str], object]) -> Self:
        """A gate by the dataset in ``folder``; without ``measures``, nDCG@10 and hit@5.

        Raises DatasetError if it cannot be read, or does not give a measure.
        """
        dataset = read_dataset(folder)
        given = (*MEASURES, *(PASSAGE_MEASURES if dataset.answers else ()))
        chosen = tuple(dict.fromkeys(measures))
        for name in chosen:
            if name not in given:
                why = " without answers.jsonl" if name in PASSAGE_MEASURES else ""
                raise DatasetError(
                    f"{dataset.name} gives no measure {name!r}{why}: use {', '.join(given)}"
                )
        default = tuple(name for name in ("nDCG@10", "hit@5") if name in given)
        return cls(dataset, chosen or default, say)

    def __call__(self, candidate: Candidate) -> None:
        """Raise GateClosed if a candidate is worse than what is published."""
        if candidate.live is None:
            self._tell("nothing is published yet that could be compared")
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
            self._tell("so few questions that no fall could be told from chance")
        self._tell(f"open: {', '.join(map(_shown, found.differences))}")

    def _live(self, folder: Path, state: State, candidate: Candidate) -> Evaluation:
        encoder = candidate.load(state.encoder)
        with Searcher(Store(folder), encoder) as searcher:
            return evaluate(self.dataset, searcher, name="published")

    def _staged(self, candidate: Candidate) -> Evaluation:
        encoder = candidate.load(candidate.state.encoder)
        with Searcher(_Staged(candidate), encoder) as searcher:
            try:
                return evaluate(self.dataset, searcher, name="staged")
            except DatasetError as error:  # the published one has relevant articles
                raise self._closed(candidate, str(error)) from error

    def _closed(self, candidate: Candidate, reason: str) -> GateClosed:
        number = candidate.live.generation if candidate.live else 0
        return GateClosed(
            plain(
                f"not published: by {self.dataset.name}, {reason}; {candidate.folder} answers as"
                f" before, from generation {number}"
            )
        )

    def _tell(self, message: str) -> None:
        self.say(plain(f"gate {self.dataset.name}: {message}"))


class _Staged:
    """A ``SnapshotProvider`` of a generation that is not published, for a searcher to read."""

    def __init__(self, candidate: Candidate) -> None:
        self.folder = candidate.folder
        self._seen = candidate.state, candidate.snapshot

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The generation; it stays as it is, because only this process may write."""
        yield self._seen

    def close(self) -> None:
        """Leave the writer's connection open: it is not the searcher's."""


def _shown(one: Difference) -> str:
    p = shown_p(one.adjusted)
    return f"{one.measure} {one.before:.3f} -> {one.after:.3f} (p {p})"


def _can_fall(one: Difference, tests: int) -> bool:
    """Whether a fall in every query would be significant beside the other tests."""
    return tests * 2.0 ** (1 - one.by.queries) < LEVEL
