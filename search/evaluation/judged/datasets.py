"""A dataset: questions, and which articles answer them, in BEIR's layout.

::

    DATASET/
      queries.jsonl      {"_id": ..., "text": ...}, a question a line
      qrels/test.tsv     a header, then query-id, corpus-id and score, with tabs; 0 is irrelevant
      corpus.jsonl       {"_id": ..., "title": ..., "text": ...}, an article a line
      answers.jsonl      optional: {"query_id": ..., "doc_id": ..., "start": ..., "end": ...}

Without ``corpus.jsonl`` the articles are files in the folder, and a corpus-id is a file's path
there, as ``locus index DATASET`` names them. An answer is a span of the article's text in
characters; a passage that holds all of it is right, however the article is split.

What is wrong with single lines is noted, and the rest is used. DatasetError is raised where
nothing could be measured: a file missing, no question judged, no judged article there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from indexer.errors import DatasetError, UnreadableArticle
from indexer.reading import formats
from indexer.reading.articles import MAX_ARTICLE_BYTES
from indexer.reading.formats import corpus
from indexer.reading.jsonl import identifier
from indexer.reading.opening import read_file
from search.evaluation.judged.reading import Note, Notes, reading, records
from search.evaluation.judged.trec import Judgement, Qrels, read_qrels

_LAYOUT = "a dataset is a folder with queries.jsonl, qrels/test.tsv and corpus.jsonl (or articles)"


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Where an article answers a query: ``text == article_text[start:end]``."""

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Judged questions, complete and consistent.

    ``queries`` holds the judged ones alone, id to text; ``qrels`` has the same keys. ``titles``
    and ``hashes`` (SHA-256 of the text, in hex, as hits carry it) are of the judged articles that
    are there. ``notes`` says what was left out of the files.
    """

    name: str
    queries: Mapping[str, str]
    qrels: Qrels
    answers: Mapping[str, tuple[AnswerSpan, ...]]
    titles: Mapping[str, str]
    hashes: Mapping[str, str]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Query:
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Article:
    title: str
    text: str


def read_dataset(folder: Path | str, split: str = "test") -> Dataset:
    """Read the dataset in ``folder`` with the judgements of ``qrels/<split>.tsv``.

    >>> dataset = read_dataset("seeds")
    >>> len(dataset.queries), sorted(dataset.qrels)
    """
    folder = Path(folder)
    judged_in, lines_of = folder / "qrels" / f"{split}.tsv", folder / "corpus.jsonl"
    for path in (folder, folder / "queries.jsonl", judged_in):
        if not path.exists():
            raise DatasetError(f"{path} does not exist: {_LAYOUT}")
    notes = Notes()
    queries = _queries(folder / "queries.jsonl", notes)
    judgements = read_qrels(judged_in, notes)
    wanted = {judgement.article for judgement in judgements}
    in_lines = lines_of.exists()
    articles = _corpus(lines_of, wanted, notes) if in_lines else _files(folder, wanted)
    place = "in corpus.jsonl" if in_lines else f"a text file in {folder}"
    qrels = _matched(judgements, judged_in, queries, articles, place, notes)
    for query, asked in queries.items():
        if query not in qrels:
            unjudged = "query {!r} has no judgement: it is not asked"
            notes.add(folder / "queries.jsonl", asked.line, unjudged, query)
    return Dataset(
        name=folder.resolve().name,
        queries={query: asked.text for query, asked in queries.items() if query in qrels},
        qrels=qrels,
        answers=_answers(folder / "answers.jsonl", qrels, articles, notes),
        titles={name: article.title for name, article in articles.items()},
        hashes={name: _sha256(article.text) for name, article in articles.items()},
        notes=notes.all(),
    )


def _queries(path: Path, notes: Notes) -> dict[str, _Query]:
    found: dict[str, _Query] = {}
    for number, record in records(path, notes, ("_id", "text")):
        query, text = identifier(record, "_id"), record.get("text")
        if query is None:
            notes.add(path, number, "no _id: the query is left out")
        elif not isinstance(text, str) or not text.strip():
            notes.add(path, number, "query {!r} has no text: it is left out", query)
        elif query in found:
            again = "query {!r} was given before, on line {}: that one stands"
            notes.add(path, number, again, query, found[query].line)
        else:
            found[query] = _Query(number, text)
    if not found:
        raise DatasetError(f"{path} holds no queries{notes.reasons(path)}")
    return found


def _corpus(path: Path, wanted: set[str], notes: Notes) -> dict[str, _Article]:
    """The wanted articles of a corpus, as ``locus index`` reads them."""

    def refuse(number: int, error: UnreadableArticle) -> None:
        notes.add(path, number, f"{error.kind}: the article is left out", *error.details)

    with reading(path):
        return {
            record.name: _Article(record.title or "", record.text)
            for _, record in corpus.records(path, MAX_ARTICLE_BYTES, refuse)
            if record.name in wanted
        }


def _files(folder: Path, wanted: set[str]) -> dict[str, _Article]:
    """The wanted articles that are files below a folder, as ``locus index`` reads them."""
    root = folder.resolve()
    found = {}
    for name in wanted:
        try:
            path = (root / name).resolve()
            if path.is_relative_to(root):
                data = read_file(path, MAX_ARTICLE_BYTES)
                found[name] = _Article(*formats.read(data, name))
        # An odd name, or a file that Locus does not read: an article nobody can index.
        except (OSError, ValueError, UnreadableArticle):
            continue
    return found


def _matched(
    judgements: list[Judgement],
    path: Path,
    queries: Mapping[str, _Query],
    articles: Mapping[str, _Article],
    place: str,
    notes: Notes,
) -> dict[str, dict[str, int]]:
    """The judgements of known queries. Unknown articles stay: they count as not found."""
    qrels: dict[str, dict[str, int]] = {}
    last = {judged.query: judged.line for judged in judgements}
    for judged in judgements:
        if judged.query not in queries:
            unknown = "query {!r} is not in queries.jsonl: it cannot be asked, and is left out"
            notes.add(path, judged.line, unknown, judged.query)
            continue
        if judged.article not in articles:
            absent = "article {!r} is not {}: it counts as not found"
            notes.add(path, judged.line, absent, judged.article, place)
        qrels.setdefault(judged.query, {})[judged.article] = judged.grade
        if judged.line == last[judged.query] and not any(qrels[judged.query].values()):
            nothing = "query {!r} has no relevant article: all its measures are 0"
            notes.add(path, judged.line, nothing, judged.query)
    if not qrels:
        raise DatasetError(f"{path} judges no query of queries.jsonl{notes.reasons(path)}")
    if not any(grade for grades in qrels.values() for grade in grades.values()):
        raise DatasetError(f"{path} judges no article relevant{notes.reasons(path)}")
    if not articles:
        raise DatasetError(f"{path} judges no article that is there{notes.reasons(path)}")
    return qrels


def _answers(
    path: Path, qrels: Qrels, articles: Mapping[str, _Article], notes: Notes
) -> dict[str, tuple[AnswerSpan, ...]]:
    found: dict[str, tuple[AnswerSpan, ...]] = {}
    if not path.exists():
        return found
    for number, record in records(path, notes, ("query_id", "doc_id", "text")):
        query, name = identifier(record, "query_id"), identifier(record, "doc_id")
        start, end = record.get("start"), record.get("end")
        if query is None or name is None or not _is_offset(start) or not _is_offset(end):
            expected = "no answer (query_id, doc_id, start and end): it is left out"
            notes.add(path, number, expected)
        elif query not in qrels:
            notes.add(path, number, "query {!r} is not judged: its answer is left out", query)
        elif name not in articles:
            notes.add(path, number, "article {!r} is not judged, or not there: left out", name)
        elif not 0 <= start < end <= len(articles[name].text):
            outside = "{}-{} is no span of article {!r}, of {} characters: left out"
            notes.add(path, number, outside, start, end, name, len(articles[name].text))
        elif (text := articles[name].text[start:end]) != record.get("text", text):
            other = "{}-{} of article {!r} is {!r}, and not the answer's text: left out"
            notes.add(path, number, other, start, end, name, text)
        else:
            found[query] = (*found.get(query, ()), AnswerSpan(name, start, end, text))
    return found


def _is_offset(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
