"""Read one generation of an index: passages, vectors and words, each checked when read."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from indexer.arrays import Ids, Vectors
from indexer.errors import DamagedIndex
from indexer.storing import schema
from indexer.storing.checksums import passage_checksum, vector_checksum
from indexer.storing.database import Connection, Results, damaged
from indexer.storing.facets import passages_matching, place_of
from indexer.storing.passage_spans import spans_of
from indexer.storing.sources import counted_sources, selections
from indexer.storing.stored import StoredArticle, StoredPassage
from indexer.storing.structure import Structure, unpack_metadata, unpack_structure
from indexer.types import Block, Facets, Metadata, Selection, Span

_FETCH = 4096
_FLOAT16 = 2  # bytes


class Snapshot:
    """One generation of an index, read in one transaction.

    Every row that is read is compared with its checksum; DamagedIndex is raised if they differ.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (_, snapshot):
    ...     snapshot.sources()
    [('/home/ann/articles', 24)]
    """

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        generation: int,
        dimension: int,
    ) -> None:
        self._connection = connection
        self.folder = folder
        self._generation = generation
        self.dimension = dimension

    def on(self, connection: Connection) -> "Snapshot":
        """The same generation, read with another connection, as another thread needs it."""
        return Snapshot(connection, self.folder, self._generation, self.dimension)

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that are visible in this generation, by id."""
        rows = self.rows(
            "SELECT passages.id, article, sources.path, articles.name, title, sha256, start, end,"
            " passages.text, sentences, key, words, place, metadata, passages.checksum"
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
        place: str | None,
        metadata: str | None,
        checksum: int | None,
    ) -> StoredPassage:
        its = source, name, title, sha256
        found = passage_checksum(
            its, (start, end), text, packed, key, words, place=place, metadata=metadata
        )
        if checksum not in {None, found}:
            raise self.damaged(f"passage {number} of article {name!r}: checksum mismatch")
        if checksum is None and metadata is not None:  # nothing else has checked it
            self._metadata(name, metadata)
        return StoredPassage(
            number, article, *its, start, end, text, packed, words, place, metadata
        )

    def parts(self, ids: Sequence[int]) -> dict[int, bytes | None]:
        """The sentence vectors of passages, packed (see ``evidence``), by id."""
        rows = self.rows(
            "SELECT passage, vector, parts,"
            " checksum FROM vectors"
            " WHERE passage IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps([int(number) for number in ids]),
        )
        found = {}
        for number, vector, parts, checksum in rows:
            if not self.fits(number, vector, parts, checksum):
                raise self.damaged(f"the vector of passage {number}: checksum mismatch")
            found[number] = parts
        return found

    def named(self, name: str, source: str | None = None) -> list[StoredArticle]:
        """The articles with this name, at most one per source, in the order of the sources."""
        rows = self.rows(
            "SELECT articles.id, path, name, title, sha256, metadata, texts.text, structure"
            " FROM articles JOIN sources ON sources.id = source JOIN texts ON article = articles.id"
            f" WHERE name = :name AND (:source IS NULL OR path = :source) AND {schema.VISIBLE}"
            " ORDER BY path",
            name=name,
            source=source,
        ).fetchall()
        return [self._article(*row) for row in rows]

    def _article(
        self,
        number: int,
        source: str,
        name: str,
        title: str,
        sha256: str,
        metadata: str | None,
        text: str,
        packed: bytes | None,
    ) -> StoredArticle:
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise self.damaged(f"the text of article {name!r}: checksum mismatch")
        known, structure = self._metadata(name, metadata), self._structure(name, packed, metadata)
        spans = self.rows(
            "SELECT start, end FROM passages WHERE article = :article ORDER BY start",
            article=number,
        )
        passages = tuple(map(Span._make, spans))
        return StoredArticle(source, name, title, sha256, text, passages, known, *structure)

    def texts(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The number and the text of each of these articles, in UTF-8 and not compared."""
        return iter(
            self.rows(
                "SELECT article, CAST(text AS BLOB) FROM texts"
                " WHERE article IN (SELECT value FROM json_each(:ids))",
                ids=json.dumps(list(ids)),
            )
        )

    def blocks(self, ids: Iterable[int]) -> Iterator[tuple[int, tuple[Block, ...]]]:
        """The number and the blocks of each of these articles."""
        rows = self.rows(
            "SELECT articles.id, name, metadata, structure FROM articles"
            " JOIN texts ON article = articles.id"
            " WHERE articles.id IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps(list(ids)),
        )
        for number, name, metadata, packed in rows:
            yield number, self._structure(name, packed, metadata).blocks

    def _metadata(self, name: str, packed: str | None) -> Metadata:
        try:
            return unpack_metadata(packed)
        except ValueError as error:
            raise self.damaged(f"article {name!r}: {error}") from error

    def _structure(self, name: str, packed: bytes | None, metadata: str | None) -> Structure:
        try:
            return unpack_structure(packed, metadata)
        except ValueError as error:
            raise self.damaged(f"article {name!r}: {error}") from error

    def staged(self) -> int | None:
        """How many articles the next generation has so far; None if none has been started."""
        begun = self.rows("SELECT 1 FROM generations WHERE published IS NULL").fetchone()
        if begun is None:
            return None
        row = self.rows(
            "SELECT count(*) FROM articles WHERE born > :generation AND died IS NULL"
        ).fetchone()
        return int(row[0])

    def passages_of(self, article: str) -> list[int]:
        """The ids of the passages of all articles with this name."""
        rows = self.rows(
            "SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            f" WHERE name = :name AND {schema.VISIBLE} ORDER BY 1",
            name=article,
        )
        return [row[0] for row in rows]

    def spans_of(self, articles: Collection[str]) -> Mapping[str, Mapping[int, Span]]:
        """Where the passages of the articles with these names are, see ``passage_spans``."""
        return spans_of(self.rows, articles)

    def passages_within(self, article: str, source: str, start: int, end: int) -> Ids:
        """The ids of an article's passages that overlap the characters ``start`` to ``end``."""
        rows = self.rows(
            "SELECT passages.id FROM articles JOIN sources ON sources.id = source"
            " JOIN passages ON article = articles.id"
            f" WHERE name = :name AND path = :source AND {schema.VISIBLE}"
            " AND passages.start < :stop AND passages.end > :start ORDER BY 1",
            name=article,
            source=source,
            start=start,
            stop=end,
        )
        return _ids(rows)

    def matching(self, facets: Facets) -> Ids:
        """The ids of the passages of the articles that ``facets`` describe; empty if none."""
        place = place_of(self.rows, facets)
        return _ids(()) if place is None else self.matching_in(place, facets)

    def matching_in(self, place: tuple[str, str], facets: Facets) -> Ids:
        """As ``matching``, if it is known which ``place`` they name (see ``facets``)."""
        return _ids(passages_matching(self.rows, facets, place))

    def dead(self, through: int, since: int = 0) -> Ids:
        """Ids up to ``through`` of passages whose article died after generation ``since``."""
        rows = self.rows(
            "SELECT passages.id FROM articles JOIN passages ON article = articles.id"
            " WHERE died IS NOT NULL AND died > :since AND died <= :generation"
            " AND passages.id <= :through ORDER BY 1",
            through=through,
            since=since,
        )
        return _ids(rows)

    def vectors(self, after: int = 0) -> Iterator[tuple[Ids, Vectors]]:
        """Yield ids and vectors of the passages with ids above ``after``, in blocks, ascending."""
        rows = self.rows(
            f"SELECT vectors.passage, vector, parts,"
            f" vectors.checksum FROM vectors"
            " JOIN passages ON passages.id = vectors.passage"
            " JOIN articles ON articles.id = article"
            f" WHERE vectors.passage > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        while block := rows.fetchmany(_FETCH):
            yield self._unpacked(block)

    def sample(self, count: int) -> tuple[Ids, Vectors]:
        """The ids of ``count`` or fewer passages, and their vectors ``(n, dimension)``.

        They are those with the lowest keys. So they are a random sample of the passages, which does
        not depend on the order in which these were indexed.
        """
        return self.vectors_of([number for _, number in self.lowest_keys(count)])

    def lowest_keys(self, count: int) -> list[tuple[bytes, int]]:
        """The lowest keys (see ``schema``) of ``count`` or fewer passages, and their ids."""
        return self.rows(
            # A cross join has the order in which it is written: SQLite reads the keys in order.
            "SELECT key, passages.id FROM passages CROSS JOIN articles ON articles.id = article"
            f" WHERE {schema.VISIBLE} ORDER BY key LIMIT :count",
            count=count,
        ).fetchall()

    def vectors_of(self, ids: Sequence[int]) -> tuple[Ids, Vectors]:
        """The same ids without repeats, ascending, and their vectors ``(n, dimension)``."""
        rows = self.rows(
            "SELECT passage, vector, parts, checksum FROM vectors"
            " WHERE passage IN (SELECT value FROM json_each(:ids)) ORDER BY 1",
            ids=json.dumps([int(number) for number in ids]),
        ).fetchall()
        return self._unpacked(rows)

    def _unpacked(self, rows: Sequence[tuple[int, bytes, bytes, int]]) -> tuple[Ids, Vectors]:
        """The passages and vectors of rows, each compared with its checksum."""
        for row in rows:
            if not self.fits(*row):
                raise self.damaged(f"the vector of passage {row[0]}: checksum mismatch")
        packed = np.frombuffer(b"".join(row[1] for row in rows), "<f2")
        vectors = packed.astype(np.float32).reshape(len(rows), self.dimension)
        return np.fromiter((row[0] for row in rows), np.int64, len(rows)), vectors

    def fits(
        self, passage: int, vector: bytes | None, parts: bytes | None, checksum: int | None
    ) -> bool:
        """Whether the stored vectors of a passage are intact."""
        if vector is None or len(vector) != self.dimension * _FLOAT16:
            return False
        return checksum in {None, vector_checksum(passage, vector, parts)}

    def documents(self, after: int = 0) -> Iterator[tuple[int, str]]:
        """Yield ``(id, title and text)`` of the passages with ids above ``after``, for tantivy."""
        rows = self.rows(
            "SELECT passages.id, title, passages.text FROM passages"
            " JOIN articles ON articles.id = article"
            f" WHERE passages.id > :after AND {schema.VISIBLE} ORDER BY 1",
            after=after,
        )
        return ((number, f"{title}\n{text}") for number, title, text in rows)

    def drift(self, through: int) -> tuple[int, int]:
        """How many live passages have ids above ``through``, and how many up to it have died."""
        newer = self.rows(
            "SELECT count(*) FROM passages JOIN articles ON articles.id = article"
            f" WHERE passages.id > :through AND {schema.VISIBLE}",
            through=through,
        ).fetchone()
        return int(newer[0]), len(self.dead(through))

    def extent(self) -> tuple[int, int]:
        """The number of passages, and the highest id of any in the index; 0 if it has none.

        Counted from the newest published generation, so that it costs what has changed since.
        """
        base = self.rows(
            "SELECT number, passages FROM generations WHERE number <= :generation"
            " AND published IS NOT NULL ORDER BY number DESC LIMIT 1"
        ).fetchone() or (0, 0)
        born, died = (
            self.rows(
                f"SELECT coalesce(sum(passages), 0) FROM articles WHERE {which}", base=base[0]
            ).fetchone()[0]
            for which in (
                f"born > :base AND {schema.VISIBLE}",
                "died > :base AND died <= :generation AND born <= :base",
            )
        )
        highest = self.rows("SELECT coalesce(max(id), 0) FROM passages").fetchone()
        return int(base[1] + born - died), int(highest[0])

    def article_names(self) -> list[str]:
        """The names of all articles, sorted; a name that two sources have appears twice."""
        rows = self.rows(f"SELECT name FROM articles WHERE {schema.VISIBLE} ORDER BY name")
        return [name for (name,) in rows]

    def article_hashes(self) -> set[tuple[str, str]]:
        """Each article's name with the SHA-256 of its text."""
        return set(self.rows(f"SELECT name, sha256 FROM articles WHERE {schema.VISIBLE}"))

    def sources(self) -> list[tuple[str, int]]:
        """The path of each remembered source, and how many articles it has."""
        return counted_sources(self.rows)

    def selections(self) -> dict[str, Selection]:
        """The selection of each remembered source, by the source's path."""
        return selections(self.rows)

    def damaged(self, reason: str) -> DamagedIndex:
        """The error for damage found in this index."""
        return damaged(self.folder, reason)

    def rows(self, sql: str, **values: object) -> Results:
        """Execute a query; ``:generation`` in it is this generation (see ``schema.VISIBLE``)."""
        return self._connection.execute(sql, {**values, "generation": self._generation})


def _ids(rows: Iterable[tuple[int]]) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64)
