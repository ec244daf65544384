"""tantivy: build, update, open and search an index.

An index contains a passage's title and text as one field, ``body``, in words (see ``analysis``).
Scores are BM25 with k1 = 1.2 and b = 0.75. A question has no query syntax: its words are searched
for and punctuation is ignored. A quoted phrase also scores where a passage contains it exactly.

The field ``word`` has the same text, but its words are not stemmed: its dictionary is the
collection's vocabulary, from which ``spelling`` corrects words that no passage contains. It takes a
third more disk space and half as much time again as ``body`` alone, but not a byte or a moment when
an index is opened, and it follows every update. Version 1 of the analysis had no such field.

Several indexes can be opened as one: its segments are theirs. So the frequency of a word is that in
all of them, as is the mean length of a passage, and each score is what one index of all passages
would give. A passage has the number that ``indexer.storing.shards.numbering`` gives it.

A folder is written once. The next generation starts as hard links to the files of the previous one,
which tantivy never changes in place. So an update costs only what it adds, and readers of the older
folder are not affected.
"""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Self

import numpy as np
import tantivy

from indexer import durable
from indexer.arrays import Ids, Scores
from indexer.deriving.analysis import Analyzer, lower_casing, without_spaceless
from indexer.deriving.asked_words import AskedWords
from indexer.deriving.segments import LOCKS, Segments
from indexer.durable import sync_folder
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex, IndexFolderError
from indexer.storing.digests import digest_of, digest_of_update, matches
from indexer.storing.shards.numbering import Numbering

_ANALYZER = "locus"
_UNSTEMMED = "locus-unstemmed"
_HEAP_BYTES = 64_000_000
_MOST_WORDS = 2_000_000
_RECENT_TEXTS = 64
_RECENT_WORDS = 2**14


def _schema(analyzer: Analyzer) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name=_ANALYZER, index_option="position")
    if analyzer.version > 1:
        builder.add_text_field("word", tokenizer_name=_UNSTEMMED, index_option="basic")
    return builder.build()


class LexicalIndex:
    """An inverted index of passages, open for searching."""

    def __init__(
        self, index: tantivy.Index, analyzer: Analyzer, segments: Segments | None = None
    ) -> None:
        """Wrap a tantivy index; use ``load``, ``load_together`` or ``in_memory``."""
        self._analyzer = analyzer
        self._segments = segments
        index.reload()
        self._searcher = index.searcher()
        self._count: int = self._searcher.num_docs
        # A question's words are asked for several times, and most are in many questions.
        self._words = lru_cache(_RECENT_TEXTS)(analyzer.words)
        self._frequency = lru_cache(_RECENT_WORDS)(partial(self._searcher.doc_freq, "body"))
        self._asked = AskedWords(_schema(analyzer), analyzer, self._count, self._frequency)

    @classmethod
    def load(cls, folder: Path, digest: str, analyzer: Analyzer) -> Self:
        """Open a written index; raises DamagedIndex if it cannot be read or ``digest`` differs."""
        try:
            if not matches(folder, digest):
                raise DamagedIndex(folder, CHECKSUM_MISMATCH)
            with _lockable(folder) as place:
                index = tantivy.Index.open(str(place))
                return cls(_registered(index, analyzer), analyzer)
        except (OSError, ValueError) as error:
            raise DamagedIndex(folder, f"cannot read it: {error}") from error

    @classmethod
    def load_together(
        cls, written: Mapping[int, tuple[Path, str]], numbering: Numbering, analyzer: Analyzer
    ) -> Self:
        """Open the folders of several shards, by their numbers, with their digests, as one index.

        Raises DamagedIndex if one cannot be read or its digest differs.
        """
        for folder, digest in written.values():
            if not _is_whole(folder, digest):
                raise DamagedIndex(folder, CHECKSUM_MISMATCH)
        folders = {shard: folder for shard, (folder, _) in written.items()}
        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
                segments = Segments.linked(folders, Path(scratch), numbering)
                index = tantivy.Index.open(scratch)
                return cls(_registered(index, analyzer), analyzer, segments)
        except (OSError, ValueError) as error:
            first = next(iter(folders.values()))
            raise DamagedIndex(first, f"cannot read it: {error}") from error

    @classmethod
    def in_memory(cls, documents: Iterable[tuple[int, str]], analyzer: Analyzer) -> Self:
        """Index ``(passage id, title and text)`` in memory."""
        index = _registered(tantivy.Index(_schema(analyzer)), analyzer)
        _write(index, (), documents, analyzer)
        return cls(index, analyzer)

    def words_of(self, text: str) -> set[str]:
        """The words of a text, in the form in which this index stores them."""
        return set(self._words(text))

    def telling_words(self, text: str) -> list[str]:
        """The words of a text as they are written, in lower case, without stop words."""
        return self._analyzer.telling_words(text)

    @property
    def has_vocabulary(self) -> bool:
        """Whether its words are also stored as they are written."""
        return self._analyzer.version > 1

    def vocabulary(self) -> list[tuple[str, int]]:
        """The words of the collection as they are written, in lower case, and their frequencies.

        A frequency is the number of passages. Takes time proportional to the number of words: two
        milliseconds for the 27,000 of 5,000 abstracts. Empty in version 1 of the analysis.
        """
        if not self.has_vocabulary:
            return []
        return self._searcher.terms_with_prefix("word", "", limit=_MOST_WORDS)

    def ids(self) -> Ids:
        """The ids of its passages, ascending."""
        query, size = tantivy.Query.all_query(), max(1, self._count)
        addresses = [at for _, at in self._searcher.search(query, size, count=False).hits]
        return np.sort(self._ids_at(addresses))

    def _ids_at(self, addresses: list[tantivy.DocAddress]) -> Ids:
        """The ids of the passages at some addresses."""
        ids = np.array(self._searcher.fast_field_values("id", addresses), np.int64)
        if self._segments is None:
            return ids
        segments = np.fromiter((at.segment_ord for at in addresses), np.int64, len(addresses))
        return self._segments.numbers(ids, segments)

    def begins_word(self, start: str) -> bool:
        """Whether a word of the collection begins so; in lower case."""
        return bool(self._searcher.terms_with_prefix("word", start, limit=1))

    def frequency(self, term: str) -> int:
        """The number of passages that contain a word, in the form in which the index stores it."""
        return self._frequency(term)

    def rarity(self, term: str) -> float:
        """Inverse document frequency as in BM25: about 0 for a word that every passage contains."""
        having = self.frequency(term)
        return math.log(1 + (self._count - having + 0.5) / (having + 0.5))

    def search(
        self, question: str, k: int, *, allowed: Ids | None = None, without: Ids | None = None
    ) -> tuple[Scores, Ids]:
        """The ``k`` or fewer passages with the highest BM25 scores, best first.

        Returns scores and ids. Only ``allowed`` passages, if given, and none of those ``without``.
        """
        query, whole = self._asked.queries(question, self._words(question))
        limit = k if without is None else k + len(without)
        while True:
            hits = self._searcher.search(query, limit, count=False).hits
            if len(hits) < limit and query is not whole:
                query = whole
                continue
            ids = self._ids_at([address for _, address in hits])
            scores = np.array([score for score, _ in hits], np.float32)
            if allowed is not None:
                inside = np.isin(ids, allowed)
                ids, scores = ids[inside], scores[inside]
            if without is not None and len(without):
                outside = np.isin(ids, without, invert=True)
                ids, scores = ids[outside], scores[outside]
            if len(ids) >= k or len(hits) < limit:
                best = np.lexsort((ids, -scores))[:k]
                return scores[best], ids[best]
            limit *= 8


def _is_whole(folder: Path, digest: str) -> bool:
    try:
        return matches(folder, digest)
    except OSError as error:
        raise DamagedIndex(folder, f"cannot read it: {error}") from error


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Yield the folder, or a folder of links to its files if a reader's lock cannot be written.

    tantivy has opened all files that it needs by the end of the block.
    """
    if os.access(folder, os.W_OK):
        yield folder
        return
    # A thread of tantivy may notice that the links are gone, and create a lock at that moment.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        for path in folder.iterdir():
            if path.name not in LOCKS:
                (Path(scratch) / path.name).symlink_to(path.resolve())
        yield Path(scratch)


def write(
    folder: Path,
    documents: Iterable[tuple[int, str]],
    analyzer: Analyzer,
    *,
    previous: tuple[Path, str] | None = None,
    without: Collection[int] = (),
) -> str:
    """Write ``(passage id, title and text)`` to a new folder; returns the folder's digest.

    With ``previous``, a folder and its digest, the new folder starts with that folder's passages
    except those ``without``.
    Raises IndexFolderError.
    """
    shutil.rmtree(folder, ignore_errors=True)  # left over from a run that did not publish it
    try:
        folder.mkdir(parents=True)
        if previous is None:
            index = tantivy.Index(_schema(analyzer), path=str(folder))
        else:
            for path in previous[0].iterdir():
                if path.name not in LOCKS:
                    _link(path, folder / path.name)
            index = tantivy.Index.open(str(folder))
        durable.reached("lexical begun")
        _write(_registered(index, analyzer), without, documents, analyzer)
        durable.reached("lexical written")
        sync_folder(folder)
        sync_folder(folder.parent)
        return digest_of(folder) if previous is None else digest_of_update(folder, *previous)
    except (OSError, ValueError) as error:
        raise IndexFolderError(f"cannot write to {folder}: {error}") from error


def _write(
    index: tantivy.Index,
    without: Collection[int],
    documents: Iterable[tuple[int, str]],
    analyzer: Analyzer,
) -> None:
    writer = index.writer(_HEAP_BYTES, 1)
    for number in without:
        writer.delete_documents_by_term("id", number)
    for number, body in documents:
        document = tantivy.Document()
        document.add_integer("id", number)
        prepared = analyzer.prepared(body)
        document.add_text("body", prepared)
        if analyzer.version > 1:
            document.add_text("word", without_spaceless(prepared))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _registered(index: tantivy.Index, analyzer: Analyzer) -> tantivy.Index:
    index.register_tokenizer(_ANALYZER, analyzer.stemming)
    index.register_tokenizer(_UNSTEMMED, lower_casing())
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
