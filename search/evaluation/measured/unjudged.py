"""The self-test of an index: known items as questions, and the recall of its vector index."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from indexer.encoding import models
from indexer.errors import DatasetError
from indexer.storing.shards.store import open_store
from search.evaluation.measured.evaluator import evaluate
from search.evaluation.measured.known_items import known_sentences, known_titles
from search.evaluation.measured.results import Evaluation
from search.evaluation.measured.tables import columns, query_table
from search.evaluation.measured.vector_recall import Recall, recall_against_exact
from search.limits import Mode
from search.scaling.reading import read_generation
from search.searcher import Searcher

OPTIMISTIC = (
    "This is a self-test: the questions are titles and sentences of your own articles, so they are"
    " easy and the scores are optimistic. Use it to see that nothing is broken, or whether a change"
    " helps. To measure real quality, use a dataset of questions with judged answers."
)
_WIDTH = 100
_SHOWN = ("P@1", "RR@10", "R@10", "hit@1", "hit@5")


@dataclass(frozen=True, slots=True)
class KnownItems:
    """An evaluation of an index for each kind of known item.

    ``reasons`` says for each missing kind why the index has no such question. ``recall`` compares
    the vector index with exact search, for the same questions.
    """

    evaluations: tuple[Evaluation, ...]
    recall: Recall
    reasons: tuple[str, ...]

    @property
    def found_anything(self) -> bool:
        return any(one.found_anything for one in self.evaluations)

    def notes(self) -> list[str]:
        return [*self.reasons, *(str(note) for one in self.evaluations for note in one.notes)]

    def rows(self) -> list[dict[str, Any]]:
        """One JSON object per question."""
        return [{"kind": one.dataset, **row} for one in self.evaluations for row in one.rows()]

    def table(self) -> str:
        """The scores of each query as a table."""
        return query_table(self.rows())

    def as_json(self) -> dict[str, Any]:
        recall = self.recall
        return {
            "optimistic": OPTIMISTIC,
            "known_items": {one.dataset: one.as_json() for one in self.evaluations},
            "vector_recall": {
                "k": recall.k,
                "queries": recall.queries,
                "mean": recall.mean,
                "least": recall.least,
                "perfect": recall.perfect,
            },
            "notes": self.notes(),
        }

    def as_text(self) -> str:
        """The table that the command line prints, after an explanation of what it means."""
        rows = [("", *(f"{one.dataset}, {one.name}" for one in self.evaluations))]
        shown = [_figures(one) for one in self.evaluations]
        rows += [
            (name, *(of.get(name, "") for of in shown))
            for name in _SHOWN
            if any(name in of for of in shown)
        ]
        rows.append(("questions", *(f"{len(one.outcomes):,}" for one in self.evaluations)))
        facts = self.evaluations[0].facts().partition(" over ")[2]
        parts = [fill(OPTIMISTIC, _WIDTH), f"Over {facts}:", columns(rows)]
        parts += [
            f"{one.dataset}, search time ({one.k} passages): {one.latency}"
            for one in self.evaluations
        ]
        return "\n\n".join([*parts, f"vector index: {self.recall}"])


def evaluate_known_items(
    searcher: Searcher,
    mode: Mode = "hybrid",
    k: int = 100,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> KnownItems:
    """Test an index with its own titles and sentences, and its vector index with exact search.

    Raises DatasetError if the index has no title and no sentence to ask.
    """
    datasets = []
    reasons: list[str] = []
    with open_store(searcher.folder) as store, store.snapshot() as (_, snapshot):
        for questions in (known_titles, known_sentences):
            try:
                datasets.append(questions(snapshot))
            except DatasetError as error:
                reasons.append(str(error))
    if not datasets:
        raise DatasetError("; ".join(reasons))
    evaluations = tuple(evaluate(one, searcher, mode, k, progress=progress) for one in datasets)
    asked = [text for one in datasets for text in one.queries.values()]
    return KnownItems(evaluations, vector_recall(searcher.folder, asked), tuple(reasons))


def vector_recall(folder: Path, questions: list[str], k: int = 10) -> Recall:
    """The recall of a searcher's candidates by meaning, against the ``k`` nearest passages."""
    with open_store(folder) as store, store.snapshot() as (state, snapshot):
        encoder = models.load(state.encoder)
        generation = read_generation(folder, state, snapshot, without_files=True)
        vectors = np.stack([encoder.encode_query(question) for question in questions])
        return recall_against_exact(
            lambda query, k: generation.by_meaning(query, k).ids,
            snapshot.vectors(),
            vectors,
            k,
        )


def _figures(evaluation: Evaluation) -> dict[str, str]:
    return {
        one.measure: f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})"
        for one in (*evaluation.figures, *evaluation.passage_figures)
    }
