"""Compare two evaluations of one dataset, and test whether the differences are significant."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from indexer.errors import DatasetError
from search.evaluation.judged.trec import ranked
from search.evaluation.measured import soundness
from search.evaluation.measured.measures import Figure, Values, figures
from search.evaluation.measured.results import Evaluation, Outcome
from search.evaluation.measured.significance import (
    Move,
    Tally,
    differences,
    holm,
    moved_most,
    randomisation_test,
    tally,
)
from search.evaluation.measured.tables import columns, query_table

COMPARED = ("nDCG@10", "RR@10", "AP", "R@10", "hit@1", "passage RR@10")
"""The measures that are tested. Each further measure makes every test stricter."""

HEADLINE = "nDCG@10"
LEVEL = 0.05
_SHOWN = 10
_SHOWN_HITS = 3
_WIDEST = 44


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both evaluations.

    ``by`` is the mean difference, second minus first, with its 95% bootstrap interval. ``p`` is
    that of the paired randomisation test; ``adjusted`` is p after Holm's correction.

    >>> found.differences[0].measure, found.differences[0].adjusted
    ('nDCG@10', 0.004)
    """

    measure: str
    before: float
    after: float
    by: Figure
    p: float
    adjusted: float
    tally: Tally

    @property
    def significant(self) -> bool:
        return self.adjusted < LEVEL

    def as_json(self) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "difference": self.by.as_json(),
            "p": self.p,
            "p_holm": self.adjusted,
            "significant": self.significant,
            "wins": self.tally.wins,
            "ties": self.tally.ties,
            "losses": self.tally.losses,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations, and the queries whose nDCG@10 differs most (``moved``).

    >>> found = compare(evaluate(dataset, index, "lexical"), evaluate(dataset, index, "hybrid"))
    >>> found.moved[0]
    Move(query='q59', before=0.63, after=1.0)
    """

    before: Evaluation
    after: Evaluation
    differences: tuple[Difference, ...]
    moved: tuple[Move, ...]

    @property
    def worse(self) -> bool:
        """Whether the second is significantly worse on any measure."""
        return any(one.significant and one.by.mean < 0 for one in self.differences)

    def notes(self) -> list[str]:
        """The notes that both have, and then those that only one has, with its name."""
        runs = self.before, self.after
        shared = [note for note in self.before.notes if note in self.after.notes]
        own = [f"{run.name}: {note}" for run in runs for note in run.notes if note not in shared]
        lengths = soundness.of_lengths(self.before.run, self.after.run)
        return [*map(str, [*shared, *lengths]), *own]

    def rows(self) -> list[dict[str, Any]]:
        """One JSON object per query, in the order of the dataset: each measure in both."""
        return [
            {
                "query": first.query,
                "text": first.text,
                "measures": {
                    name: [value, second.measures[name]]
                    for name, value in first.measures.items()
                    if name in second.measures
                },
            }
            for first, second in zip(self.before.outcomes, self.after.outcomes, strict=True)
        ]

    def table(self) -> str:
        """The scores of each query as a table."""
        return query_table(self.rows())

    def as_json(self) -> dict[str, Any]:
        """Both evaluations and their differences; ``rows`` has the single queries."""
        return {
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "differences": {one.measure: one.as_json() for one in self.differences},
            "moved": [self._moved_json(one) for one in self.moved],
        }

    def as_text(self) -> str:
        """The table that the command line prints, and the queries that changed most."""
        table = difference_table(self.before.name, self.after.name, self.differences)
        parts = [self.before.described(), self.after.described(), "", table, ""]
        if any(one.significant for one in self.differences):
            test = "paired randomisation test with Holm correction"
            parts.append(f"* significant (p < {LEVEL}; {test})")
        else:
            parts.append(f"No significant difference (p >= {LEVEL}, paired randomisation test).")
        if self.moved:
            parts += ["", f"Questions whose {HEADLINE} changed most (* marks a relevant article):"]
            parts += [line for move in self.moved for line in self._moved_text(move)]
        return "\n".join(parts)

    def _moved_text(self, move: Move) -> list[str]:
        """A query and its change, with the first articles of both evaluations side by side."""
        outcome = self._outcome(move)
        relevant = {one.article for one in outcome.wanted}
        sides = [
            [
                f"{rank}.{'*' if article in relevant else ' '} {article}"
                for rank, article in enumerate(_first(run, move.query), 1)
            ]
            or ["nothing"]
            for run in (self.before, self.after)
        ]
        head = f"  {move.before:.2f} -> {move.after:.2f}  {move.query}  {_line(outcome.text)}"
        width = max(_fit(cell) for cell in sides[0])
        pairs = zip_longest(*sides, fillvalue="")
        return [head, *(f"      {_cut(a).ljust(width)}   {_cut(b)}".rstrip() for a, b in pairs)]

    def _moved_json(self, move: Move) -> dict[str, Any]:
        outcome = self._outcome(move)
        grades = {one.article: one.grade for one in outcome.wanted}
        first, second = (
            [
                {"article": article, "grade": grades.get(article, 0)}
                for article in _first(run, move.query)
            ]
            for run in (self.before, self.after)
        )
        return {
            "query": move.query,
            "text": outcome.text,
            "before": move.before,
            "after": move.after,
            "hits": {"before": first, "after": second},
        }

    def _outcome(self, move: Move) -> Outcome:
        return next(one for one in self.before.outcomes if one.query == move.query)


def difference_table(before: str, after: str, found: Sequence[Difference]) -> str:
    """A line for each measure; ``*`` marks a significant difference."""
    head = ("", before, after, "difference", "95% interval", "p (Holm)", "wins/ties/losses")
    rows = [
        (
            one.measure,
            f"{one.before:.3f}",
            f"{one.after:.3f}",
            f"{one.by.mean:+.3f}{'*' if one.significant else ' '}",
            f"{one.by.low:+.3f} to {one.by.high:+.3f}",
            shown_p(one.adjusted),
            f"{one.tally.wins}/{one.tally.ties}/{one.tally.losses}",
        )
        for one in found
    ]
    return columns([head, *rows])


def compare(
    before: Evaluation,
    after: Evaluation,
    measures: Sequence[str] = COMPARED,
    *,
    seed: int = 0,
) -> Comparison:
    """Compare two evaluations in each of ``measures`` that both have.

    Raises DatasetError unless both use the same queries and judgements.

    >>> found = compare(evaluate(dataset, searcher, "lexical"), evaluate(dataset, searcher))
    >>> print(found.as_text())
    """
    if _queries_asked(before) != _queries_asked(after):
        raise DatasetError(
            f"{before.name} and {after.name} cannot be compared: they use different queries or"
            f" judgements ({before.dataset} and {after.dataset})"
        )
    found = compared(before.values, after.values, measures, seed)
    moved = moved_most(before.values[HEADLINE], after.values[HEADLINE], _SHOWN)
    return Comparison(before, after, found, moved)


def compared(
    before: Values, after: Values, measures: Sequence[str] = COMPARED, seed: int = 0
) -> tuple[Difference, ...]:
    """The difference in each of ``measures`` that both have; both must have the same queries."""
    shared = [name for name in measures if name in before and name in after]
    by = {name: differences(before[name], after[name]) for name in shared}
    p = {name: randomisation_test(by[name], seed) for name in shared}
    adjusted = holm(p)
    found = []
    for name in shared:
        queries = sorted(before[name])
        values = dict(zip(queries, by[name].tolist(), strict=True))
        (interval,) = figures({name: values}, seed)
        found.append(
            Difference(
                name,
                float(np.mean(list(before[name].values()))),
                float(np.mean(list(after[name].values()))),
                interval,
                p[name],
                adjusted[name],
                tally(by[name]),
            )
        )
    return tuple(found)


def _queries_asked(evaluation: Evaluation) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (outcome.query, [(one.article, one.grade) for one in outcome.wanted])
        for outcome in evaluation.outcomes
    ]


def _first(evaluation: Evaluation, query: str) -> list[str]:
    """The first articles that were found for a query."""
    return ranked(evaluation.run.get(query, {}))[:_SHOWN_HITS]


def _line(text: str) -> str:
    return " ".join(text.split())


def _fit(cell: str) -> int:
    return min(len(cell), _WIDEST)


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"


def shown_p(p: float) -> str:
    """A p as it is printed: with three digits, but never as zero."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"  # noqa: PLR2004
