"""Which articles come first instead of the judged ones, and how often."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Confusion:
    """An article that came first, and how often instead of which judged one, most often first.

    >>> Confusion("tides.md", (("sea.md", 3), ("moon.md", 1))).questions
    4
    """

    first: str
    instead_of: tuple[tuple[str, int], ...]

    @property
    def questions(self) -> int:
        return sum(count for _, count in self.instead_of)

    def as_json(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "questions": self.questions,
            "instead_of": [
                {"article": article, "questions": count} for article, count in self.instead_of
            ],
        }

    def __str__(self) -> str:
        return ", ".join(f"{article} ({count:,})" for article, count in self.instead_of)


def confusions_of(pairs: Iterable[tuple[str, str]]) -> tuple[Confusion, ...]:
    """From pairs of the article that came first and the judged one, the most frequent first.

    >>> confusions_of([("a", "b"), ("a", "c"), ("a", "b")])[0].instead_of
    (('b', 2), ('c', 1))
    """
    counted: dict[str, Counter[str]] = {}
    for first, judged in pairs:
        counted.setdefault(first, Counter())[judged] += 1
    found = [
        Confusion(first, tuple(sorted(of.items(), key=lambda it: (-it[1], it[0]))))
        for first, of in counted.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.questions, one.first)))
