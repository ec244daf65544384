"""Choose how an index is searched, by judged questions and cross-validation.

Each setting answers all questions. A setting that is best on the same questions that chose it looks
better than it is. So the questions are divided into ``FOLDS`` parts: for each part, the setting
that is best on the other parts is chosen, and measured on this part. Then every question is
answered by a setting that was chosen without it, and the difference to the present setting tells
what the choice is worth for new questions (Stone, "Cross-Validatory Choice and Assessment of
Statistical Predictions", 1974).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from indexer.arrays import Vectors
from indexer.encoding.encoder import Encoder, encode_queries
from indexer.errors import DatasetError
from indexer.types import Tuning
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured.comparison import (
    COMPARED,
    HEADLINE,
    LEVEL,
    Difference,
    compared,
    difference_table,
)
from search.evaluation.measured.evaluator import best_passages
from search.evaluation.measured.measures import Values, first_right, per_query, per_query_passages
from search.searcher import Searcher

MEANINGS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights of the meaning, see ``Tuning``: from four times less to four times more."""
CANDIDATES = (15, 30, 60)
"""Numbers of passages that are scored again."""
FOLDS = 5
FEWEST = 20
"""With fewer questions, no difference that a setting makes would be significant."""
MOST = 500
"""Questions that are asked: more take minutes, and hardly change the choice."""

_K = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of searching: the tunable parts of a ``Tuning``, and the length of passages.

    >>> str(Setting(2.0, 30, 128))
    'meaning x2, 30 candidates, passages of 128 tokens'
    """

    meaning: float
    candidates: int
    passage_tokens: int

    def __str__(self) -> str:
        return (
            f"meaning x{self.meaning:g}, {self.candidates} candidates,"
            f" passages of {self.passage_tokens} tokens"
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """The values of each measure for each question, if all are answered with a setting.

    >>> Trial(Setting(1.0, 30, 128), {"nDCG@10": {"q1": 0.63, "q2": 1.0}}).mean
    0.815
    """

    setting: Setting
    values: Values

    @property
    def mean(self) -> float:
        """The mean of the measure that chooses, nDCG@10."""
        return float(np.mean(list(self.values[HEADLINE].values())))


@dataclass(frozen=True, slots=True)
class Choice:
    """The best of several settings, and what choosing it is worth on questions left out.

    ``trials`` begins with the present setting. ``differences`` compare it, by questions, with the
    settings that were chosen without the question.

    >>> choice = choose(trials)
    >>> choice.is_better, choice.best
    (True, Setting(meaning=2.0, candidates=60, passage_tokens=128))
    """

    dataset: str
    trials: tuple[Trial, ...]
    best: Setting
    differences: tuple[Difference, ...]

    @property
    def now(self) -> Setting:
        """The present setting."""
        return self.trials[0].setting

    @property
    def questions(self) -> int:
        return len(self.trials[0].values[HEADLINE])

    @property
    def is_better(self) -> bool:
        """Whether new settings are significantly better on questions left out, and nowhere worse.

        One measure, named beforehand, decides, so its p needs no correction. The others can only
        object.
        """
        headline = next(one for one in self.differences if one.measure == HEADLINE)
        objections = any(one.significant and one.by.mean < 0 for one in self.differences)
        is_new = self.best != self.now
        return is_new and headline.by.mean > 0 and headline.p < LEVEL and not objections

    def tuning(self, earlier: Tuning) -> Tuning:
        """The tuning to remember, with its reasons; ``earlier`` is the present one."""
        headline = next(one for one in self.differences if one.measure == HEADLINE)
        return Tuning(
            self.best.meaning,
            self.best.candidates,
            self.dataset,
            self.questions,
            round(headline.before, 4),
            round(headline.after, 4),
            self._earlier_tokens(earlier),
        )

    def _earlier_tokens(self, earlier: Tuning) -> int | None:
        """The length of passages before any tuning, if this one leaves another."""
        first = earlier.earlier_tokens or self.now.passage_tokens
        return None if first == self.best.passage_tokens else first

    def as_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "questions": self.questions,
            "measure": HEADLINE,
            "now": asdict(self.now),
            "best": asdict(self.best),
            "better": self.is_better,
            "differences": {one.measure: one.as_json() for one in self.differences},
            "trials": [{**asdict(it.setting), "mean": it.mean} for it in self.trials],
        }

    def as_text(self) -> str:
        """What was tried, which setting is best, and what the choice is worth."""
        return "\n".join(
            [
                f"{self.questions:,} questions of {self.dataset}, {len(self.trials)} settings",
                "",
                *self._along("meaning", lambda value: f"x{value:g}"),
                *self._along("candidates", str),
                *self._along("passage_tokens", str),
                "",
                f"now   {self.now}",
                f"best  {self.best}",
                "",
                f"On questions that were left out of the choice ({FOLDS}-fold cross-validation):",
                difference_table("now", "tuned", self.differences),
            ]
        )

    def _along(self, field: str, shown: Callable[[Any], str]) -> list[str]:
        """``nDCG@10 by meaning: x0.5 0.731, x1 0.743, x2 0.745``, all else as in the best."""
        means = {
            getattr(it.setting, field): it.mean
            for it in self.trials
            if replace(it.setting, **{field: getattr(self.best, field)}) == self.best
        }
        if len(means) == 1:
            return []
        each = ", ".join(f"{shown(value)} {means[value]:.3f}" for value in sorted(means))
        return [f"{HEADLINE} by {field.replace('_', ' ')}: {each}"]


def settings_around(now: Setting) -> list[Setting]:
    """The settings to try with passages of this length, the present one first.

    >>> settings_around(Setting(1.0, 30, 128))[:2]
    [Setting(1.0, 30, 128), Setting(0.25, 15, 128)]
    """
    tokens = now.passage_tokens
    others = [Setting(meaning, n, tokens) for meaning in MEANINGS for n in CANDIDATES]
    return [now, *(it for it in others if it != now)]


def try_setting(
    dataset: Dataset,
    setting: Setting,
    searcher: Searcher,
    asked: Callable[[], object] = lambda: None,
) -> Trial:
    """Answer all questions with ``searcher``, which must search with this setting.

    Calls ``asked`` after each question. Raises what ``Searcher.search`` raises.

    >>> with open_index(".locus", tuning=Tuning(2.0, 60)) as searcher:
    ...     trial = try_setting(dataset, Setting(2.0, 60, 128), searcher)
    """
    run: dict[str, Mapping[str, float]] = {}
    firsts: dict[str, int | None] = {}
    for query, text in dataset.queries.items():
        hits = searcher.search(text, _K).hits
        run[query] = best_passages(hits)
        if query in dataset.answers:
            firsts[query] = first_right(hits, dataset.answers[query])
        asked()
    names = [name for name in COMPARED if "passage" not in name and "hit" not in name]
    passages = per_query_passages(firsts) if firsts else {}
    return Trial(setting, {**per_query(dataset.qrels, run, names), **passages})


def choose(dataset: str, trials: Sequence[Trial], seed: int = 0) -> Choice:
    """The best of ``trials``, the first of which is the present setting.

    The present setting counts as the best unless another one stands out from it.

    >>> choice = choose("scifact", trials)
    """
    queries = sorted(trials[0].values[HEADLINE])
    scores = np.array([[trial.values[HEADLINE][query] for query in queries] for trial in trials])
    order = np.random.default_rng(seed).permutation(len(queries))
    answered_by: dict[str, Trial] = {}
    for fold in range(FOLDS):
        left_out = order[fold::FOLDS]
        others = np.setdiff1d(order, left_out)
        chosen = trials[_best(scores[:, others])]
        answered_by.update((queries[place], chosen) for place in left_out)
    tuned = {
        name: {query: answered_by[query].values[name][query] for query in values}
        for name, values in trials[0].values.items()
    }
    best = trials[_best(scores)].setting
    return Choice(dataset, tuple(trials), best, compared(trials[0].values, tuned))


def _best(scores: npt.NDArray[np.float64]) -> int:
    """The row of ``scores`` ``(settings, queries)`` with the highest mean, or the first row.

    It is the first, which is the present setting, unless the other is better by more than the
    standard error of their difference: the best of many equals only looks better.
    """
    best = int(np.argmax(scores.mean(axis=1)))
    by = scores[best] - scores[0]
    return best if by.mean() > by.std() / len(by) ** 0.5 else 0


def sampled(dataset: Dataset, seed: int = 0) -> Dataset:
    """The dataset with at most ``MOST`` questions, drawn at random.

    Raises DatasetError if it has fewer than ``FEWEST``.
    """
    queries = sorted(dataset.queries)
    if len(queries) < FEWEST:
        raise DatasetError(
            f"{dataset.name} has {len(queries)} judged questions, but tuning needs at least"
            f" {FEWEST}: with fewer, no difference would be significant"
        )
    if len(queries) <= MOST:
        return dataset
    drawn = np.random.default_rng(seed).choice(len(queries), MOST, replace=False)
    kept = {queries[place] for place in drawn}
    return replace(
        dataset,
        queries={query: text for query, text in dataset.queries.items() if query in kept},
        qrels={query: grades for query, grades in dataset.qrels.items() if query in kept},
        answers={query: spans for query, spans in dataset.answers.items() if query in kept},
    )


def remembering(encoder: Encoder) -> Encoder:
    """The same encoder, which encodes each question once."""
    return cast("Encoder", _Remembering(encoder))


class _Remembering:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Vectors] = {}

    def encode_query(self, text: str) -> Vectors:
        vector: Vectors = self.encode_queries([text])[0]
        return vector

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, encode_queries(self._encoder, new), strict=True))
        return np.stack([self._vectors[text] for text in texts])

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)
