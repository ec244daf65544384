"""Ask the questions of a log again, and look for the passages that were opened.

Each different question is asked once, with the options it had, of the index as it is now. What is
looked for is the hit that was opened first when the question was last asked. Its article may have
changed, so ``Searcher.check`` first finds out where its text is now. It comes back if a hit
overlaps that place. As only what the index showed then could be opened, an index that ranks as it
did then looks best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from search.checking.citation import Citation, Standing
from search.evaluation.measured.usage import normal
from search.limits import Mode
from search.logged.entries import LoggedOpening, LoggedQuestion
from search.logged.reading import KeptQuestion
from search.searcher import Searcher
from search.types import Hit

MOST = 1000
"""The most questions that are asked again: the newest."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A question that was asked again.

    ``then`` is the rank at which the passage was opened, ``now`` its rank now; None if it is not
    among the hits. ``standing`` says what became of its text.
    """

    question: LoggedQuestion
    passage: Citation
    then: int
    now: int | None
    standing: Standing


def replay(
    searcher: Searcher,
    questions: Sequence[KeptQuestion],
    k: int,
    mode: Mode | None = None,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> tuple[Replayed, ...]:
    """Ask the questions after which something was opened, and look among ``k`` hits.

    ``mode`` is used instead of the mode that each question had. Raises what ``Searcher.search`` and
    ``Searcher.check`` raise.
    """
    newest = {_key(kept.question): kept for kept in questions if kept.openings}
    wanted = sorted(newest.values(), key=lambda kept: kept.question.time)[-MOST:]
    openings = [kept.openings[0] for kept in wanted]
    verdicts = searcher.check([opening.passage for opening in openings])
    found = []
    for done, (kept, opening, verdict) in enumerate(
        zip(wanted, openings, verdicts, strict=True), 1
    ):
        now = None
        if verdict.now is not None:
            now = _rank(_hits(searcher, kept.question, max(k, opening.rank), mode), verdict.now)
        found.append(_replayed(kept.question, opening, now, verdict.standing))
        progress(done, len(wanted))
    return tuple(found)


def _replayed(
    question: LoggedQuestion, opening: LoggedOpening, now: int | None, standing: Standing
) -> Replayed:
    return Replayed(question, opening.passage, opening.rank, now, standing)


def _key(question: LoggedQuestion) -> tuple[object, ...]:
    """What makes two questions the same: their words and options, but not the number of hits."""
    options = replace(question.options, k=1)
    return normal(question.query), *options.as_json().values()


def _hits(
    searcher: Searcher, question: LoggedQuestion, k: int, mode: Mode | None
) -> tuple[Hit, ...]:
    options = replace(question.options, k=k, mode=mode or question.options.mode)
    return searcher.search(question.query, **options.as_json()).hits


def _rank(hits: Sequence[Hit], place: Citation) -> int | None:
    """The rank of the first hit that overlaps a place; None if none does."""
    for hit in hits:
        is_there = hit.article == place.article and place.source in {None, hit.source}
        if is_there and hit.start < place.end and place.start < hit.end:
            return hit.rank
    return None
