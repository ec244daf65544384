"""Write an index: stage the next generation next to the current one, then publish it.

``schema`` describes the tables and when a row is visible.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

from indexer.encoding.encoder import EncoderIdentity
from indexer.storing.database import Connection, Execute, transaction
from indexer.storing.drafts import Changes, Draft, LiveArticle, PackedVectors, Row
from indexer.storing.publication import (
    Notes,
    now,
    publish_generation,
    settings_json,
    write_notes,
)
from indexer.storing.rows import insert_article, insert_passages, restamp_container
from indexer.storing.skips import SkippedFile
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import Derived, State
from indexer.storing.structure import unpack_metadata, unpack_structure
from indexer.types import UNTUNED, Article, Splitting, Tuning

_KEYS_A_QUERY = 500


class Staging:
    """The next generation, invisible until ``publish``. Each method's changes are durable.

    With ``from_scratch`` nothing is reused from the current generation, not even vectors. Its
    tuning is kept, unless the encoder changes.
    """

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        current: State | None,
        encoder: EncoderIdentity,
        splitting: Splitting,
        *,
        from_scratch: bool = False,
    ) -> None:
        self.encoder = encoder
        self.splitting = splitting
        self._tuning = _kept_tuning(current, encoder)
        self.generation = current.generation + 1 if current else 1
        self.rebuilds = current is not None and (
            from_scratch or (current.encoder.key, current.splitting) != (encoder.key, splitting)
        )
        """Whether no article of the current generation can be kept."""
        self.is_first = current is None
        """Whether no generation has been published yet."""
        self.connection = connection
        self._folder = folder
        self._current = current
        self._keeps_from = self.generation if self.rebuilds else 0
        self._reuses_from = self.generation if from_scratch else 0
        self._partial: tuple[Draft, int, int] | None = None
        self._notes: dict[int, tuple[str | None, Sequence[SkippedFile]]] = {}
        self._take_over(*settings_json(encoder, splitting))

    def _take_over(self, encoder: str, splitting: str) -> None:
        """Start the generation with what an interrupted run staged for it, if it can be kept."""
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
            # Articles that cannot be kept die in the generation of their birth, so they are never
            # visible; their vectors can still be reused.
            which = "born >= :generation" + (" AND NOT complete" if alike else "")
            run(f"UPDATE articles SET died = born WHERE {which}", staged)
            run("DELETE FROM generations WHERE published IS NULL")
            run(
                "INSERT INTO generations (number, encoder, splitting)"
                " VALUES (:generation, :encoder, :splitting)",
                staged,
            )

    def live_articles(self, source: int) -> list[LiveArticle]:
        """The articles of a source that have not died: those published, then those staged."""
        rows = self.connection.execute(
            "SELECT name, id, title, sha256, size, mtime_ns, born, metadata, container"
            " FROM articles WHERE source = ? AND died IS NULL",
            (source,),
        )
        return sorted(map(LiveArticle._make, rows), key=attrgetter("born"))

    def article(self, live: LiveArticle) -> Article:
        """An article as it is stored.

        Raises ValueError if its structure is damaged; the caller must compare its SHA-256.
        """
        rows = self.connection.execute(
            "SELECT text, structure FROM texts WHERE article = ?", (live.id,)
        )
        text, packed = rows.fetchone()
        structure = unpack_structure(packed, live.metadata)
        metadata = unpack_metadata(live.metadata)
        return Article(live.name, live.title, text, *structure, metadata)

    def keeps(self, article: LiveArticle) -> bool:
        """Whether the stored article can be kept in this generation."""
        return article.born >= self._keeps_from

    def count(self, source: int) -> int:
        """How many articles of a source have not died."""
        row = self.connection.execute(
            "SELECT count(*) FROM articles WHERE source = ? AND died IS NULL", (source,)
        ).fetchone()
        return int(row[0])

    def untouched(self, source: int) -> bool:
        """Whether nothing is staged for a source, so that readers see its current articles."""
        staged = self.connection.execute(
            "SELECT 1 FROM articles WHERE born = ? AND died IS NULL AND source = ? LIMIT 1",
            (self.generation, source),
        )
        return not self.rebuilds and staged.fetchone() is None

    def restamp(self, files: Sequence[tuple[int, int, int]]) -> None:
        """Record (article id, size, mtime_ns) of files that changed but have the same text."""
        if not files:
            return
        with self._transaction():
            self.connection.executemany(
                "UPDATE articles SET size = :size, mtime_ns = :mtime_ns WHERE id = :id"
                " AND (size, mtime_ns) != (:size, :mtime_ns)",
                [{"id": number, "size": size, "mtime_ns": mtime} for number, size, mtime in files],
            )

    def restamp_containers(self, source: int, files: Sequence[tuple[str, int, int]]) -> None:
        """Record (name, size, mtime_ns) of containers that were read to their end.

        Call it after ``retire``: an article that is no longer in its container must not get them.
        """
        if files:
            with self._transaction() as run:
                for file in files:
                    restamp_container(run, source, *file)

    def note(self, source: int, stamp: str | None, skipped: Sequence[SkippedFile]) -> None:
        """Set a source's stamp in this generation and what it skipped; ``publish`` writes both."""
        self._notes[source] = stamp, skipped

    def known_vectors(self, keys: Sequence[bytes]) -> dict[bytes, PackedVectors]:
        """The vectors in the index, of live, dead or staged articles, for these keys."""
        return vectors_in(self.connection, keys, self._reuses_from)

    def store(self, rows: Sequence[Row]) -> None:
        """Write passages of drafts, in order; a draft may continue in the next call."""
        placed, complete = list[tuple[int, Row]](), list[tuple[int]]()
        with self._transaction() as run:
            for row in rows:
                draft, article, written = self._article_of(run, row.draft)
                placed.append((article, row))
                self._partial = draft, article, written + 1
                if written + 1 == len(draft.passages):
                    complete.append((article,))
                    self._partial = None
            insert_passages(self.connection, placed)
            self.connection.executemany("UPDATE articles SET complete = 1 WHERE id = ?", complete)

    def _article_of(self, run: Execute, draft: Draft) -> tuple[Draft, int, int]:
        """The draft, its article's id, and how many of its passages are written."""
        if self._partial is not None and self._partial[0] is draft:
            return self._partial
        return draft, insert_article(run, draft, self.generation), 0

    def retire(self, articles: Collection[int]) -> None:
        """Mark articles as dead from this generation on."""
        if not articles:
            return
        with self._transaction() as run:
            for number in articles:
                run("UPDATE articles SET died = ? WHERE id = ?", (self.generation, number))

    def retire_forgotten(self) -> list[tuple[str, str]]:
        """Mark the articles of forgotten sources as dead; returns their titles and SHA-256."""
        which = "died IS NULL AND source IN (SELECT id FROM sources WHERE forgotten)"
        with self._transaction() as run:
            ending = run(
                f"SELECT title, sha256 FROM articles WHERE born < ? AND {which}",
                (self.generation,),
            ).fetchall()
            run(f"UPDATE articles SET died = ? WHERE {which}", (self.generation,))
        return ending

    def changes(self) -> Changes:
        """What this generation adds to the current one and removes from it."""
        born = self._count("born = :generation AND died IS NULL")
        ended = self._count("died = :generation AND born < :generation")
        return Changes(*born, *ended)

    def _count(self, which: str) -> tuple[int, int]:
        """How many articles meet a condition, and how many passages they have."""
        row = self.connection.execute(
            f"SELECT count(*), coalesce(sum(passages), 0) FROM articles WHERE {which}",
            {"generation": self.generation},
        ).fetchone()
        return int(row[0]), int(row[1])

    def snapshot(self, generation: int | None = None) -> Snapshot:
        """The staged generation as readers will see it, or another generation.

        It must have the same encoder.
        """
        number = generation or self.generation
        return Snapshot(self.connection, self._folder, number, self.encoder.dimension)

    def state(self, *, vectors: Derived, lexical: Derived, calibration: str | None) -> State:
        """The state of this generation if it is published with these derived files."""
        articles, passages = self._extent()
        facts = self.generation, "", self.encoder, self.splitting, articles, passages
        return State(*facts, vectors, lexical, calibration, self._tuning)

    @property
    def notes(self) -> Notes:
        """The notes of sources that ``publish`` writes."""
        return self._notes

    def publish(self, *, vectors: Derived, lexical: Derived, calibration: str | None) -> None:
        """Publish this generation with its derived files: from now on readers see it."""
        state = self.state(vectors=vectors, lexical=lexical, calibration=calibration)
        publish_generation(self.connection, replace(state, published=now()), self._notes)

    def _extent(self) -> tuple[int, int]:
        """How many articles and passages this generation has."""
        changes, current = self.changes(), self._current
        articles = changes.articles_added - changes.articles_ended
        passages = changes.passages_added - changes.passages_ended
        if current is not None:
            articles, passages = articles + current.articles, passages + current.passages
        return articles, passages

    def withdraw(self) -> None:
        """Discard this generation, because it changes nothing; keeps the new notes."""
        with self._transaction() as run:
            run("DELETE FROM generations WHERE number = ?", (self.generation,))
            write_notes(run, self._notes)

    def _transaction(self) -> AbstractContextManager[Execute]:
        return transaction(self.connection)


def _kept_tuning(current: State | None, encoder: EncoderIdentity) -> Tuning:
    if current is None or current.encoder.key != encoder.key:
        return UNTUNED
    return current.tuning


def vectors_in(
    connection: Connection, keys: Sequence[bytes], since: int = 0
) -> dict[bytes, PackedVectors]:
    """The vectors in a database for these keys, of articles born in generation ``since`` or later.

    The articles may be live, dead or staged.
    """
    found: dict[bytes, PackedVectors] = {}
    for first in range(0, len(keys), _KEYS_A_QUERY):
        some = keys[first : first + _KEYS_A_QUERY]
        marks = ",".join("?" * len(some))
        rows = connection.execute(
            "SELECT key, vector, parts FROM passages JOIN vectors ON passage = passages.id"
            f" JOIN articles ON articles.id = article WHERE key IN ({marks}) AND born >= ?",
            (*some, since),
        )
        found.update((key, PackedVectors(*packed)) for key, *packed in rows)
    return found
