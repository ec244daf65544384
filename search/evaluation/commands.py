"""``locus evaluate`` and ``locus compare``.

Results go to standard output. The index that is used, and notes that make the scores less
meaningful, go to standard error.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from indexer.errors import DatasetError
from indexer.text import plain
from indexer.types import UNTUNED, Tuning
from search.evaluation.indexing import index_for
from search.evaluation.judged.datasets import SPLIT, Dataset, read_dataset
from search.evaluation.judged.questions import read_questions
from search.evaluation.judged.trec import read_run, write_qrels, write_run
from search.evaluation.measured.changes import DEPTH, ChangedAnswers, changed_answers
from search.evaluation.measured.comparison import compare
from search.evaluation.measured.evaluator import evaluate, evaluate_run
from search.evaluation.measured.gate import QualityGate
from search.evaluation.measured.preview import Preview
from search.evaluation.measured.results import Evaluation
from search.evaluation.measured.sides import Side
from search.evaluation.measured.unjudged import evaluate_known_items
from search.evaluation.shown.progress import question_bar
from search.limits import MODES, Mode
from search.ranking.reranking import load_reranker
from search.searcher import Searcher, open_index

_OURS = "locus-"
_JUDGED_DEPTH = 100
_UNTUNED = "untuned"
"""The way of searching that ignores the tuning of the index."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The index to ask, the mode, and ``k``, the number of passages per question, None if not said.

    ``is_named`` says whether the user named the index with --index. ``rerank`` is the cross-encoder
    to rerank with, if any.
    """

    folder: Path
    mode: Mode
    k: int | None
    is_named: bool
    rerank: str | None = None
    tuning: Tuning | None = None
    """Used instead of that of the index."""
    split: str = SPLIT
    """Which judgements of the dataset to use."""

    @property
    def depth(self) -> int:
        """The number of passages per judged question."""
        return self.k or _JUDGED_DEPTH

    @property
    def name(self) -> str:
        return self.mode if self.rerank is None else f"{self.mode}+rerank"

    def open(self, index: Path) -> Searcher:
        reranker = load_reranker(self.rerank) if self.rerank is not None else None
        return open_index(index, reranker=reranker, tuning=self.tuning)


class _Measured(Protocol):
    """An evaluation or a comparison, which can be shown in each of these forms."""

    def as_text(self) -> str: ...
    def as_json(self) -> dict[str, Any]: ...
    def rows(self) -> list[dict[str, Any]]: ...
    def table(self) -> str:
        """One line per question."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where to print: ``answer`` prints results, ``say`` prints messages about them."""

    answer: Callable[[str], object]
    say: Callable[[str], object]
    report: Path | None
    per_query: bool
    as_json: bool

    def show(self, found: _Measured, notes: Iterable[str], page: Callable[[datetime], str]) -> None:
        """Print the result and the notes about it, and write the report if one is wanted."""
        for note in notes:
            self.say(plain(note))
        rows = found.rows() if self.per_query else []
        if self.as_json:
            more = {"per_query": rows} if self.per_query else {}
            self.answer(json.dumps({**found.as_json(), **more}, ensure_ascii=False))
        else:
            table = f"\n\n{found.table()}" if self.per_query else ""
            self.answer(plain(found.as_text() + table))
        if self.report is not None:
            from search.evaluation.shown.report import save_page

            save_page(self.report, page(datetime.now().astimezone()))
            self.say(f"report written to {self.report}")


def previewing(path: Path, output: Output, gate: QualityGate | None) -> Preview:
    """Shows how an update changes the answers to the questions in a file; see ``Preview``.

    Raises DatasetError if the questions cannot be read, or the report not be written.
    """
    _check_places(output.report)
    return Preview(read_questions(path), lambda found: show_changes(found, output), gate)


def evaluate_dataset(
    folder: Path,
    asking: Asking,
    output: Output,
    *,
    run: Path | None,
    from_run: Path | None,
    qrels: Path | None = None,
) -> int:
    """Search or read a run, measure it, and show the result; returns the exit code.

    The results are saved to ``run``, and the judgements that were used to ``qrels``, if named.
    """
    _check_places(output.report, run, qrels)
    dataset = read_dataset(folder, asking.split)
    if from_run is not None:
        found = evaluate_run(dataset, read_run(from_run))
    else:
        index = index_for(dataset, folder, asking.folder, output.say, is_named=asking.is_named)
        found = _evaluated(index, dataset, asking, asking.name)
    if run is not None:
        write_run(run, found.run, f"{_OURS}{found.name}")
    if qrels is not None:
        write_qrels(qrels, dataset.qrels)

    def page(when: datetime) -> str:
        from search.evaluation.shown.report import evaluation_page

        return evaluation_page(found, when=when)

    output.show(found, map(str, found.notes), page)
    return 0 if found.found_anything else 1


def evaluate_index(asking: Asking, output: Output) -> int:
    """Test an index with its own titles and sentences; returns the exit code."""
    _check_places(output.report)
    with asking.open(asking.folder) as searcher, question_bar() as show:
        found = evaluate_known_items(searcher, asking.mode, asking.depth, progress=show)
    output.say(f"used index {asking.folder}")

    def page(when: datetime) -> str:
        from search.evaluation.shown.report import known_items_page

        return known_items_page(found, when=when)

    output.show(found, found.notes(), page)
    return 0 if found.found_anything else 1


def compare_answers(path: Path, first: str, second: str, asking: Asking, output: Output) -> int:
    """Compare two ways of searching by a dataset, or by questions alone; returns the exit code."""
    _check_places(output.report)
    if path.is_file() or ((path / "queries.jsonl").exists() and not (path / "qrels").exists()):
        return _compare_unjudged(path, first, second, asking, output)
    return _compare_judged(path, first, second, asking, output)


def _compare_judged(folder: Path, first: str, second: str, asking: Asking, output: Output) -> int:
    for name in (first, second):
        if name not in {*MODES, _UNTUNED} and not Path(name).exists():
            modes = ", ".join([*MODES, _UNTUNED])
            raise DatasetError(f"{name!r} is not a mode ({modes}), an index folder or a run file")
    dataset = read_dataset(folder, asking.split)
    index = asking.folder
    if {first, second} & {*MODES, _UNTUNED}:
        index = index_for(dataset, folder, asking.folder, output.say, is_named=asking.is_named)

    def side(name: str) -> Evaluation:
        for mode in MODES:
            if name == mode:
                return _evaluated(index, dataset, replace(asking, mode=mode), name)
        if name == _UNTUNED:
            return _evaluated(index, dataset, replace(asking, tuning=UNTUNED), name)
        if Path(name).is_dir():
            return _evaluated(Path(name), dataset, asking, name)
        return evaluate_run(dataset, read_run(Path(name)), name=name)

    found = compare(side(first), side(second))

    def page(when: datetime) -> str:
        from search.evaluation.shown.report import comparison_page

        return comparison_page(found, when=when)

    output.show(found, found.notes(), page)
    return 1 if found.worse else 0


def _compare_unjudged(path: Path, first: str, second: str, asking: Asking, output: Output) -> int:
    questions = read_questions(path)
    with ExitStack() as opened:

        def side(name: str) -> Side:
            here = asking
            if name in MODES:
                here = replace(asking, mode=next(mode for mode in MODES if mode == name))
            elif name == _UNTUNED:
                here = replace(asking, tuning=UNTUNED)
            elif not Path(name).is_dir():
                modes = ", ".join([*MODES, _UNTUNED])
                raise DatasetError(
                    f"{name!r} is not a mode ({modes}) or an index folder. Run files can only be"
                    " compared with judgements"
                )
            folder = asking.folder if name in {*MODES, _UNTUNED} else Path(name)
            searcher = opened.enter_context(here.open(folder))
            return Side.of_index(name, searcher, here.mode, here.tuning)

        sides = side(first), side(second)
        with question_bar() as show:
            found = changed_answers(questions, *sides, asking.k or DEPTH, progress=show)
        show_changes(found, output)
    return 0


def show_changes(found: ChangedAnswers, output: Output) -> None:
    """Print which answers change and why, and write the report if one is wanted."""

    def page(when: datetime) -> str:
        from search.evaluation.shown.changes_report import changes_page

        return changes_page(found, when=when)

    output.show(found, found.notes(), page)


def _evaluated(index: Path, dataset: Dataset, asking: Asking, name: str) -> Evaluation:
    with asking.open(index) as searcher, question_bar() as show:
        return evaluate(dataset, searcher, asking.mode, asking.depth, name=name, progress=show)


def _check_places(report: Path | None, run: Path | None = None, qrels: Path | None = None) -> None:
    """Check, before any work, that files can be written and that nothing of others is replaced."""
    for path in (report, run, qrels):
        if path is not None and not path.parent.is_dir():
            raise DatasetError(f"cannot write {path}: the folder {path.parent} does not exist")
        if path is not None and path.is_dir():
            raise DatasetError(f"cannot write {path}: it is a folder")
    if run is not None and run.exists() and run.stat().st_size and not _is_ours(run):
        raise DatasetError(
            f"{run} already exists and was not written by Locus, so it is not overwritten."
            f" Choose another name for --run, or score {run} with --from-run"
        )
    if qrels is not None and qrels.exists() and qrels.stat().st_size:
        raise DatasetError(f"{qrels} already exists. Choose another name for --qrels")


def _is_ours(run: Path) -> bool:
    try:
        return read_run(run).tag.startswith(_OURS)
    except DatasetError:
        return False
