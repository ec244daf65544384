"""``locus evaluate --from-log``: what the log of questions says about an index."""

from collections import Counter
from pathlib import Path

from indexer.errors import DatasetError, NotAnIndex
from search.evaluation.commands import Asking, Output
from search.evaluation.measured.log_results import LogEvaluation
from search.evaluation.measured.replay import Replayed, replay
from search.evaluation.measured.usage import Usage
from search.evaluation.shown.progress import question_bar
from search.limits import Mode
from search.logged.entries import index_name
from search.logged.log import log_file
from search.logged.reading import KeptQuestion, read_log


def evaluate_log(log: Path, asking: Asking, output: Output, *, mode: Mode | None) -> int:
    """Measure the questions that were asked of an index, and ask them again; the exit code.

    ``mode`` is the mode in which they are asked again; None for the mode that each had.
    """
    path = log_file(log)
    kept = read_log(path, output.say)
    if not kept:
        output.say(f"{path} has no questions")
        return 1
    questions, notes = _of_index(kept, asking.folder, path)
    replayed: tuple[Replayed, ...] | None = None
    generation = None
    try:
        with asking.open(asking.folder) as searcher, question_bar() as show:
            replayed = replay(searcher, questions, asking.depth, mode, show)
            generation = searcher.search("warm", 1, mode="lexical").generation
    except NotAnIndex:
        notes.append(f"{asking.folder} contains no index, so nothing was asked again")
    found = LogEvaluation(path.name, questions, Usage.of(questions), replayed, generation)
    output.show(found, notes, lambda _: "")
    return 0


def _of_index(
    kept: list[KeptQuestion], folder: Path, path: Path
) -> tuple[list[KeptQuestion], list[str]]:
    """The questions that were asked of the index in ``folder``, and notes about the others.

    If all questions in the log were asked of one other index, that index was moved here.
    """
    here = index_name(folder)
    asked_of = Counter(it.question.index for it in kept)
    if here in asked_of:
        others = len(kept) - asked_of[here]
        one = "1 question about another index is left out"
        more = one if others == 1 else f"{others:,} questions about other indexes are left out"
        return [it for it in kept if it.question.index == here], [more] if others else []
    if len(asked_of) == 1:
        (other,) = asked_of
        return kept, [f"the questions were asked of {other}, and are asked again of {folder}"]
    named = ", ".join(f"{name} ({count:,})" for name, count in asked_of.most_common(5))
    raise DatasetError(
        f"no question in {path} was asked of {folder}. Name one of these with --index: {named}"
    )
