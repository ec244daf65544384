"""Write the questions of a log as a dataset in BEIR's layout.

``queries.jsonl`` has each different question once, with the dates on which it was asked as
``metadata``. What was opened is written only on request, as ``qrels/opened.tsv``: a split of its
own, because an opened hit is no judgement. It names articles, so ``corpus.jsonl`` then has those
articles, as the index has them now.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import DatasetError
from indexer.storing.catalog import ArticleText, Catalog, open_catalog
from search.logged.reading import KeptQuestion

OPENED = "opened"
"""The split with what was opened: ``qrels/opened.tsv``."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many different questions, openings and articles were written.

    ``missing`` is the number of opened articles that the index does not have any more.
    """

    queries: int
    openings: int
    articles: int
    missing: int


def export(folder: Path, questions: Sequence[KeptQuestion], index: Path | None = None) -> Exported:
    """Write ``questions`` into a new folder; with an ``index``, write what was opened in it too.

    Raises DatasetError if there is no question, or the folder exists and is not empty, or cannot be
    written, and IndexFolderError if the index cannot be read.
    """
    if not questions:
        raise DatasetError("no question to export")
    asked: dict[str, list[KeptQuestion]] = {}
    for kept in questions:
        asked.setdefault(kept.question.query, []).append(kept)
    with _writing(folder):
        if folder.exists() and any(folder.iterdir()):
            raise DatasetError(f"{folder} already exists and is not empty. Name a new folder")
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "queries.jsonl", map(_query, asked.values()))
        if index is None:
            return Exported(len(asked), 0, 0, 0)
        with open_catalog(index) as catalog:
            return _export_opened(folder, asked, catalog)


def _export_opened(
    folder: Path, asked: Mapping[str, Sequence[KeptQuestion]], catalog: Catalog
) -> Exported:
    opened = {
        its[0].question.id: {
            (opening.passage.article, opening.passage.source): None
            for kept in its
            for opening in kept.openings
        }
        for its in asked.values()
    }
    articles: dict[str, ArticleText] = {}
    missing = set()
    rows = ["query-id\tcorpus-id\tscore"]
    for query, passages in opened.items():
        for name, source in passages:
            if "\t" in name or "\n" in name:
                missing.add(name)
                continue
            found = catalog.named(name, [] if source is None else [source])
            if not found:
                missing.add(name)
                continue
            articles.setdefault(name, found[0])
            rows.append(f"{query}\t{name}\t1")
    if len(rows) == 1:
        raise DatasetError("nothing that was opened is in the index, so there are no qrels")
    (folder / "qrels").mkdir()
    _write(folder / "qrels" / f"{OPENED}.tsv", rows)
    _write(folder / "corpus.jsonl", map(_article, articles.values()))
    return Exported(len(asked), len(rows) - 1, len(articles), len(missing))


def _query(asked: Sequence[KeptQuestion]) -> str:
    first, last = asked[0].question, asked[-1].question
    times = {
        "asked": len(asked),
        "first": first.time.isoformat(timespec="seconds"),
        "last": last.time.isoformat(timespec="seconds"),
    }
    return json.dumps({"_id": first.id, "text": first.query, "metadata": times}, ensure_ascii=False)


def _article(article: ArticleText) -> str:
    record = {"_id": article.article, "title": article.title, "text": article.text}
    return json.dumps(record, ensure_ascii=False)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DatasetError(f"cannot write {error.filename or folder}: {reason}") from None
