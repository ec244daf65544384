"""Measure retrieval quality: ``evaluate(read_dataset("seeds"), searcher, "hybrid").as_text()``.

::

    dataset -> run -> measures -> report

``datasets`` reads judged questions, ``evaluator`` asks them, ``measures`` scores what came back,
``comparison`` says whether one way to answer is better than another or only luckier, and ``report``
shows it as a page. ``known_items`` makes questions of an index for which nobody has judged any,
``vector_recall`` tells what its approximate part misses, and ``trec`` exchanges runs with others.

The names below are the public ones. They load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.evaluation.judged.datasets import Dataset, read_dataset
    from search.evaluation.judged.trec import read_run, write_qrels, write_run
    from search.evaluation.measured.comparison import Comparison, compare
    from search.evaluation.measured.evaluator import evaluate, evaluate_run
    from search.evaluation.measured.known_items import known_sentences, known_titles
    from search.evaluation.measured.results import Evaluation
    from search.evaluation.measured.vector_recall import recall_against_exact
    from search.evaluation.shown.report import comparison_page, evaluation_page, save_page

__all__ = [
    "Comparison",
    "Dataset",
    "Evaluation",
    "compare",
    "comparison_page",
    "evaluate",
    "evaluate_run",
    "evaluation_page",
    "known_sentences",
    "known_titles",
    "read_dataset",
    "read_run",
    "recall_against_exact",
    "save_page",
    "write_qrels",
    "write_run",
]

_HOMES = {
    "measured.comparison": {"Comparison", "compare"},
    "judged.datasets": {"Dataset", "read_dataset"},
    "measured.evaluator": {"evaluate", "evaluate_run"},
    "measured.known_items": {"known_sentences", "known_titles"},
    "shown.report": {"comparison_page", "evaluation_page", "save_page"},
    "measured.results": {"Evaluation"},
    "judged.trec": {"read_run", "write_qrels", "write_run"},
    "measured.vector_recall": {"recall_against_exact"},
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"search.evaluation.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
