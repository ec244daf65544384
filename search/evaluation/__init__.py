"""Measure search quality: ``evaluate(read_dataset("seeds"), searcher, "hybrid").as_text()``.

::

    dataset -> run -> measures -> report

``datasets`` reads judged questions, ``evaluator`` asks them, and ``measures`` scores the answers.
``failures`` says why questions went wrong. ``comparison`` tests whether one way of searching is
significantly better than another, ``changes`` says without judgements which answers differ and why,
and ``report`` writes an HTML page. ``tuning`` chooses how an index is searched. ``known_items``
takes questions from the index itself, ``usage`` and ``replay`` from the log of what was asked.
``vector_recall`` measures the approximate vector index, and ``trec`` exchanges runs and judgements
with other tools.

The names below are public. They are loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.evaluation.judged.datasets import AnswerSpan, Dataset, read_dataset
    from search.evaluation.judged.questions import UnjudgedQuestions, read_questions
    from search.evaluation.judged.reading import Note
    from search.evaluation.judged.trec import RunFile, read_run, write_qrels, write_run
    from search.evaluation.measured.causes import Cause, Ranking
    from search.evaluation.measured.changes import (
        ChangedAnswer,
        ChangedAnswers,
        Moved,
        changed_answers,
    )
    from search.evaluation.measured.comparison import Comparison, Difference, compare
    from search.evaluation.measured.confusions import Confusion
    from search.evaluation.measured.evaluator import evaluate, evaluate_run
    from search.evaluation.measured.failures import Failure, FailureCause, Failures
    from search.evaluation.measured.groups import Group, Share
    from search.evaluation.measured.known_items import known_sentences, known_titles
    from search.evaluation.measured.measures import Figure
    from search.evaluation.measured.overlap import rank_biased_overlap
    from search.evaluation.measured.reliability import Bin, Reliability
    from search.evaluation.measured.results import (
        Evaluation,
        IndexFacts,
        Latency,
        Outcome,
        Returned,
        Wanted,
    )
    from search.evaluation.measured.sides import Side
    from search.evaluation.measured.significance import Move, Tally
    from search.evaluation.measured.tuning import (
        Choice,
        Setting,
        Trial,
        choose,
        settings_around,
        try_setting,
    )
    from search.evaluation.measured.vector_recall import Recall, recall_against_exact
    from search.evaluation.shown.changes_report import changes_page
    from search.evaluation.shown.report import comparison_page, evaluation_page, save_page

__all__ = [
    "AnswerSpan",
    "Bin",
    "Cause",
    "ChangedAnswer",
    "ChangedAnswers",
    "Choice",
    "Comparison",
    "Confusion",
    "Dataset",
    "Difference",
    "Evaluation",
    "Failure",
    "FailureCause",
    "Failures",
    "Figure",
    "Group",
    "IndexFacts",
    "Latency",
    "Move",
    "Moved",
    "Note",
    "Outcome",
    "Ranking",
    "Recall",
    "Reliability",
    "Returned",
    "RunFile",
    "Setting",
    "Share",
    "Side",
    "Tally",
    "Trial",
    "UnjudgedQuestions",
    "Wanted",
    "changed_answers",
    "changes_page",
    "choose",
    "compare",
    "comparison_page",
    "evaluate",
    "evaluate_run",
    "evaluation_page",
    "known_sentences",
    "known_titles",
    "rank_biased_overlap",
    "read_dataset",
    "read_questions",
    "read_run",
    "recall_against_exact",
    "save_page",
    "settings_around",
    "try_setting",
    "write_qrels",
    "write_run",
]

_HOMES = {
    "judged.datasets": {"AnswerSpan", "Dataset", "read_dataset"},
    "judged.questions": {"UnjudgedQuestions", "read_questions"},
    "judged.reading": {"Note"},
    "judged.trec": {"RunFile", "read_run", "write_qrels", "write_run"},
    "measured.causes": {"Cause", "Ranking"},
    "measured.changes": {"ChangedAnswer", "ChangedAnswers", "Moved", "changed_answers"},
    "measured.comparison": {"Comparison", "Difference", "compare"},
    "measured.confusions": {"Confusion"},
    "measured.evaluator": {"evaluate", "evaluate_run"},
    "measured.failures": {"Failure", "FailureCause", "Failures"},
    "measured.groups": {"Group", "Share"},
    "measured.known_items": {"known_sentences", "known_titles"},
    "measured.measures": {"Figure"},
    "measured.overlap": {"rank_biased_overlap"},
    "measured.reliability": {"Bin", "Reliability"},
    "measured.results": {"Evaluation", "IndexFacts", "Latency", "Outcome", "Returned", "Wanted"},
    "measured.sides": {"Side"},
    "measured.significance": {"Move", "Tally"},
    "measured.tuning": {
        "Choice",
        "Setting",
        "Trial",
        "choose",
        "settings_around",
        "try_setting",
    },
    "measured.vector_recall": {"Recall", "recall_against_exact"},
    "shown.changes_report": {"changes_page"},
    "shown.report": {"comparison_page", "evaluation_page", "save_page"},
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"search.evaluation.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
