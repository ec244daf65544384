"""How the answers to questions change from one way of searching to another, and why.

Nobody has to judge the answers: it is compared which passages are found and in what order. So this
tells what a rebuild, another model or an edit does, not whether it is better.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import mean
from typing import Any, TypeAlias

from search.evaluation.judged.questions import UnjudgedQuestions
from search.evaluation.measured.causes import Cause, cause_of_gain, cause_of_loss
from search.evaluation.measured.overlap import rank_biased_overlap
from search.evaluation.measured.sides import Side
from search.evaluation.measured.tables import columns
from search.types import Answer, Hit

DEPTH = 10
"""How many passages of each answer are compared."""
_SHOWN = 10
_SHOWN_HITS = 3
_WIDEST = 44
_Key: TypeAlias = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """A hit that only one of two answers has, and why.

    >>> [(one.hit.article, one.cause.value) for one in found.questions[0].gained]
    [('tides.md', 'new article')]
    """

    hit: Hit
    cause: Cause

    def as_json(self) -> dict[str, Any]:
        place = {"article": self.hit.article, "start": self.hit.start, "end": self.hit.end}
        return {"rank": self.hit.rank, **place, "cause": self.cause.value}


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """The answers to one question: the hits of both, best first, and how they differ.

    ``overlap`` is the rank-biased overlap. ``lost`` are hits that only the first answer has,
    ``gained`` those that only the second has. ``causes`` has theirs, or why only the order changed.

    >>> most = found.most(1)[0]
    >>> most.text, most.lost[0].hit.article, most.lost[0].cause.value
    ('Why is the sea salt?', 'sea.md', 'changed article')
    """

    query: str
    text: str
    before: tuple[Hit, ...]
    after: tuple[Hit, ...]
    overlap: float
    first_changed: bool
    lost: tuple[Moved, ...]
    gained: tuple[Moved, ...]
    causes: tuple[Cause, ...]

    @property
    def changed(self) -> bool:
        """Whether other passages are found, or in another order."""
        return bool(self.causes)

    def as_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "text": self.text,
            "overlap": round(self.overlap, 4),
            "changed": self.changed,
            "first_changed": self.first_changed,
            "causes": [cause.value for cause in self.causes],
            "lost": [one.as_json() for one in self.lost],
            "gained": [one.as_json() for one in self.gained],
        }


@dataclass(frozen=True, slots=True)
class ChangedAnswers:
    """The changes of all answers from ``before`` to ``after``, of which ``k`` hits are compared.

    >>> found = changed_answers(questions, before, after)
    >>> found.first_changed, found.causes
    (2, {<Cause.CHANGED: 'changed article'>: 3})
    """

    before: Side
    after: Side
    k: int
    questions: tuple[ChangedAnswer, ...]
    about: UnjudgedQuestions

    @property
    def changed(self) -> int:
        """The number of answers that change."""
        return sum(one.changed for one in self.questions)

    @property
    def first_changed(self) -> int:
        """The number of answers whose first hit changes."""
        return sum(one.first_changed for one in self.questions)

    @property
    def overlap(self) -> float:
        """The mean rank-biased overlap."""
        return mean(one.overlap for one in self.questions)

    @property
    def causes(self) -> dict[Cause, int]:
        """The number of answers that change for each cause, the most frequent first."""
        counts = Counter(cause for one in self.questions for cause in one.causes)
        return dict(counts.most_common())

    def most(self, count: int = _SHOWN) -> list[ChangedAnswer]:
        """The questions whose answers change most."""
        changed = [one for one in self.questions if one.changed]
        return sorted(changed, key=lambda one: (one.overlap, not one.first_changed))[:count]

    def notes(self) -> list[str]:
        return [str(note) for note in self.about.notes]

    def rows(self) -> list[dict[str, Any]]:
        """One JSON object per question, in the order of the file."""
        return [one.as_json() for one in self.questions]

    def table(self) -> str:
        """A line per question: its overlap, whether its first hit changes, and why."""
        rows = [
            (one.query, f"{one.overlap:.3f}", "first" if one.first_changed else "")
            for one in self.questions
        ]
        lines = columns([("query", "overlap", "changes"), *rows]).split("\n")
        causes = ["why", *(", ".join(it.value for it in one.causes) for one in self.questions)]
        return "\n".join(f"{a}  {b}".rstrip() for a, b in zip(lines, causes, strict=True))

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": len(self.questions),
            "k": self.k,
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "changed": self.changed,
            "first_changed": self.first_changed,
            "overlap": round(self.overlap, 4),
            "causes": {cause.value: count for cause, count in self.causes.items()},
            "most": [one.as_json() for one in self.most()],
        }

    def as_text(self) -> str:
        """What the command line prints: the figures, the causes, and what changes most."""
        total = len(self.questions)
        rows = [
            (f"{self.about.name}, first {self.k} passages", "", ""),
            ("answers that change", f"{self.changed:,}", _share(self.changed, total)),
            (
                "first hits that change",
                f"{self.first_changed:,}",
                _share(self.first_changed, total),
            ),
            ("rank-biased overlap", f"{self.overlap:.3f}", "1 if nothing changes"),
        ]
        parts = [str(self.before), str(self.after), "", _left(rows)]
        if self.causes:
            counts = [(cause.value, f"{count:,}") for cause, count in self.causes.items()]
            parts += ["", columns([("Why answers change", "questions"), *counts])]
            parts += ["", "Questions whose answers change most:"]
            parts += [line for one in self.most() for line in self._text(one)]
        return "\n".join(parts)

    def _text(self, one: ChangedAnswer) -> Iterator[str]:
        """A question, why its answer changes, and the first hits of both answers side by side."""
        yield f"  {one.overlap:.2f}  {one.query}  {' '.join(one.text.split())}"
        yield f"        {', '.join(cause.value for cause in one.causes)}"
        old = {(it.hit.article, it.hit.start) for it in one.lost}
        new = {(it.hit.article, it.hit.start) for it in one.gained}
        sides = [
            [_place(hit, marked) for hit in hits[:_SHOWN_HITS]] or ["nothing"]
            for hits, marked in ((one.before, old), (one.after, new))
        ]
        width = max(map(len, sides[0]))
        for first, second in zip_longest(*sides, fillvalue=""):
            yield f"        {first.ljust(width)}   {second}".rstrip()


def changed_answers(
    questions: UnjudgedQuestions,
    before: Side,
    after: Side,
    k: int = DEPTH,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ChangedAnswers:
    """Ask both sides the questions, and compare the first ``k`` passages of their answers.

    Raises what ``Searcher.search_many`` raises.

    >>> questions = read_questions(Path("questions.txt"))
    >>> with open_index(".locus") as index:
    ...     sides = Side.of_index("words", index, "lexical"), Side.of_index("both", index)
    ...     print(changed_answers(questions, *sides).as_text())
    """
    texts = list(questions.texts.values())
    # One side after the other: two models at once would take turns on the processor.
    firsts = []
    for done, answer in enumerate(before.answers(texts, k), 1):
        firsts.append(answer)
        progress(done, 2 * len(texts))
    found = []
    for done, (name, first, second) in enumerate(
        zip(questions.texts, firsts, after.answers(texts, k), strict=True), len(texts) + 1
    ):
        found.append(_change(name, before, first, after, second))
        progress(done, 2 * len(texts))
    return ChangedAnswers(before, after, k, tuple(found), questions)


def _change(query: str, before: Side, first: Answer, after: Side, second: Answer) -> ChangedAnswer:
    shared = before.sources & after.sources
    old, new = _keyed(first.hits, shared), _keyed(second.hits, shared)
    ranked = before.ranking(first).cause(after.ranking(second))
    lost = [
        Moved(hit, cause_of_loss(hit, after.article_of, ranked))
        for key, hit in old.items()
        if key not in new
    ]
    gained = [
        Moved(hit, cause_of_gain(hit, before.article_of, ranked))
        for key, hit in new.items()
        if key not in old
    ]
    causes = list(dict.fromkeys(one.cause for one in [*gained, *lost]))
    if len(causes) > 1 and Cause.OTHERS in causes:
        causes.remove(Cause.OTHERS)  # those that went or came made room for the others
    if not causes and [*old] != [*new]:
        causes = [ranked]
    return ChangedAnswer(
        query=query,
        text=first.query,
        before=first.hits,
        after=second.hits,
        overlap=rank_biased_overlap([*old], [*new]),
        first_changed=[*old][:1] != [*new][:1],
        lost=tuple(lost),
        gained=tuple(gained),
        causes=tuple(causes),
    )


def _keyed(hits: Sequence[Hit], shared: frozenset[str]) -> Mapping[_Key, Hit]:
    """Hits by article and text: an edit before a passage moves it and does not change it.

    The source counts if both indexes have it. A number tells repeats in an article apart.
    """
    found: dict[_Key, Hit] = {}
    for hit in hits:
        source = hit.source if hit.source in shared else ""
        repeat = 0
        while (hit.article, source, hit.text, repeat) in found:
            repeat += 1
        found[hit.article, source, hit.text, repeat] = hit
    return found


def _place(hit: Hit, marked: set[tuple[str, int]]) -> str:
    """A hit in a column; ``*`` marks one that the other answer lacks."""
    place = f"{hit.article}:{hit.start}-{hit.end}"
    star = "*" if (hit.article, hit.start) in marked else " "
    return f"{hit.rank}.{star} {place if len(place) <= _WIDEST else '…' + place[1 - _WIDEST :]}"


def _share(part: int, total: int) -> str:
    return f"{part / total:.1%} of {total:,}"


def _left(rows: Sequence[tuple[str, str, str]]) -> str:
    """A table whose last column is aligned left."""
    lines = columns([row[:2] for row in rows]).split("\n")
    width = max(map(len, lines))
    return "\n".join(
        f"{line.ljust(width)}  {last}".rstrip()
        for line, (_, _, last) in zip(lines, rows, strict=True)
    )
