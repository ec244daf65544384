"""The preview of ``locus index``: how an update would change the answers to some questions.

It is a gate that lets nothing pass: the update is built, its answers are compared with those of the
published generation, and then it is not published. What was embedded stays staged, so that the next
run need not embed it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.deriving.publishing import Candidate, Gate
from indexer.errors import Previewed
from indexer.storing.shards.store import open_store
from search.evaluation.judged.questions import UnjudgedQuestions
from search.evaluation.measured.changes import DEPTH, ChangedAnswers, changed_answers
from search.evaluation.measured.gate import Staged
from search.evaluation.measured.sides import Side
from search.searcher import Searcher

_NEXT = "Nothing was published. To publish this update, run the same command without --preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """Shows the changed answers of an update to ``show``, and refuses it.

    ``gate``, if there is one, is asked too: it may refuse the update for its quality.
    """

    questions: UnjudgedQuestions
    show: Callable[[ChangedAnswers], object]
    gate: Gate | None = None

    def __call__(self, candidate: Candidate) -> None:
        """Raise Previewed, or GateClosed if the gate refuses the update."""
        if candidate.live is None:
            raise Previewed(f"there is no earlier index to compare with. {_NEXT}")
        live, staged = (
            candidate.load(candidate.live.encoder),
            candidate.load(candidate.state.encoder),
        )
        with (
            Searcher(open_store(candidate.folder), live) as before,
            Searcher(Staged(candidate), staged) as after,
        ):
            sides = (
                Side.of_index("published", before),
                Side.of_snapshot("update", after, candidate.state, candidate.snapshot),
            )
            self.show(changed_answers(self.questions, *sides, DEPTH))
        if self.gate is not None:
            self.gate(candidate)
        raise Previewed(_NEXT)
