"""The report of changed answers: what changes and why, as one self-contained HTML page."""

from collections.abc import Sequence
from datetime import datetime

from search.evaluation.measured.changes import ChangedAnswers, Moved
from search.evaluation.shown.template import dated, rendered
from search.types import Hit

_MOST = 50
_EXCERPT = 300


def changes_page(found: ChangedAnswers, *, when: datetime | None = None) -> str:
    """The page of the changes from one way of searching to another.

    >>> page = changes_page(changed_answers(questions, before, after))
    """
    most = [
        (one, _side(one.before, one.lost), _side(one.after, one.gained))
        for one in found.most(_MOST)
    ]
    return rendered("changes.html.j2", found=found, most=most, when=dated(when))


def _side(hits: Sequence[Hit], moved: Sequence[Moved]) -> list[tuple[Hit, str, str]]:
    """Each hit with its excerpt, and why the other answer lacks it; empty if it has it."""
    causes = {one.hit.rank: one.cause.value for one in moved}
    return [(hit, _excerpt(hit), causes.get(hit.rank, "")) for hit in hits]


def _excerpt(hit: Hit) -> str:
    start, end = (hit.highlight.start, hit.highlight.end) if hit.highlight else (hit.start, hit.end)
    text = " ".join(hit.text[start - hit.start : end - hit.start].split())
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()}…"
