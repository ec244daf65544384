"""What judges do, as lines of the journal: a grade, an answer, a note, or taking one back.

::

    {"at": ..., "judge": "ann", "query_id": "q1", "doc_id": "sea.md", "grade": 2, "was": ...}
    {"at": ..., "judge": "ann", "query_id": "q1", "doc_id": "sea.md", "note": "only in part"}
    {"at": ..., "judge": "ann", "undo": 2}
    {"at": ..., "judge": null, "query_id": "q1", "doc_id": "tides.md", "grade": 1}

``undo`` is the number of the line that is taken back. The judge ``null`` stands for grades that
were in the qrels file already. ``was`` is the SHA-256 of that file just before the act: it shows
later whether somebody else has changed the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeGuard

from indexer.reading.jsonl import identifier
from search.evaluation.judged.datasets import AnswerSpan

GRADES = (0, 1, 2, 3)
"""Not relevant; related; relevant; a perfect answer."""
MAX_NOTE = 2000
"""The longest note, in characters."""
MAX_NAME = 60
"""The longest name of a judge, in characters."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the journal. What it does not change is None.

    ``judge`` is None for a grade that was in the qrels file already.

    >>> Act("2026-12-01T09:00:00Z", "ann", "q1", "sea.md", grade=2).as_json()["grade"]
    2
    """

    at: str
    judge: str | None
    query: str = ""
    article: str = ""
    grade: int | None = None
    answers: tuple[AnswerSpan, ...] | None = None
    note: str | None = None
    undo: int | None = None
    was: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The line's object, without what the act does not change."""
        answers = self.answers and [
            {"start": it.start, "end": it.end, "text": it.text} for it in self.answers
        ]
        found = {
            "at": self.at,
            "judge": self.judge,
            "query_id": self.query or None,
            "doc_id": self.article or None,
            "grade": self.grade,
            "answers": [] if self.answers == () else answers,
            "note": self.note,
            "undo": self.undo,
            "was": self.was,
        }
        return {key: value for key, value in found.items() if value is not None or key == "judge"}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Raises ValueError if a line's object is not an act."""
        given = dict(record)
        judge, undo, was = given.get("judge"), given.get("undo"), given.get("was")
        at, note, grade = given.get("at"), given.get("note"), given.get("grade")
        texts = [value for value in (judge, was, at, note) if value is not None]
        numbers = [value for value in (undo, grade) if value is not None]
        if not all(isinstance(it, str) for it in texts) or not all(map(_is_number, numbers)):
            raise ValueError("not an act: a value has the wrong type")
        query, article = identifier(given, "query_id") or "", identifier(given, "doc_id") or ""
        if undo is None and not (query and article):
            raise ValueError("not an act: it has neither undo nor query_id and doc_id")
        answers = given.get("answers")
        spans = None if answers is None else _answers(article, answers)
        return cls(str(at or ""), judge, query, article, grade, spans, note, undo, was)


def _answers(article: str, given: object) -> tuple[AnswerSpan, ...]:
    found = []
    for one in given if isinstance(given, list) else [None]:
        of = one if isinstance(one, dict) else {}
        start, end, text = of.get("start"), of.get("end"), of.get("text")
        if not (_is_number(start) and _is_number(end) and isinstance(text, str)):
            raise ValueError("not an act: an answer needs start, end and text")
        found.append(AnswerSpan(article, start, end, text))
    return tuple(found)


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
