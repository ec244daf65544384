"""Tell why the questions of an evaluation went wrong, from what was seen while they were asked."""

from collections.abc import Iterator, Mapping, Sequence

from search.evaluation.judged.trec import Qrels, Run, ranked
from search.evaluation.measured.confusions import confusions_of
from search.evaluation.measured.failures import Failure, Failures, cause_of, overtaken
from search.evaluation.measured.findings import Finding
from search.evaluation.measured.groups import Described, Share, groups_of
from search.evaluation.measured.results import Outcome, Wanted


def diagnosed(
    qrels: Qrels,
    outcomes: Sequence[Outcome],
    run: Run,
    findings: Mapping[str, Finding],
    languages: Mapping[str, str],
) -> Failures | None:
    """The questions that went wrong, and why; None if no question has a relevant article.

    ``findings`` are those of the queries that were searched for; ``languages`` are those of the
    articles.
    """
    asked = [one for one in outcomes if one.wanted]
    if not asked:
        return None
    firsts = {one.query: _first(one, run) for one in asked}
    wrong = [one for one in asked if _is_wrong(one, firsts[one.query])]
    wrong.sort(key=lambda one: one.quality)
    found = [
        _failure(one, firsts[one.query], qrels[one.query], findings.get(one.query)) for one in wrong
    ]
    names = {one.query for one in wrong}
    described = [
        Described(
            one.text,
            one.query in names,
            findings.get(one.query),
            languages.get(_expected(one).article),
        )
        for one in asked
    ]
    return Failures(
        Share.of(len(wrong), len(asked)),
        tuple(found),
        confusions_of(_confused(wrong, firsts)),
        groups_of(described),
    )


def _first(one: Outcome, run: Run) -> str | None:
    """The article that came first."""
    return next(iter(ranked(run.get(one.query, {}))), None)


def _is_wrong(one: Outcome, first: str | None) -> bool:
    """Whether the first passage does not answer; a run from a file has articles alone."""
    return not one.is_right if one.searched else first not in {it.article for it in one.wanted}


def _expected(one: Outcome) -> Wanted:
    """The relevant article that ranks best; if none was found, the most relevant one."""
    return min(one.wanted, key=lambda it: it.rank or float("inf"))


def _failure(
    one: Outcome, first: str | None, grades: Mapping[str, int], finding: Finding | None
) -> Failure:
    relevant = {it.article for it in one.wanted}
    return Failure(
        query=one.query,
        text=one.text,
        cause=None if finding is None else cause_of(finding, right_article_first=first in relevant),
        article=_expected(one).article,
        first=first,
        is_judged=first in grades,
        overtaken=overtaken(finding.trace) if finding and finding.trace else None,
        places=finding.trace.places if finding and finding.trace else (),
        unread=finding.unread if finding else (),
    )


def _confused(
    wrong: Sequence[Outcome], firsts: Mapping[str, str | None]
) -> Iterator[tuple[str, str]]:
    """The article that came first and the one that was expected, for each question."""
    for one in wrong:
        first = firsts[one.query]
        if first is not None and first not in {it.article for it in one.wanted}:
            yield first, _expected(one).article
