"""Writing the truth on disk: the next generation, staged beside the current one and published.

The tables, and what makes a row visible, are described in ``schema``.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from indexer import schema
from indexer.drafts import Changes, Draft, Row, Standing
from indexer.encoder import EncoderIdentity
from indexer.lock import writer_lock
from indexer.store import Derived, Snapshot, State, pack_sentences
from indexer.types import Splitting

_KEYS_A_QUERY = 500

Run = Callable[..., sqlite3.Cursor]
"""Execute one statement inside a transaction."""


@contextmanager
def open_for_writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the index in ``folder``, made if need be, under the writer's lock.

    Raises IndexBusy, NotAnIndex, VersionMismatch, DamagedIndex or IndexFolderError.
    """
    schema.create_folder(folder)
    with writer_lock(folder), schema.database_errors(folder):
        schema.create(folder)
        path = folder / schema.DATABASE
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
            schema.check(connection, folder)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            yield connection


class Staging:
    """The next generation, invisible until ``publish``. What a method has written is on disk.

    ``afresh`` takes nothing over from the current generation, not even vectors.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        current: State | None,
        encoder: EncoderIdentity,
        splitting: Splitting,
        *,
        afresh: bool = False,
    ) -> None:
        self.encoder = encoder
        self.generation = current.generation + 1 if current else 1
        self.anew = current is not None and (
            afresh or (current.encoder.key, current.splitting) != (encoder.key, splitting)
        )
        """Whether nothing of the current generation can stay as it is."""
        self._connection = connection
        self._current = current
        self._keeps_from = self.generation if self.anew else 0
        self._lends_from = self.generation if afresh else 0
        self._partial: tuple[Draft, int, int] | None = None
        newest = connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()
        self._newest_before = int(newest[0])
        self._take_over(encoder.to_json(), json.dumps(asdict(splitting), sort_keys=True))

    def _take_over(self, encoder: str, splitting: str) -> None:
        """Begin the generation with what an interrupted run staged for it, where that serves."""
        staged = {"generation": self.generation, "encoder": encoder, "splitting": splitting}
        with self._transaction() as run:
            run(
                "UPDATE articles SET died = NULL WHERE died >= :generation AND born < :generation",
                staged,
            )
            alike = run(
                "SELECT 1 FROM generations WHERE number = :generation"
                " AND encoder = :encoder AND splitting = :splitting",
                staged,
            ).fetchone()
            # What does not serve as it stands dies unborn; its vectors can still be lent.
            which = "born >= :generation" + (" AND NOT complete" if alike else "")
            run(f"UPDATE articles SET died = born WHERE {which}", staged)
            run("DELETE FROM generations WHERE published IS NULL")
            run(
                "INSERT INTO generations (number, encoder, splitting)"
                " VALUES (:generation, :encoder, :splitting)",
                staged,
            )

    def sources(self) -> list[Path]:
        """The sources that the index remembers."""
        rows = self._connection.execute("SELECT path FROM sources ORDER BY path")
        return [Path(path) for (path,) in rows]

    def source(self, path: Path) -> int:
        """The number of a source, which is remembered from now on."""
        with self._transaction() as run:
            run("INSERT OR IGNORE INTO sources (path) VALUES (?)", (str(path),))
            return int(run("SELECT id FROM sources WHERE path = ?", (str(path),)).fetchone()[0])

    def published(self, source: int) -> dict[str, str]:
        """Name to SHA-256 of a source's articles as readers see them now."""
        rows = self._connection.execute(
            f"SELECT name, sha256 FROM articles WHERE source = :source AND {schema.VISIBLE}",
            {"source": source, "generation": self.generation - 1},
        )
        return dict(rows.fetchall())

    def standing(self, source: int) -> dict[str, Standing]:
        """The articles of a source, by name, that may stay as they are stored."""
        rows = self._connection.execute(
            "SELECT name, id, title, sha256, size, mtime_ns FROM articles"
            " WHERE source = ? AND died IS NULL AND born >= ? ORDER BY born",
            (source, self._keeps_from),
        )
        return {
            name: Standing(number, title, sha256, (size, mtime_ns))
            for name, number, title, sha256, size, mtime_ns in rows
        }

    def stamp(self, stamps: Iterable[tuple[int, int, int]]) -> None:
        """Note the size and time of files whose text is what it was: (article, size, mtime_ns)."""
        with self._transaction() as run:
            for number, size, mtime_ns in stamps:
                run(
                    "UPDATE articles SET size = :size, mtime_ns = :mtime_ns WHERE id = :id"
                    " AND (size, mtime_ns) != (:size, :mtime_ns)",
                    {"id": number, "size": size, "mtime_ns": mtime_ns},
                )

    def known_vectors(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Vectors already in the index, of articles alive, dead or staged, for those keys."""
        found: dict[bytes, bytes] = {}
        for first in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[first : first + _KEYS_A_QUERY]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(
                "SELECT key, vector FROM passages JOIN vectors ON passage = passages.id"
                f" JOIN articles ON articles.id = article WHERE key IN ({marks}) AND born >= ?",
                (*some, self._lends_from),
            )
            found.update(rows)
        return found

    def store(self, rows: Sequence[Row]) -> None:
        """Write passages of drafts, in their order; a draft may go on in the next call."""
        with self._transaction() as run:
            for row in rows:
                draft, article, written = self._article_of(run, row.draft)
                passage = row.passage
                sentences = pack_sentences(passage.sentences, passage.start)
                cursor = run(
                    "INSERT INTO passages (article, start, end, text, sentences, key)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (article, passage.start, passage.end, passage.text, sentences, row.key),
                )
                run("INSERT INTO vectors VALUES (?, ?)", (cursor.lastrowid, row.vector))
                self._partial = draft, article, written + 1
                if written + 1 == len(draft.passages):
                    run("UPDATE articles SET complete = 1 WHERE id = ?", (article,))
                    self._partial = None

    def _article_of(self, run: Run, draft: Draft) -> tuple[Draft, int, int]:
        """The draft with its article's id and how many of its passages are written."""
        if self._partial is not None and self._partial[0] is draft:
            return self._partial
        article = draft.article
        cursor = run(
            "INSERT INTO articles"
            " (source, name, title, text, sha256, size, mtime_ns, complete, born)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
            (
                draft.source,
                article.name,
                article.title,
                article.text,
                article.sha256,
                draft.size,
                draft.mtime_ns,
                self.generation,
            ),
        )
        return draft, int(cursor.lastrowid or 0), 0

    def retire(self, source: int, keep: Collection[int]) -> None:
        """Let the articles of a source end with the current generation, save those to keep.

        What this object has stored itself stays.
        """
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE source = ? AND died IS NULL AND id <= ?",
            (source, self._newest_before),
        )
        ending = [number for (number,) in rows.fetchall() if number not in keep]
        with self._transaction() as run:
            for number in ending:
                run("UPDATE articles SET died = ? WHERE id = ?", (self.generation, number))

    def changes(self) -> Changes:
        """What this generation adds to the current one and takes from it."""
        born = self._count("born = :generation AND died IS NULL")
        ended = self._count("died = :generation AND born < :generation")
        return Changes(*born, *ended)

    def _count(self, which: str) -> tuple[int, int]:
        """How many articles a condition holds for, and how many passages they have."""
        row = self._connection.execute(
            "SELECT count(*), coalesce(sum("
            "(SELECT count(*) FROM passages WHERE article = articles.id)), 0)"
            f" FROM articles WHERE {which}",
            {"generation": self.generation},
        ).fetchone()
        return int(row[0]), int(row[1])

    def snapshot(self, generation: int | None = None) -> Snapshot:
        """The staged generation as readers will see it, or another with the same encoder."""
        return Snapshot(self._connection, generation or self.generation, self.encoder.dimension)

    def publish(self, *, vectors: Derived, lexical: Derived) -> None:
        """Make this generation the one that readers see, with its derived files."""
        changes, current = self.changes(), self._current
        articles = changes.articles_added - changes.articles_ended
        passages = changes.passages_added - changes.passages_ended
        if current is not None:
            articles, passages = articles + current.articles, passages + current.passages
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._transaction() as run:
            run(
                "UPDATE generations SET published = ?, articles = ?, passages = ? WHERE number = ?",
                (now, articles, passages, self.generation),
            )
            _name_derived(run, vectors=vectors, lexical=lexical)

    def replace_derived(self, *, vectors: Derived, lexical: Derived) -> None:
        """Name other derived files for the generation that readers see."""
        with self._transaction() as run:
            _name_derived(run, vectors=vectors, lexical=lexical)

    def sweep(self) -> None:
        """Delete the articles that have ended, once no derived file holds their passages."""
        ended = "(SELECT id FROM articles WHERE died <= ?)"
        with self._transaction() as run:
            run(
                "DELETE FROM vectors WHERE passage IN"
                f" (SELECT id FROM passages WHERE article IN {ended})",
                (self.generation,),
            )
            run(f"DELETE FROM passages WHERE article IN {ended}", (self.generation,))
            run("DELETE FROM articles WHERE died <= ?", (self.generation,))

    def withdraw(self) -> None:
        """Give the generation up: there is nothing to publish."""
        with self._transaction() as run:
            run("DELETE FROM generations WHERE number = ?", (self.generation,))

    @contextmanager
    def _transaction(self) -> Iterator[Run]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection.execute
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise


def _name_derived(run: Run, **derived: Derived) -> None:
    for kind, file in derived.items():
        run(
            "INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?, ?, ?)",
            (kind, file.name, file.sha256, file.generation, file.through, file.passages),
        )
