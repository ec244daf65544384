"""What each judge says now, replayed from the acts of the journal; and the grade of all judges.

The grades of several judges are merged by one rule: the median of their latest grades counts, and
of two in the middle the lower one. A grade that was in the qrels file already counts until a judge
grades the article. If that file is edited by hand later, the edited grade counts until a judge
grades the article again.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from search.evaluation.judged.datasets import AnswerSpan
from search.judging.acts import Act

Pair: TypeAlias = tuple[str, str]
"""The ids of a query and of an article."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one judge says of an article as the answer to a question.

    >>> Opinion(grade=2).answers
    ()
    """

    grade: int | None = None
    answers: tuple[AnswerSpan, ...] = ()
    note: str = ""

    def after(self, act: Act) -> "Opinion":
        """The opinion after one more act."""
        changed = self
        if act.grade is not None:
            changed = replace(changed, grade=act.grade)
        if act.answers is not None:
            changed = replace(changed, answers=act.answers)
        if act.note is not None:
            changed = replace(changed, note=act.note)
        return changed


def merged(grades: Sequence[int]) -> int:
    """The one grade of several judges: the median, and of two in the middle the lower one.

    >>> merged([3]), merged([1, 2]), merged([0, 3, 2])
    (3, 1, 2)
    """
    return sorted(grades)[(len(grades) - 1) // 2]


@dataclass
class Book:
    """All acts so far. ``add`` takes the next line of the journal, also if it is not an act.

    >>> book = Book()
    >>> book.add(Act("", "ann", "q1", "sea.md", grade=2))
    >>> book.grades[("q1", "sea.md")]
    2
    """

    grades: dict[Pair, int] = field(default_factory=dict)
    """The grade of all judges for each pair that has one."""
    lines: int = 0
    last_was: str | None = None
    """The SHA-256 of the qrels file before the last act."""
    _acts: dict[Pair, list[tuple[int, Act]]] = field(default_factory=dict)
    _done: dict[str, list[tuple[int, Pair]]] = field(default_factory=dict)
    """The acts of each judge that can be undone, by number."""

    def add(self, act: Act | None) -> None:
        """Take the next line. None stands for a line that is not an act, which counts too."""
        self.lines += 1
        if act is None:
            return
        self.last_was = act.was or self.last_was
        if act.undo is not None:
            self._take_back(act)
            return
        pair = act.query, act.article
        self._acts.setdefault(pair, []).append((self.lines, act))
        if act.judge is not None:
            self._done.setdefault(act.judge, []).append((self.lines, pair))
        self._grade(pair)

    @property
    def judges(self) -> list[str]:
        """Everybody who has judged, in the order of the first act."""
        return list(self._done)

    @property
    def pairs(self) -> Iterable[Pair]:
        """Everything that was ever judged, also what was taken back."""
        return self._acts.keys()

    def opinion(self, judge: str, query: str, article: str) -> Opinion:
        """What a judge says now."""
        found = Opinion()
        for _, act in self._acts.get((query, article), ()):
            if act.judge == judge:
                found = found.after(act)
        return found

    def earlier(self, query: str, article: str) -> int | None:
        """The grade that was in the qrels file, without any judge; None if there was none."""
        acts = self._acts.get((query, article), ())
        return next((act.grade for _, act in reversed(acts) if act.judge is None), None)

    def answers(self) -> Mapping[AnswerSpan, Mapping[str, list[str]]]:
        """For each answer and query the judges who marked it. Grade 0 takes a judge's away."""
        found: dict[AnswerSpan, dict[str, list[str]]] = {}
        for (query, article), acts in self._acts.items():
            if not any(act.answers for _, act in acts):
                continue
            for judge in dict.fromkeys(act.judge for _, act in acts if act.judge is not None):
                said = self.opinion(judge, query, article)
                for span in said.answers if said.grade != 0 else ():
                    found.setdefault(span, {}).setdefault(query, []).append(judge)
        return found

    def by_judge(self) -> dict[Pair, dict[str, int]]:
        """The grade of each judge for each pair that a judge has graded."""
        found: dict[Pair, dict[str, int]] = {}
        for pair, acts in self._acts.items():
            for _, act in acts:
                if act.judge is not None and act.grade is not None:
                    found.setdefault(pair, {})[act.judge] = act.grade
        return found

    def last_of(self, judge: str, queries: Container[str]) -> tuple[int, Pair] | None:
        """The number and the pair of a judge's last act on these queries that still counts."""
        done = reversed(self._done.get(judge, []))
        return next((one for one in done if one[1][0] in queries), None)

    def _take_back(self, act: Act) -> None:
        done = self._done.get(act.judge or "", [])
        for at, (number, pair) in enumerate(done):
            if number == act.undo:
                del done[at]
                self._acts[pair] = [one for one in self._acts[pair] if one[0] != number]
                self._grade(pair)
                return

    def _grade(self, pair: Pair) -> None:
        """Merge the grades of a pair again."""
        since: dict[str, int] = {}
        before: int | None = None
        for _, act in self._acts[pair]:
            if act.grade is None:
                continue
            if act.judge is None:
                before, since = act.grade, {}
            else:
                since[act.judge] = act.grade
        grade = merged(list(since.values())) if since else before
        if grade is None:
            self.grades.pop(pair, None)
        else:
            self.grades[pair] = grade
