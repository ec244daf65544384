"""Reading the truth on disk: one generation at a time, and never half of one.

The tables are described in ``schema``; ``staging`` writes them.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np

from indexer import schema
from indexer.encoder import EncoderIdentity, Ids, Vectors
from indexer.errors import NotAnIndex
from indexer.types import Splitting

_FETCH = 4096


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
    """One generation of an index, seen through one transaction."""

    def __init__(self, connection: sqlite3.Connection, generation: int, dimension: int) -> None:
        self._connection = connection
        self._generation = generation
        self._dimension = dimension

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that this generation shows, by id."""
        rows = self._rows(
            "SELECT passages.id, sources.path, articles.name, title, sha256, start, end,"
            " passages.text, sentences"
            " FROM passages JOIN articles ON articles.id = article"
            " JOIN sources ON sources.id = source"
            f" WHERE passages.id IN (SELECT value FROM json_each(:ids)) AND {schema.VISIBLE}",
            ids=json.dumps([int(number) for number in ids]),
        )
        found = {}
        for number, source, name, title, sha256, start, end, text, packed in rows:
            sentences = unpack_sentences(packed, start)
            found[number] = StoredPassage(
                number, source, name, title, sha256, start, end, text, sentences
            )
        return found

    def under(self, pattern: str) -> Ids:
        """Passages of articles in the folder ``pattern``, or whose name matches it as a glob."""
        rows = self._rows(
            f"SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            f" WHERE {schema.VISIBLE} AND (name = :name OR name GLOB :name"
            f" OR substr(name, 1, length(:name) + 1) = :name || '/') ORDER BY 1",
            name=pattern.rstrip("/"),
        )
        return _ids(rows)

    def dead(self, through: int) -> Ids:
        """Passages up to id ``through`` whose article has died."""
        rows = self._rows(
            "SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            " WHERE died IS NOT NULL AND died <= :generation AND passages.id <= :through"
            " ORDER BY 1",
            through=through,
        )
        return _ids(rows)

    def vectors(self, after: int = 0) -> Iterator[tuple[Ids, Vectors]]:
        """Ids and vectors of the passages past id ``after``, in the order of ids, in blocks."""
        rows = self._rows(
            "SELECT vectors.passage, vector FROM vectors"
            " JOIN passages ON passages.id = vectors.passage"
            " JOIN articles ON articles.id = article"
            f" WHERE vectors.passage > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        while block := rows.fetchmany(_FETCH):
            ids = np.fromiter((row[0] for row in block), np.int64, len(block))
            packed = np.frombuffer(b"".join(row[1] for row in block), "<f2")
            yield ids, packed.astype(np.float32).reshape(len(block), self._dimension)

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
        return self._rows(
            "SELECT path, count(articles.id) FROM sources LEFT JOIN articles"
            f" ON source = sources.id AND {schema.VISIBLE} GROUP BY sources.id ORDER BY path"
        ).fetchall()

    def _rows(self, sql: str, **values: object) -> sqlite3.Cursor:
        return self._connection.execute(sql, {"generation": self._generation, **values})


class Store:
    """An index folder, opened for reading. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``; raises NotAnIndex, VersionMismatch or DamagedIndex."""
        self.folder = folder
        self._lock = RLock()
        with schema.database_errors(folder):
            self._connection = _connect(folder)
            schema.check(self._connection, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The published generation, unchanging for as long as the block lasts."""
        with self._lock, schema.database_errors(self.folder):
            self._connection.execute("BEGIN")
            try:
                state = read_state(self._connection)
                if state is None:
                    raise NotAnIndex(
                        f"{self.folder} holds no finished index yet: run `locus index` to go on"
                    )
                yield state, Snapshot(self._connection, state.generation, state.encoder.dimension)
            finally:
                self._connection.execute("ROLLBACK")


def _connect(folder: Path) -> sqlite3.Connection:
    path = folder / schema.DATABASE
    if not path.is_file():
        what = "holds no Locus index" if folder.is_dir() else "does not exist"
        raise NotAnIndex(f"{folder} {what}: make one with `locus index SOURCE --index {folder}`")
    address = path.resolve().as_uri() + "?mode=ro"
    try:
        return _probed(address)
    except sqlite3.OperationalError:
        # A folder that cannot be written cannot take the files WAL needs to share the database;
        # with none there, nobody writes, and it can be read as it lies.
        if path.with_name(path.name + "-wal").exists():
            raise
        return _probed(address + "&immutable=1")


def _probed(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=10
    )
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def read_state(connection: sqlite3.Connection) -> State | None:
    """The newest published generation; None before the first."""
    row = connection.execute(
        "SELECT number, published, encoder, splitting, articles, passages FROM generations"
        " WHERE published IS NOT NULL ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, published, encoder, splitting, articles, passages = row
    rows = connection.execute(
        "SELECT kind, name, sha256, generation, through, passages FROM derived"
    )
    derived = {kind: Derived(*facts) for kind, *facts in rows}
    return State(
        number,
        published,
        EncoderIdentity.from_json(encoder),
        Splitting(**json.loads(splitting)),
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


def _ids(rows: sqlite3.Cursor) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64)
