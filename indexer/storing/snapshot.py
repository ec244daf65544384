"""One generation of an index as a reader sees it: passages, vectors, words, each checked."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.encoding.encoder import Ids, Vectors
from indexer.errors import DamagedIndex
from indexer.storing import schema
from indexer.storing.checksums import passage_checksum, vector_checksum
from indexer.storing.database import Connection, Cursor, damaged

_FETCH = 4096
_FLOAT16 = 2  # bytes
_SPAN = 8  # bytes


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with what a reader wants to know of its article.

    ``words`` are those of the title and of each sentence, packed (see ``evidence``).
    """

    id: int
    article_id: int
    source: str
    article: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    packed_sentences: bytes
    words: bytes | None

    @property
    def sentence_count(self) -> int:
        return len(self.packed_sentences) // _SPAN

    @property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Each sentence's start and end, in the article's characters."""
        return unpack_sentences(self.packed_sentences, self.start)


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it was indexed, and where its passages stand in its text, in order."""

    source: str
    name: str
    title: str
    sha256: str
    text: str
    passages: tuple[tuple[int, int], ...]


class Snapshot:
    """One generation of an index, seen through one transaction.

    What is read is compared with its checksum; DamagedIndex is raised where they differ.
    """

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        generation: int,
        dimension: int,
        version: int = schema.FORMAT,
    ) -> None:
        """``version`` is the format of the tables."""
        self._connection = connection
        self._folder = folder
        self._generation = generation
        self.dimension = dimension
        self._version = version

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that this generation shows, by id."""
        rows = self._rows(
            "SELECT passages.id, article, sources.path, articles.name, title, sha256, start, end,"
            f" passages.text, sentences, key, {self._since_2('words')},"
            f" {self._since_2('passages.checksum')}"
            " FROM passages JOIN articles ON articles.id = article"
            " JOIN sources ON sources.id = source"
            f" WHERE passages.id IN (SELECT value FROM json_each(:ids)) AND {schema.VISIBLE}",
            ids=json.dumps([int(number) for number in ids]),
        )
        return {row[0]: self._passage(*row) for row in rows}

    def _passage(
        self,
        number: int,
        article: int,
        source: str,
        name: str,
        title: str,
        sha256: str,
        start: int,
        end: int,
        text: str,
        packed: bytes,
        key: bytes,
        words: bytes | None,
        checksum: int | None,
    ) -> StoredPassage:
        its = source, name, title, sha256
        found = passage_checksum(its, (start, end), text, packed, key, words)
        if checksum not in {None, found}:
            raise self.damaged(f"passage {number}, of {name!r}, is not what was written")
        return StoredPassage(number, article, *its, start, end, text, packed, words)

    def parts(self, ids: Sequence[int]) -> dict[int, bytes | None]:
        """The sentence vectors of passages, packed (see ``evidence``), by id."""
        rows = self._rows(
            f"SELECT passage, vector, {self._since_2('parts')},"
            f" {self._since_2('checksum')} FROM vectors"
            " WHERE passage IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps([int(number) for number in ids]),
        )
        found = {}
        for number, vector, parts, checksum in rows:
            if not self._fits(number, vector, parts, checksum):
                raise self.damaged(f"the vector of passage {number} is not its own")
            found[number] = parts
        return found

    def named(self, name: str, source: str | None = None) -> list[StoredArticle]:
        """The articles of this name, in the order of their sources: one of each that has it."""
        rows = self._rows(
            "SELECT articles.id, path, name, title, sha256, articles.text"
            " FROM articles JOIN sources ON sources.id = source"
            f" WHERE name = :name AND (:source IS NULL OR path = :source) AND {schema.VISIBLE}"
            " ORDER BY path",
            name=name,
            source=source,
        ).fetchall()
        return [self._article(*row) for row in rows]

    def _article(
        self, number: int, source: str, name: str, title: str, sha256: str, text: str
    ) -> StoredArticle:
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise self.damaged(f"the text of {name!r} is not what was written")
        spans = self._rows(
            "SELECT start, end FROM passages WHERE article = :article ORDER BY start",
            article=number,
        )
        return StoredArticle(source, name, title, sha256, text, tuple(spans.fetchall()))

    def staged(self) -> int | None:
        """How many articles a further generation has so far; None if none is begun."""
        begun = self._rows("SELECT 1 FROM generations WHERE published IS NULL").fetchone()
        if begun is None:
            return None
        row = self._rows(
            "SELECT count(*) FROM articles WHERE born > :generation AND died IS NULL"
        ).fetchone()
        return int(row[0])

    def articles(self) -> Iterator[tuple[str, str, str, list[int]]]:
        """Name, text, SHA-256 and the passages' ids of every article, in the order of names."""
        rows = self._rows(
            "SELECT name, text, sha256, (SELECT json_group_array(passages.id) FROM passages"
            f" WHERE article = articles.id) FROM articles WHERE {schema.VISIBLE} ORDER BY name"
        )
        return ((name, text, sha256, json.loads(ids)) for name, text, sha256, ids in rows)

    def wrong_vectors(self) -> list[int]:
        """The passages whose vector is missing or not the one that was written."""
        rows = self._rows(
            f"SELECT passages.id, vector, {self._since_2('parts')},"
            f" {self._since_2('vectors.checksum')} FROM passages"
            " JOIN articles ON articles.id = article"
            f" LEFT JOIN vectors ON passage = passages.id WHERE {schema.VISIBLE}"
        )
        return [row[0] for row in rows if not self._fits(*row)]

    def flaws(self) -> list[str]:
        """What SQLite finds wrong with its own pages and references."""
        found = [row[0] for row in self._rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
        orphans = self._rows("PRAGMA foreign_key_check").fetchall()
        return [
            *found,
            *(f"a row of {table} belongs to none of {to}" for table, _, to, _ in orphans),
        ]

    def passages_of(self, article: str) -> list[int]:
        """The passages of the articles of that name."""
        rows = self._rows(
            "SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            f" WHERE name = :name AND {schema.VISIBLE} ORDER BY 1",
            name=article,
        )
        return [row[0] for row in rows]

    def under(self, pattern: str) -> Ids:
        """Passages of the articles that ``pattern`` names: a folder, an article or a glob.

        It is relative to a source, as articles are named, or begins with the name of a source's
        folder, or is an absolute path; the first of these that names an article counts. ``.`` is
        every article. Empty if it names none.
        """
        given = pattern.rstrip("/")
        bare = re.sub(r"^(\./+)+", "", given)
        ways = [("name", given)]
        if pattern.startswith("/"):
            ways.append(("path || '/' || name", given))
        elif bare == ".":
            ways.append(("'./' || name", bare))
        else:
            # Of a source's path, rtrim leaves what stands before the name of its folder.
            folder = "substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)"
            ways += [("name", bare), (f"{folder} || '/' || name", bare)]
        found = np.empty(0, np.int64)
        for place, name in dict.fromkeys(ways):
            rows = self._rows(
                "SELECT passages.id FROM articles LEFT JOIN sources ON sources.id = source"
                f" JOIN passages ON article = articles.id WHERE {schema.VISIBLE}"
                f" AND ({place} = :name OR {place} GLOB :name"
                f" OR substr({place}, 1, length(:name) + 1) = :name || '/') ORDER BY 1",
                name=name,
            )
            found = _ids(rows)
            if len(found):
                break
        return found

    def dead(self, through: int, since: int = 0) -> Ids:
        """Passages up to id ``through`` whose article has died, after generation ``since``."""
        rows = self._rows(
            "SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            " WHERE died IS NOT NULL AND died > :since AND died <= :generation"
            " AND passages.id <= :through ORDER BY 1",
            through=through,
            since=since,
        )
        return _ids(rows)

    def vectors(self, after: int = 0) -> Iterator[tuple[Ids, Vectors]]:
        """Ids and vectors of the passages past id ``after``, in the order of ids, in blocks."""
        rows = self._rows(
            f"SELECT vectors.passage, vector, {self._since_2('parts')},"
            f" {self._since_2('vectors.checksum')} FROM vectors"
            " JOIN passages ON passages.id = vectors.passage"
            " JOIN articles ON articles.id = article"
            f" WHERE vectors.passage > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        while block := rows.fetchmany(_FETCH):
            for row in block:
                if not self._fits(*row):
                    raise self.damaged(f"the vector of passage {row[0]} is not its own")
            ids = np.fromiter((row[0] for row in block), np.int64, len(block))
            packed = np.frombuffer(b"".join(row[1] for row in block), "<f2")
            yield ids, packed.astype(np.float32).reshape(len(block), self.dimension)

    def _fits(
        self, passage: int, vector: bytes | None, parts: bytes | None, checksum: int | None
    ) -> bool:
        """Whether vectors are those that were written for a passage."""
        if vector is None or len(vector) != self.dimension * _FLOAT16:
            return False
        return checksum in {None, vector_checksum(passage, vector, parts)}

    def documents(self, after: int = 0) -> Iterator[tuple[int, str]]:
        """Id, and title and text, of the passages past id ``after``, for the lexical index."""
        rows = self._rows(
            "SELECT passages.id, title, passages.text FROM passages"
            " JOIN articles ON articles.id = article"
            f" WHERE passages.id > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        return ((number, f"{title}\n{text}") for number, title, text in rows)

    def drift(self, through: int) -> tuple[int, int]:
        """How many passages live past id ``through``, and how many up to it have died."""
        newer = self._rows(
            "SELECT count(*) FROM passages JOIN articles ON articles.id = article"
            f" WHERE passages.id > :through AND {schema.VISIBLE}",
            through=through,
        ).fetchone()
        return int(newer[0]), len(self.dead(through))

    def extent(self) -> tuple[int, int]:
        """How many passages there are, and the highest id; 0 and 0 if there are none."""
        row = self._rows(
            "SELECT count(*), coalesce(max(passages.id), 0) FROM passages"
            f" JOIN articles ON articles.id = article WHERE {schema.VISIBLE}"
        ).fetchone()
        return int(row[0]), int(row[1])

    def article_names(self) -> list[str]:
        """The name of each article, in order; one that two sources have comes twice."""
        rows = self._rows(f"SELECT name FROM articles WHERE {schema.VISIBLE} ORDER BY name")
        return [name for (name,) in rows]

    def article_hashes(self) -> set[tuple[str, str]]:
        """Each article's name with the SHA-256 of its text."""
        return set(self._rows(f"SELECT name, sha256 FROM articles WHERE {schema.VISIBLE}"))

    def sources(self) -> list[tuple[str, int]]:
        """Each remembered source's path, and how many articles it shows."""
        remembered = "NOT forgotten" if self._version > 1 else "TRUE"
        return self._rows(
            "SELECT path, count(articles.id) FROM sources LEFT JOIN articles"
            f" ON source = sources.id AND {schema.VISIBLE} WHERE {remembered}"
            " GROUP BY sources.id ORDER BY path"
        ).fetchall()

    def damaged(self, reason: str) -> DamagedIndex:
        """The error of an index whose parts do not fit."""
        return damaged(self._folder, reason)

    def _since_2(self, column: str) -> str:
        """A column that format 1 did not have: nothing there."""
        return column if self._version > 1 else "NULL"

    def _rows(self, sql: str, **values: object) -> Cursor:
        return self._connection.execute(sql, {"generation": self._generation, **values})


def pack_sentences(sentences: Sequence[tuple[int, int]], start: int) -> bytes:
    """Sentence spans as the store keeps them: relative to the passage, uint32 pairs."""
    return (np.array(sentences, np.int64) - start).astype("<u4").tobytes()


def unpack_sentences(packed: bytes, start: int) -> tuple[tuple[int, int], ...]:
    """The inverse of ``pack_sentences``."""
    spans = np.frombuffer(packed, "<u4").astype(np.int64).reshape(-1, 2) + start
    return tuple((int(first), int(last)) for first, last in spans)


def _ids(rows: Cursor) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64)
