"""Judgements and runs in the formats that evaluation tools exchange.

Judgements (qrels), one per line, in BEIR's layout (with a header and tabs) or in TREC's::

    query-id <tab> corpus-id <tab> score
    qid 0 docid rel

A run, the results of a system, in TREC's layout::

    qid Q0 docid rank score tag

As in trec_eval, scores decide the order: they are compared as float32, and of equal scores the
higher docid comes first. Ranks are written from 1; on reading they are only checked. White space
separates TREC's fields. In an id, such as a file name, it is percent-encoded when it is written
and decoded when it is read.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, unquote

import numpy as np

from indexer.errors import DatasetError
from indexer.text import is_utf8
from search.evaluation.judged.reading import Note, Notes, lines, reason

Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""Query to article to grade: 0 is not relevant, and a higher grade is better."""
Run: TypeAlias = Mapping[str, Mapping[str, float]]
"""Query to article to score: a higher score is better."""

_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,9}\s*")
_BEIR_FIELDS, _QRELS_FIELDS, _RUN_FIELDS = 3, 4, 6
_FIRST_RANKS = (0, 1)
_SPACE = re.compile(r"[\s\ufeff]")  # the byte order mark too: it is dropped at the start of a file


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well an article answers a query, and the line where the file says so."""

    query: str
    article: str
    grade: int
    line: int


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run that was read from a file; ``run`` has the articles of each query, best first.

    >>> read_run(Path("locus.run")).run["q1"]
    {'sea.md': 2.0, 'tides.md': 1.0}
    """

    tag: str
    run: Run
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, order=True)
class _Result:
    rank: int
    line: int
    score: float


def ranked(scores: Mapping[str, float]) -> list[str]:
    """The articles of one query, best first, in trec_eval's order."""
    rounded = zip(scores, _float32(scores.values()), strict=True)
    descending = sorted(rounded, reverse=True)  # by docid, the highest first
    return [article for article, _ in sorted(descending, key=lambda pair: -pair[1])]


def read_qrels(path: Path, notes: Notes) -> list[Judgement]:
    """The judgements of a file in either layout.

    A line that is not a judgement is noted and skipped, and so is a second judgement of the same
    pair. A negative grade (TREC's mark for spam) is noted and counts as 0. Raises DatasetError if
    the file contains no judgement or cannot be read.
    """
    judged: dict[tuple[str, str], Judgement] = {}
    for number, text in lines(path):
        fields = qrels_fields(text)
        if fields is None:
            expected = "query-id, corpus-id and score with tabs, or TREC's qid 0 docid rel"
            notes.add(path, number, f"not a judgement (expected {expected}); line skipped")
            continue
        query, article, score = fields
        if not _WHOLE.fullmatch(score):
            if number > 1 or _number(score) is not None:  # otherwise it is the header
                notes.add(path, number, "score {!r} is not a whole number; line skipped", score)
            continue
        grade = int(score)
        if grade < 0:
            notes.add(path, number, "score {} is negative and counts as 0", grade)
        first = judged.setdefault(
            (query, article), Judgement(query, article, max(grade, 0), number)
        )
        if first.line != number:
            again = "duplicate judgement of query {!r} and article {!r} ignored (line {} is used)"
            notes.add(path, number, again, query, article, first.line)
    if not judged:
        raise DatasetError(f"{path} contains no judgements{notes.reasons(path)}")
    return list(judged.values())


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write judgements in TREC's layout, for trec_eval to read together with a run from here.

    >>> write_qrels(Path("seeds.qrels"), read_dataset("seeds").qrels)
    """
    _write(
        path,
        [
            qrels_line(query, article, grade)
            for query, grades in qrels.items()
            for article, grade in grades.items()
        ],
    )


def qrels_line(query: str, article: str, grade: int) -> str:
    """A judgement in TREC's layout, with its line end."""
    return f"{_field(query)} 0 {_field(article)} {grade}\n"


def write_run(path: Path, run: Run, tag: str = "locus") -> None:
    """Write a run; raises DatasetError if it is empty or a score is not a finite number.

    >>> write_run(Path("mine.run"), {"q1": {"sea.md": 0.9, "tides.md": 0.4}}, tag="mine")
    """
    if not any(run.values()):
        raise DatasetError(f"{path} was not written: there are no results")
    for query, scores in run.items():
        for article, score in scores.items():
            if not math.isfinite(score):
                raise DatasetError(
                    f"{path} was not written: query {query!r} has score {score} for {article!r}"
                )
    last = _field(tag)
    _write(
        path,
        [
            f"{_field(query)} Q0 {_field(article)} {rank} {float(scores[article])!r} {last}\n"
            for query, scores in run.items()
            for rank, article in enumerate(ranked(scores), 1)
        ],
    )


def read_run(path: Path) -> RunFile:
    """Read a run; ranks may start at 0, as BEIR writes them.

    Raises DatasetError, which names the first line of each kind and counts all, for lines that are
    not results, for scores that are not finite numbers, and for an article that a query lists
    twice. Ranks that disagree with the scores are noted; the scores are used.

    >>> read_run(Path("mine.run")).run["q1"]
    """
    tag, results = _results(path)
    notes = Notes()
    run = {}
    for query, found in results.items():
        scores = {article: result.score for article, result in found.items()}
        run[query] = {article: scores[article] for article in ranked(scores)}
        told = sorted(found.values())
        if told[0].rank not in _FIRST_RANKS:
            notes.add(
                path,
                told[0].line,
                "query {!r} starts at rank {}, not at 0 or 1",
                query,
                told[0].rank,
            )
        by_rank = _float32(result.score for result in told)
        if any(better < worse for better, worse in pairwise(by_rank)):
            what = "ranks and scores of query {!r} disagree; the scores are used"
            notes.add(path, told[0].line, what, query)
    return RunFile(tag, run, notes.all())


def _results(path: Path) -> tuple[str, dict[str, dict[str, _Result]]]:
    """The tag in a run file's first line, and each result by query and article."""
    problems = Notes()
    found: dict[str, dict[str, _Result]] = {}
    tag = ""
    for number, text in lines(path):
        fields = text.split()
        if len(fields) != _RUN_FIELDS:
            problems.add(path, number, "not six fields (expected qid Q0 docid rank score tag)")
            continue
        query, article, rank, score = _id(fields[0]), _id(fields[2]), fields[3], fields[4]
        value = _number(score)
        if value is None or not math.isfinite(value):
            problems.add(path, number, "score {!r} is not a finite number", score)
        elif not _WHOLE.fullmatch(rank) or int(rank) < 0:
            problems.add(path, number, "rank {!r} is not a whole number of 0 or more", rank)
        elif article in found.setdefault(query, {}):
            problems.add(path, number, "query {!r} lists article {!r} twice", query, article)
        else:
            found[query][article] = _Result(int(rank), number, value)
            tag = tag or _id(fields[5])
    if problems.all():
        raise DatasetError("; ".join(map(str, problems.all())))
    if not found:
        raise DatasetError(f"{path} is empty. A run has one line for each article found")
    return tag, found


def _float32(scores: Iterable[float]) -> list[float]:
    with np.errstate(
        over="ignore"
    ):  # beyond the range of float32, scores are infinite and so equal
        rounded: list[float] = np.array(list(scores), np.float64).astype(np.float32).tolist()
    return rounded


def qrels_fields(text: str) -> tuple[str, str, str] | None:
    """Query, article and score of a line in either layout; None if it has neither."""
    tabbed = text.split("\t")
    if len(tabbed) == _BEIR_FIELDS and all(tabbed):
        return tabbed[0], tabbed[1], tabbed[2]
    fields = text.split()
    if len(fields) == _QRELS_FIELDS:
        return _id(fields[0]), _id(fields[2]), fields[3]
    return None


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _field(name: str) -> str:
    """An id as a field: unchanged, unless it has white space or would be read as another id."""
    if not is_utf8(name) or not name:
        raise DatasetError(
            f"{name!r} cannot be written to a TREC file: it is empty or not valid text"
        )
    if not _SPACE.search(name) and _id(name) == name:
        return name
    return re.sub(r"[\s\ufeff%]", lambda match: quote(match[0]), name)


def _id(field: str) -> str:
    """The inverse of ``_field``; an id with other percent signs is unchanged."""
    decoded = unquote(field)
    return decoded if "%25" in field or _SPACE.search(decoded) else field


def _write(path: Path, rows: list[str]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(rows)
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {reason(error)}") from None
