"""A dataset in BEIR's layout: questions, and the articles that answer them.

::

    DATASET/
      queries.jsonl      {"_id": ..., "text": ...}, one question per line
      qrels/test.tsv     a header, then query-id, corpus-id and score, separated by tabs;
                         a score of 0 means irrelevant
      corpus.jsonl       {"_id": ..., "title": ..., "text": ...}, one article per line
      answers.jsonl      optional: {"query_id": ..., "doc_id": ..., "start": ..., "end": ...}

Without ``corpus.jsonl`` the articles are files in the folder. A corpus-id is then the path of a
file relative to the folder, the name that ``locus index DATASET`` gives it. An answer is a span of
the article's text in characters. A passage is right if it contains the whole span, so an answer
does not depend on how articles are split.

A faulty line is noted and skipped; the rest is used. DatasetError is raised if nothing can be
measured: a file is missing, no question has judgements, or no judged article exists.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from indexer.errors import DatasetError, UnreadableArticle
from indexer.reading.articles import MAX_ARTICLE_BYTES
from indexer.reading.formats import corpus
from indexer.reading.jsonl import identifier
from indexer.reading.named import read_named
from search.evaluation.judged.reading import Note, Notes, reading, records
from search.evaluation.judged.trec import Judgement, Qrels, read_qrels

SPLIT = "test"
"""The judgements that are used if no others are named: those in ``qrels/test.tsv``."""
_LAYOUT = (
    "A dataset folder has queries.jsonl, qrels/test.tsv, and corpus.jsonl or the article files"
    ' (see "Measure it yourself" in the README)'
)


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The part of an article that answers a query: ``text == article_text[start:end]``.

    >>> dataset.answers["q1"][0]
    AnswerSpan(article='sea.md', start=0, end=6, text='Rivers')
    """

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Judged questions, complete and consistent.

    ``queries`` maps the id of each judged query to its text; ``qrels`` has the same keys.
    ``titles`` and ``hashes`` (SHA-256 of the text in hex, the same as in hits) cover the judged
    articles that exist. ``notes`` lists what was wrong in the files.

    >>> dataset = read_dataset(Path("seeds"))
    >>> dataset.queries["q59"], dataset.qrels["q59"]
    ('Who devised RSA?', {'public-key-cryptography.md': 2})
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


def read_dataset(folder: Path | str, split: str = SPLIT) -> Dataset:
    """Read the dataset in ``folder`` with the judgements in ``qrels/<split>.tsv``.

    Raises DatasetError if nothing can be measured with it.

    >>> dataset = read_dataset("seeds")
    >>> len(dataset.queries), sorted(dataset.qrels)
    """
    folder = Path(folder)
    judged_in, lines_of = folder / "qrels" / f"{split}.tsv", folder / "corpus.jsonl"
    if not folder.exists():
        raise DatasetError(f"{folder} does not exist. {_LAYOUT}")
    for path in (folder / "queries.jsonl", judged_in):
        if not path.exists():
            raise _missing(path, folder)
    if not lines_of.exists() and _compressed(lines_of).exists():
        raise _missing(lines_of, folder)
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
            unjudged = "query {!r} has no judgements and is skipped"
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


def _compressed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _missing(path: Path, folder: Path) -> DatasetError:
    """The error for a file that a dataset lacks, with what there is instead."""
    name = path.relative_to(folder)
    if _compressed(path).exists():
        packed = _compressed(path)
        return DatasetError(f"{packed} is compressed. Unpack it first: gunzip --keep {packed}")
    splits = sorted(it.stem for it in path.parent.glob("*.tsv")) if path.suffix == ".tsv" else []
    if splits:
        others = ", ".join(splits)
        return DatasetError(f"{folder} has no {name}. Choose with --split from: {others}")
    return DatasetError(f"{folder} is not a dataset: {name} is missing. {_LAYOUT}")


def _queries(path: Path, notes: Notes) -> dict[str, _Query]:
    found: dict[str, _Query] = {}
    for number, record in records(path, notes, ("_id", "text")):
        query, text = identifier(record, "_id"), record.get("text")
        if query is None:
            notes.add(path, number, "missing _id; query skipped")
        elif not isinstance(text, str) or not text.strip():
            notes.add(path, number, "query {!r} has no text; skipped", query)
        elif query in found:
            again = "duplicate query {!r} ignored (the first one, on line {}, is used)"
            notes.add(path, number, again, query, found[query].line)
        else:
            found[query] = _Query(number, text)
    if not found:
        raise DatasetError(f"{path} contains no queries{notes.reasons(path)}")
    return found


def _corpus(path: Path, wanted: set[str], notes: Notes) -> dict[str, _Article]:
    """The judged articles in a corpus, read as ``locus index`` reads them."""

    def refuse(number: int, error: UnreadableArticle) -> None:
        notes.add(path, number, f"{error.kind}; article skipped", *error.details)

    with reading(path):
        return {
            record.name: _Article(record.title or "", record.text)
            for _, record in corpus.records(path, MAX_ARTICLE_BYTES, refuse)
            if record.name in wanted
        }


def _files(folder: Path, wanted: set[str]) -> dict[str, _Article]:
    """The judged articles that are files in a folder, read as ``locus index`` reads them."""
    return {it.name: _Article(it.title, it.text) for it in read_named(folder, wanted)}


def _matched(
    judgements: list[Judgement],
    path: Path,
    queries: Mapping[str, _Query],
    articles: Mapping[str, _Article],
    place: str,
    notes: Notes,
) -> dict[str, dict[str, int]]:
    """The judgements of known queries. Unknown articles are kept and count as not found."""
    qrels: dict[str, dict[str, int]] = {}
    last = {judged.query: judged.line for judged in judgements}
    for judged in judgements:
        if judged.query not in queries:
            unknown = "query {!r} is judged but not in queries.jsonl; skipped"
            notes.add(path, judged.line, unknown, judged.query)
            continue
        if judged.article not in articles:
            absent = "article {!r} is judged but not {}; counted as not found"
            notes.add(path, judged.line, absent, judged.article, place)
        qrels.setdefault(judged.query, {})[judged.article] = judged.grade
        if judged.line == last[judged.query] and not any(qrels[judged.query].values()):
            nothing = "query {!r} has no relevant article, so all its scores are 0"
            notes.add(path, judged.line, nothing, judged.query)
    if not qrels:
        raise DatasetError(
            f"{path} has no judgement for any query in queries.jsonl (do the ids match?)"
            f"{notes.reasons(path)}"
        )
    if not any(grade for grades in qrels.values() for grade in grades.values()):
        raise DatasetError(
            f"{path} marks no article as relevant, so every score would be 0{notes.reasons(path)}"
        )
    if not articles:
        raise DatasetError(
            f"{path}: none of the judged articles exist in this dataset (do the ids match?)"
            f"{notes.reasons(path)}"
        )
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
            expected = "not an answer (needs query_id, doc_id, start and end); line skipped"
            notes.add(path, number, expected)
        elif query not in qrels:
            notes.add(path, number, "query {!r} is not judged; answer skipped", query)
        elif name not in articles:
            notes.add(
                path, number, "article {!r} is not judged or does not exist; answer skipped", name
            )
        elif not 0 <= start < end <= len(articles[name].text):
            outside = "answer {}-{} is empty or outside article {!r} ({} characters); skipped"
            notes.add(path, number, outside, start, end, name, len(articles[name].text))
        elif (text := articles[name].text[start:end]) != record.get("text", text):
            other = "answer skipped: article {!r} has {!r} at {}-{}, not the given answer text"
            notes.add(path, number, other, name, text, start, end)
        else:
            found[query] = (*found.get(query, ()), AnswerSpan(name, start, end, text))
    return found


def _is_offset(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
