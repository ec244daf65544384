"""What the report says of the questions that went wrong: by cause, by article, and by kind."""

from itertools import groupby
from typing import Any

from search.evaluation.measured.failure_text import unjudged, where_overtaken
from search.evaluation.measured.failures import Failures
from search.evaluation.measured.groups import FEW, Share

_EXAMPLES = 5
_CONFUSIONS = 20


def failure_sections(failures: Failures | None) -> dict[str, Any]:
    """The values that the template needs for them; None leaves the sections out."""
    if failures is None:
        return {"failures": None, "cause_of": {}}
    total = failures.share.questions
    return {
        "failures": failures,
        "failure_summary": _summary(failures),
        "causes": [
            (cause, found, Share.of(len(found), total), where_overtaken(failures, cause))
            for cause, found in failures.by_cause().items()
        ],
        "examples": _EXAMPLES,
        "confusions": failures.confusions[:_CONFUSIONS],
        "kinds": [
            (by, list(groups)) for by, groups in groupby(failures.groups, lambda one: one.by)
        ],
        "telling": failures.telling(),
        "few": FEW,
        "cause_of": {one.query: one.cause.value for one in failures.found if one.cause},
    }


def _summary(failures: Failures) -> str:
    share = failures.share
    if not failures.found:
        return f"The first hit was right for all of {share.questions:,} questions."
    more = f" {unjudged(failures)}" if failures.unjudged else ""
    return (
        f"The first hit was wrong for {share.wrong:,} of {share.questions:,} questions: {share}."
        " It contains no answer or, for a question without known answers, is from no relevant"
        f" article.{more}"
    )
