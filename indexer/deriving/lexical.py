"""tantivy: build, update, open and search an index. The only module to import tantivy.

An index contains a passage's title and text as one field, lower-cased, without accents and stemmed;
stop words are kept. Scores are BM25 with k1 = 1.2 and b = 0.75. A question has no query syntax: its
words are searched for and punctuation is ignored. A quoted phrase also scores where a passage
contains it exactly.

A folder is written once. The next generation starts as hard links to the files of the previous one,
which tantivy never changes in place. So an update costs only what it adds, and readers of the older
folder are not affected.
"""

import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import tantivy

from indexer import durable
from indexer.arrays import Ids, Scores
from indexer.durable import file_sha256, sync_folder
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex, IndexFolderError

_ANALYZER = "locus"
_QUOTED = re.compile(r'["“„«]([^"“”„«»]+)["”“»]')
_HEAP_BYTES = 64_000_000
_LONGEST_WORD = 80

UNSTEMMED = "none"
LANGUAGES = (
    *("arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian"),
    *("italian", "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "tamil"),
    *("turkish", UNSTEMMED),
)
"""Languages with a stemmer, and ``none`` for no stemming."""
_LOCKS = (".tantivy-meta.lock", ".tantivy-writer.lock")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name=_ANALYZER, index_option="position")
    return builder.build()


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )
    if language != UNSTEMMED:
        builder = builder.filter(tantivy.Filter.stemmer(language))
    return builder.build()


def words_of(text: str, language: str) -> set[str]:
    """The words of a text as indexed: lower-cased, without accents, stemmed."""
    return set(_analyzer(language).analyze(text))


class LexicalIndex:
    """An inverted index of passages, open for searching."""

    def __init__(self, index: tantivy.Index, language: str) -> None:
        """Wrap a tantivy index; use ``load`` or ``in_memory``."""
        self._schema = _schema()
        self._language = language
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def load(cls, folder: Path, sha256: str, language: str) -> Self:
        """Open a written index; raises DamagedIndex if it cannot be read or ``sha256`` differs."""
        try:
            if folder_sha256(folder) != sha256:
                raise DamagedIndex(folder, CHECKSUM_MISMATCH)
            with _lockable(folder) as place:
                index = tantivy.Index.open(str(place))
                return cls(_registered(index, language), language)
        except (OSError, ValueError) as error:
            raise DamagedIndex(folder, f"cannot read it: {error}") from error

    @classmethod
    def in_memory(cls, documents: Iterable[tuple[int, str]], language: str) -> Self:
        """Index ``(passage id, title and text)`` in memory."""
        index = _registered(tantivy.Index(_schema()), language)
        _write(index, (), documents)
        return cls(index, language)

    def words_of(self, text: str) -> set[str]:
        """The words of a text, in the form in which this index stores them."""
        return words_of(text, self._language)

    def _parts(self, question: str) -> Iterator[tantivy.Query]:
        """A query for each word of a question, then one for each quoted phrase."""
        analyzer = _analyzer(self._language)
        for term in analyzer.analyze(question):
            yield tantivy.Query.term_query(self._schema, "body", term)
        for phrase in _QUOTED.findall(question):
            terms = analyzer.analyze(phrase)
            if len(terms) > 1:
                yield tantivy.Query.phrase_query(self._schema, "body", list(terms))

    def ids(self) -> Ids:
        """The ids of its passages, ascending."""
        query, size = tantivy.Query.all_query(), max(1, self._searcher.num_docs)
        addresses = [at for _, at in self._searcher.search(query, size, count=False).hits]
        return np.sort(np.array(self._searcher.fast_field_values("id", addresses), np.int64))

    def rarity(self, term: str) -> float:
        """Inverse document frequency as in BM25: about 0 for a word that every passage contains."""
        having = self._searcher.doc_freq("body", term)
        return math.log(1 + (self._searcher.num_docs - having + 0.5) / (having + 0.5))

    def search(self, question: str, k: int, *, allowed: Ids | None = None) -> tuple[Scores, Ids]:
        """The ``k`` or fewer passages with the highest BM25 scores, best first.

        Returns scores and ids. Only ``allowed`` passages, if given.
        """
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, part) for part in self._parts(question)]
        )
        limit = k
        while True:
            hits = self._searcher.search(query, limit, count=False).hits
            addresses = [address for _, address in hits]
            ids = np.array(self._searcher.fast_field_values("id", addresses), np.int64)
            scores = np.array([score for score, _ in hits], np.float32)
            if allowed is not None:
                inside = np.isin(ids, allowed)
                ids, scores = ids[inside], scores[inside]
            if len(ids) >= k or len(hits) < limit:
                best = np.lexsort((ids, -scores))[:k]
                return scores[best], ids[best]
            limit *= 8


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Yield the folder, or a folder of links to its files if a reader's lock cannot be written.

    tantivy has opened all files that it needs by the end of the block.
    """
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        for path in folder.iterdir():
            if path.name not in _LOCKS:
                (Path(scratch) / path.name).symlink_to(path.resolve())
        yield Path(scratch)


def write(
    folder: Path,
    documents: Iterable[tuple[int, str]],
    language: str,
    *,
    previous: Path | None = None,
    without: Collection[int] = (),
) -> str:
    """Write ``(passage id, title and text)`` to a new folder; returns the folder's hash.

    With ``previous``, the new folder starts with that folder's passages except those ``without``.
    Raises IndexFolderError.
    """
    shutil.rmtree(folder, ignore_errors=True)  # left over from a run that did not publish it
    try:
        folder.mkdir(parents=True)
        if previous is None:
            index = tantivy.Index(_schema(), path=str(folder))
        else:
            for path in previous.iterdir():
                if path.name not in _LOCKS:
                    _link(path, folder / path.name)
            index = tantivy.Index.open(str(folder))
        durable.reached("lexical begun")
        _write(_registered(index, language), without, documents)
        durable.reached("lexical written")
        sync_folder(folder)
        sync_folder(folder.parent)
        return folder_sha256(folder)
    except (OSError, ValueError) as error:
        raise IndexFolderError(f"cannot write to {folder}: {error}") from error


def _write(
    index: tantivy.Index, without: Collection[int], documents: Iterable[tuple[int, str]]
) -> None:
    writer = index.writer(_HEAP_BYTES, 1)
    for number in without:
        writer.delete_documents_by_term("id", number)
    for number, body in documents:
        document = tantivy.Document()
        document.add_integer("id", number)
        document.add_text("body", body)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _registered(index: tantivy.Index, language: str) -> tantivy.Index:
    index.register_tokenizer(_ANALYZER, _analyzer(language))
    return index


def _link(path: Path, target: Path) -> None:
    """Hard-link a file; copy it if tantivy overwrites it or if linking fails."""
    if path.suffix != ".json":
        try:
            os.link(path, target)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(path, target)


def dead(folder: Path) -> int:
    """How many deleted passages still count in the word statistics of an index."""
    segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)


def folder_sha256(folder: Path) -> str:
    """SHA-256 over the names and hashes of an index folder's files."""
    files = sorted(path for path in folder.iterdir() if path.name not in _LOCKS)
    lines = [f"{path.name} {file_sha256(path)}\n" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
