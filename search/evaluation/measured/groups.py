"""How often questions of each kind go wrong: by their length, their words, and the language.

A share has a 95% interval by Wilson's method ("Probable Inference, the Law of Succession, and
Statistical Inference", 1927), which is sound for few questions and for shares near 0 and 1 too. A
group of fewer than 20 questions is marked: it shows nothing alone.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from indexer.deriving.analysis import UNSTEMMED, Analyzer
from search.evaluation.measured.findings import Finding

FEW = 20
"""A group of fewer questions is small."""
_RARE = 3
"""A word is rare if at most so many passages have it."""
_Z = 1.959964
_LENGTHS = ((4, "1 to 4 words"), (8, "5 to 8 words"), (12, "9 to 12 words"), (16, "13 to 16 words"))
_LONGER = "17 words or more"
_ASKING = (
    *("how many", "how much", "how long", "how", "who", "whom", "whose"),
    *("what", "which", "when", "where", "why"),
)
_QUESTION_WORD = re.compile(rf"\b({'|'.join(_ASKING)})\b".replace(" ", r"\s+"), re.IGNORECASE)
_AS = {"whom": "who", "whose": "who", "how much": "how many"}
ASKING_WORDS = frozenset(word for words in _ASKING for word in words.split()) | {
    "did",
    "do",
    "does",
    "had",
    "has",
    "have",
    "were",
    "can",
    "could",
    "would",
    "should",
}
"""Words of a question that say what is asked for, not what it is about. No list has them."""
_WORD = re.compile(r"[^\W_]+")
_NO_QUESTION_WORD = "none of these"
_NUMBER, _NAME = "a number", "a capitalised word after the first"
_RARELY, _NOWHERE = f"a rare word (in 1 to {_RARE} passages)", "a word that no passage has"
_CORRECTED = "a word whose spelling was corrected"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some questions went ``wrong``, with the 95% interval of their share.

    >>> share = Share.of(3, 10)
    >>> share.value, round(share.low, 2), round(share.high, 2), share.is_small
    (0.3, 0.11, 0.6, True)
    """

    wrong: int
    questions: int
    low: float
    high: float

    @classmethod
    def of(cls, wrong: int, questions: int) -> Self:
        """Of at least one question."""
        share, by = wrong / questions, _Z**2 / questions
        middle = (share + by / 2) / (1 + by)
        reach = _Z * math.sqrt(share * (1 - share) / questions + by / (4 * questions)) / (1 + by)
        return cls(wrong, questions, max(0.0, middle - reach), min(1.0, middle + reach))

    @property
    def value(self) -> float:
        return self.wrong / self.questions

    @property
    def is_small(self) -> bool:
        return self.questions < FEW

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": self.questions,
            "wrong": self.wrong,
            "share": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "small": self.is_small,
        }

    def __str__(self) -> str:
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%})"


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of one kind. ``by`` says what divides them.

    >>> group = Group("length", "5 to 8 words", Share.of(3, 40))
    >>> group.as_json()["by"]
    'length'
    """

    by: str
    name: str
    share: Share

    def as_json(self) -> dict[str, Any]:
        return {"by": self.by, "group": self.name, **self.share.as_json()}


@dataclass(frozen=True, slots=True)
class Described:
    """A question, whether it went wrong, and what is known of it."""

    text: str
    is_wrong: bool
    finding: Finding | None
    language: str | None


def groups_of(questions: Sequence[Described]) -> tuple[Group, ...]:
    """The questions divided in several ways; a way that puts all in one group is left out."""
    asking = [*dict.fromkeys(_AS.get(it, it) for it in _ASKING), _NO_QUESTION_WORD]
    ways: tuple[tuple[str, Sequence[str], Callable[[Described], Iterable[str]]], ...] = (
        ("length", [*(name for _, name in _LENGTHS), _LONGER], _length),
        ("question word", asking, _question_word),
        ("contains", [_NUMBER, _NAME, _RARELY, _NOWHERE, _CORRECTED], _kinds),
        ("language of the article", (), _language),
    )
    found = []
    for by, order, names_of in ways:
        members: dict[str, list[bool]] = {}
        for one in questions:
            for name in names_of(one):
                members.setdefault(name, []).append(one.is_wrong)
        if all(len(of) == len(questions) for of in members.values()):
            continue
        ordered = [name for name in order if name in members]
        ordered += sorted(members.keys() - set(ordered))
        found += [
            Group(by, name, Share.of(sum(members[name]), len(members[name]))) for name in ordered
        ]
    return tuple(found)


def _length(one: Described) -> Iterator[str]:
    """By words; in scripts without spaces, each two neighbouring letters count as one."""
    words = len(_WORD.findall(Analyzer(UNSTEMMED).prepared(one.text)))
    yield next((name for most, name in _LENGTHS if words <= most), _LONGER)


def _question_word(one: Described) -> Iterator[str]:
    found = _QUESTION_WORD.search(one.text)
    word = " ".join(found[0].lower().split()) if found else _NO_QUESTION_WORD
    yield _AS.get(word, word)


def _kinds(one: Described) -> Iterator[str]:
    words = [word[0] for word in _WORD.finditer(one.text)]
    if any(word.isdecimal() for word in words):
        yield _NUMBER
    if any(word[0].isupper() and len(word) > 1 for word in words[1:]):
        yield _NAME
    if one.finding is None:
        return
    if any(0 < passages <= _RARE for passages in one.finding.words.values()):
        yield _RARELY
    if not all(one.finding.words.values()):
        yield _NOWHERE
    if one.finding.corrected:
        yield _CORRECTED


def _language(one: Described) -> Iterator[str]:
    if one.language is not None:
        yield one.language
