"""What the figures say, in sentences that are made from them: growth, goals, and who is better."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.peers.environments import DESCRIBED, LOCUS
from tests.benchmarks.tables import COMPARED, QUALITY, Row, Values

EQUAL = 1.05
"""Times, memory and disk that differ by less than this factor count as equal."""
EQUAL_SHARE = 0.01
"""Measures of quality that differ by less than this count as equal."""
NEAR = 0.2
"""A goal applies to a size that differs from its own by at most this share."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The most (or the least) that a value may be at a number of passages, on two cores."""

    key: str
    label: str
    unit: str
    bounds: Mapping[int, float]
    is_least: bool = False

    def holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.is_least else value <= bound


SMALL, LARGE, MILLION = 3_000, 280_000, 1_000_000
GOALS: Sequence[Goal] = (
    Goal("p50", "hybrid search less encoding, p50", "ms", {SMALL: 2, LARGE: 4, MILLION: 6}),
    Goal("p95", "hybrid search less encoding, p95", "ms", {LARGE: 7, MILLION: 12}),
    Goal("four over one", "four threads over one", "x", {LARGE: 1.7, MILLION: 1.7}, is_least=True),
    Goal("first answer more", "first answer, more than at the smallest size", "s",
         {LARGE: 0.1, MILLION: 0.3}),
    Goal("over tokenizing", "until all is stored, over tokenization", "x", {LARGE: 4, MILLION: 4}),
    Goal("build peak", "a build's peak memory", "MiB", {LARGE: 700, MILLION: 1229}),
    Goal("memory", "memory after 1,000 questions", "MiB", {LARGE: 500, MILLION: 1229}),
    Goal("publishing", "publishing, with the FAISS and tantivy files", "s",
         {LARGE: 80, MILLION: 360}),
    Goal("update one file", "one article edited", "s", {LARGE: 1, MILLION: 2}),
    Goal("update one file written", "written for one edited article", "MB",
         {LARGE: 5, MILLION: 20}),
    Goal("recall", "recall@10 of the vectors", "", {LARGE: 0.99, MILLION: 0.98}, is_least=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal at a size that was measured."""

    goal: Goal
    passages: int
    bound: float
    value: float

    @property
    def holds(self) -> bool:
        return self.goal.holds(self.value, self.bound)


def reached(sizes: Mapping[int, Values]) -> Iterator[Reached]:
    """Each goal at each size that it applies to."""
    for goal in GOALS:
        for wanted, bound in goal.bounds.items():
            near = [size for size in sizes if abs(size - wanted) <= NEAR * wanted]
            for size in sorted(near, key=lambda size, to=wanted: abs(size - to))[:1]:  # type: ignore[misc]
                if goal.key in sizes[size]:
                    yield Reached(goal, size, bound, sizes[size][goal.key])


def grown(sizes: Mapping[int, Values]) -> Iterator[str]:
    """How much each cost grew from the smallest size to the largest."""
    if len(sizes) < 2:
        return
    small, large = min(sizes), max(sizes)
    yield f"From {small:,} to {large:,} passages, {large / small:,.0f} times as many:"
    for key, subject in (
        ("p50", "the median question takes"),
        ("p95", "the slowest twentieth of the questions takes at least"),
        ("first answer", "the first answer of a new process takes"),
        ("update one file", "updating one edited article takes"),
        ("build peak", "a build needs at its peak"),
        ("own memory", "an open index, without mapped files, needs"),
        ("build", "building takes"),
    ):
        before, after = sizes[small].get(key), sizes[large].get(key)
        if before and after:
            what = "as much memory" if "peak" in key or "memory" in key else "as long"
            is_equal = 1 / EQUAL < after / before < EQUAL
            yield f"- {subject} {'about' if is_equal else times(after / before)} {what}"


def times(ratio: float) -> str:
    """A ratio as words: ``0.40 times``, ``12 times``."""
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.2g} times"


AHEAD: Mapping[str, str] = {
    "hit@1": "has the answer in the first hit more often",
    "hit@5": "has the answer in the first five hits more often",
    "nDCG@10": "ranks articles better (nDCG@10)",
    "index": "indexes faster",
    "index processor": "indexes with less processor time",
    "index peak": "indexes with less memory",
    "query processor": "answers a warm question with less processor time",
    "p50": "answers a warm question faster at the median",
    "p95": "answers the slowest twentieth of the questions faster",
    "first answer": "gives the first answer of a new process sooner",
    "memory": "uses less memory while it answers",
    "disk": "uses less disk",
}
"""What is said of a tool that is better, by measure."""


def verdicts(tools: Mapping[str, Values]) -> Iterator[str]:
    """Where a tool is better than Locus, then where none is."""
    ours = tools[LOCUS]
    unbeaten = []
    for row in COMPARED:
        others = {
            tool: its[row.key]
            for tool, its in tools.items()
            if tool != LOCUS and row.key in its and row.key in ours
        }
        ahead = [tool for tool, value in others.items() if better(row, value, ours[row.key])]
        for tool in sorted(ahead, key=others.__getitem__, reverse=row.key in QUALITY):
            what = _by_how_much(row, others[tool], ours[row.key])
            yield f"- **{DESCRIBED.get(tool, tool)}** {AHEAD[row.key]} than Locus: {what}."
        if others and not ahead:
            unbeaten.append(AHEAD[row.key])
    if unbeaten:
        yield f"- No tool here {_listed(unbeaten)} than Locus."


def better(row: Row, theirs: float, ours: float) -> bool:
    """Whether they are better than we are, by more than what counts as equal."""
    if row.key in QUALITY:
        return theirs > ours + EQUAL_SHARE
    return theirs * EQUAL < ours


def _by_how_much(row: Row, theirs: float, ours: float) -> str:
    if row.key in QUALITY:
        return f"{theirs:.3f} against {ours:.3f}"
    return f"{times(theirs / ours)} Locus's{' time' if row.unit in {'s', 'ms'} else ''}"


def _listed(parts: Sequence[str]) -> str:
    """Parts of a sentence, with "or" before the last."""
    *first, last = parts
    return f"{', '.join(first)} or {last}" if first else last
