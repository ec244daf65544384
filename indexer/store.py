"""Reading the truth on disk: one generation at a time, and never half of one.

The tables are described in ``schema``; ``staging`` writes them.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np

from indexer import schema
from indexer.checksums import generation_checksum, passage_checksum, vector_checksum
from indexer.database import (
    Connection,
    Cursor,
    damaged,
    database_errors,
    format_of,
    open_for_reading,
)
from indexer.encoder import EncoderIdentity, Ids, Vectors
from indexer.errors import DamagedIndex, NotAnIndex
from indexer.types import Splitting

_FETCH = 4096
_FLOAT16 = 2  # bytes


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived file: its name in the index folder, the hash it must have, what it covers."""

    name: str
    sha256: str
    generation: int
    through: int
    passages: int


@dataclass(frozen=True, slots=True)
class State:
    """What a published generation consists of."""

    generation: int
    published: str
    encoder: EncoderIdentity
    splitting: Splitting
    articles: int
    passages: int
    vectors: Derived | None
    lexical: Derived | None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with what a reader wants to know of its article."""

    id: int
    source: str
    article: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]


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
            "SELECT passages.id, sources.path, articles.name, title, sha256, start, end,"
            f" passages.text, sentences, key, {self._checksum('passages')}"
            " FROM passages JOIN articles ON articles.id = article"
            " JOIN sources ON sources.id = source"
            f" WHERE passages.id IN (SELECT value FROM json_each(:ids)) AND {schema.VISIBLE}",
            ids=json.dumps([int(number) for number in ids]),
        )
        return {row[0]: self._passage(*row) for row in rows}

    def _passage(
        self,
        number: int,
        source: str,
        name: str,
        title: str,
        sha256: str,
        start: int,
        end: int,
        text: str,
        packed: bytes,
        key: bytes,
        checksum: int | None,
    ) -> StoredPassage:
        found = passage_checksum((source, name, title, sha256), (start, end), text, packed, key)
        if checksum not in {None, found}:
            raise self.damaged(f"passage {number}, of {name!r}, is not what was written")
        sentences = unpack_sentences(packed, start)
        return StoredPassage(number, source, name, title, sha256, start, end, text, sentences)

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
            f"SELECT passages.id, vector, {self._checksum('vectors')} FROM passages"
            " JOIN articles ON articles.id = article"
            f" LEFT JOIN vectors ON passage = passages.id WHERE {schema.VISIBLE}"
        )
        return [
            number for number, vector, checksum in rows if not self._fits(number, vector, checksum)
        ]

    def flaws(self) -> list[str]:
        """What SQLite finds wrong with its own pages and references."""
        found = [row[0] for row in self._rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
        orphans = self._rows("PRAGMA foreign_key_check").fetchall()
        return [
            *found,
            *(f"a row of {table} belongs to none of {to}" for table, _, to, _ in orphans),
        ]

    def under(self, pattern: str) -> Ids:
        """Passages of articles in the folder ``pattern``, or whose name matches it as a glob."""
        rows = self._rows(
            f"SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            f" WHERE {schema.VISIBLE} AND (name = :name OR name GLOB :name"
            f" OR substr(name, 1, length(:name) + 1) = :name || '/') ORDER BY 1",
            name=pattern.rstrip("/"),
        )
        return _ids(rows)

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
            f"SELECT vectors.passage, vector, {self._checksum('vectors')} FROM vectors"
            " JOIN passages ON passages.id = vectors.passage"
            " JOIN articles ON articles.id = article"
            f" WHERE vectors.passage > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        while block := rows.fetchmany(_FETCH):
            for number, vector, checksum in block:
                if not self._fits(number, vector, checksum):
                    raise self.damaged(f"the vector of passage {number} is not its own")
            ids = np.fromiter((row[0] for row in block), np.int64, len(block))
            packed = np.frombuffer(b"".join(row[1] for row in block), "<f2")
            yield ids, packed.astype(np.float32).reshape(len(block), self.dimension)

    def _fits(self, passage: int, vector: bytes | None, checksum: int | None) -> bool:
        """Whether a vector is the one that was written for a passage."""
        if vector is None or len(vector) != self.dimension * _FLOAT16:
            return False
        return checksum in {None, vector_checksum(passage, vector)}

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

    def _checksum(self, table: str) -> str:
        """The column that holds a table's checksums; format 1 had none."""
        return f"{table}.checksum" if self._version > 1 else "NULL"

    def _rows(self, sql: str, **values: object) -> Cursor:
        return self._connection.execute(sql, {"generation": self._generation, **values})


class Store:
    """An index folder, opened for reading. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``; raises NotAnIndex, VersionMismatch or DamagedIndex."""
        self.folder = folder
        self._lock = RLock()
        with database_errors(folder):
            self._connection = open_for_reading(folder)
            try:
                self.version = format_of(self._connection, folder)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The published generation, unchanging for as long as the block lasts."""
        with self._lock, database_errors(self.folder):
            self._connection.execute("BEGIN")
            try:
                state = read_state(self._connection, self.folder, self.version)
                if state is None:
                    raise NotAnIndex(
                        f"{self.folder} holds no finished index yet:"
                        f" `locus index --index {self.folder}` goes on with it"
                    )
                dimension = state.encoder.dimension
                yield (
                    state,
                    Snapshot(
                        self._connection, self.folder, state.generation, dimension, self.version
                    ),
                )
            finally:
                self._connection.execute("ROLLBACK")


def read_state(connection: Connection, folder: Path, version: int = schema.FORMAT) -> State | None:
    """The newest published generation; None before the first."""
    facts = "number, published, encoder, splitting, articles, passages"
    row = connection.execute(
        f"SELECT {facts}, {'checksum' if version > 1 else 'NULL'} FROM generations"
        " WHERE published IS NOT NULL ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, published, encoder, splitting, articles, passages, checksum = row
    if checksum not in {None, generation_checksum(*row[:-1])}:
        raise damaged(folder, f"generation {number} is not what was published")
    rows = connection.execute(
        "SELECT kind, name, sha256, generation, through, passages FROM derived"
    )
    derived = {kind: Derived(*facts) for kind, *facts in rows}
    try:
        identity, how = EncoderIdentity.from_json(encoder), Splitting(**json.loads(splitting))
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(folder, f"the settings of generation {number}: {error}") from error
    return State(
        number,
        published,
        identity,
        how,
        articles,
        passages,
        derived.get("vectors"),
        derived.get("lexical"),
    )


def pack_sentences(sentences: Sequence[tuple[int, int]], start: int) -> bytes:
    """Sentence spans as the store keeps them: relative to the passage, uint32 pairs."""
    return (np.array(sentences, np.int64) - start).astype("<u4").tobytes()


def unpack_sentences(packed: bytes, start: int) -> tuple[tuple[int, int], ...]:
    """The inverse of ``pack_sentences``."""
    spans = np.frombuffer(packed, "<u4").astype(np.int64).reshape(-1, 2) + start
    return tuple((int(first), int(last)) for first, last in spans)


def _ids(rows: Cursor) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64)
