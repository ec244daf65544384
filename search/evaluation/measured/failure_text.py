"""The questions that went wrong, as the text that the command line prints."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from search.evaluation.measured.failures import Failure, FailureCause, Failures
from search.evaluation.measured.groups import Share
from search.evaluation.measured.tables import columns

_WIDTH = 100
_INDENT = "  "
_CONFUSIONS = 5
_HEAD = "wrong", "questions", "share"
_OFTEN = 2
"""An article that came first once more than it should is no finding."""


def failure_text(failures: Failures) -> str:
    """How many questions went wrong; then each cause, confused articles, and telling kinds."""
    share = failures.share
    if not failures.found:
        return f"first hit wrong: none of {share.questions:,} questions"
    counted = f"{share.wrong:,} of {share.questions:,} questions, {share}"
    parts = [f"first hit wrong: {counted}"]
    causes = [_cause(failures, cause, found) for cause, found in failures.by_cause().items()]
    if causes:
        parts[0] += ", by cause:"
    parts += causes
    if failures.unjudged:
        parts.append(fill(unjudged(failures), _WIDTH))
    confused = "\n".join(_confused(failures))
    if confused:
        parts.append(f"articles that came first instead of the expected ones:\n{confused}")
    kinds = [(f"{_INDENT}{one.by}: {one.name}", *_counted(one.share)) for one in failures.telling()]
    if kinds:
        heading = "kinds of questions that went wrong more often than all (one in forty by chance):"
        parts.append(f"{heading}\n{columns([('', *_HEAD), *kinds])}")
    return "\n\n".join(parts)


def _counted(share: Share) -> tuple[str, str, str]:
    return f"{share.wrong:,}", f"{share.questions:,}", str(share)


def unjudged(failures: Failures) -> str:
    """A sentence: how many first hits nobody judged."""
    return (
        f"{failures.unjudged:,} of these {len(failures.found):,} first hits are from articles"
        " without a judgement for the question: they may answer it too."
    )


def where_overtaken(failures: Failures, cause: FailureCause) -> str:
    """Where the first hit overtook, if the cause is only that it is another passage; else empty."""
    if cause is not FailureCause.PASSAGE:
        return ""
    stages = failures.overtaken_by(cause).items()
    return f"By stage: {', '.join(f'{stage.value} {count:,}' for stage, count in stages)}."


def _cause(failures: Failures, cause: FailureCause, found: Sequence[Failure]) -> str:
    its = Share.of(len(found), failures.share.questions)
    worst = found[0]
    example = f"{worst.query}: {' '.join(worst.text.split())}"
    lines = [
        f"{_INDENT}{len(found):,} {cause.value} ({its.low:.0%} to {its.high:.0%} of questions)",
        _wrapped(f"{cause.meaning} {cause.advice} {where_overtaken(failures, cause)}"),
        _wrapped(f"For example {example}"),
    ]
    if any(it.rank for it in worst.places):
        lines.append(_wrapped(f"(ranks of the right passage: {worst.ranks})"))
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    indent = 2 * _INDENT
    return fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _confused(failures: Failures) -> Iterator[str]:
    often = [one for one in failures.confusions if one.questions >= _OFTEN]
    for one in often[:_CONFUSIONS]:
        yield fill(
            f"{one.questions:,}  {one.first}, instead of {one}",
            _WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=2 * _INDENT,
        )
    if len(often) > _CONFUSIONS:
        yield f"{_INDENT}(and {len(often) - _CONFUSIONS:,} more, at least {_OFTEN} times each)"
