"""Insert articles and their passages as rows of the tables, with their checksums."""

from collections.abc import Iterator, Sequence

from indexer.storing.checksums import passage_checksum, vector_checksum
from indexer.storing.database import Connection, Execute
from indexer.storing.drafts import Draft, Row
from indexer.storing.spans import pack_sentences

_Placed = tuple[int, int, Row]
"""The id of a passage, that of its article, and the passage."""


def insert_article(run: Execute, draft: Draft, generation: int) -> int:
    """Insert the article of a draft, marked as not yet complete; returns its id."""
    article = draft.article
    cursor = run(
        "INSERT INTO articles"
        " (source, name, title, sha256, size, mtime_ns, passages, complete, born, container,"
        " metadata) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        (
            draft.source,
            article.name,
            article.title,
            article.sha256,
            draft.size,
            draft.mtime_ns,
            len(draft.passages),
            generation,
            draft.container,
            draft.metadata,
        ),
    )
    number = int(cursor.lastrowid or 0)
    run("INSERT INTO texts VALUES (?, ?, ?)", (number, article.text, draft.structure))
    return number


def insert_passages(connection: Connection, rows: Sequence[tuple[int, Row]]) -> None:
    """Insert passages, each with the id of its article, and their vectors.

    In one call for all: a statement for each would take half as long again.
    """
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    first = found[0] + 1 if found else 1  # an id is never used again, see AUTOINCREMENT
    placed = [(number, article, row) for number, (article, row) in enumerate(rows, first)]
    connection.executemany(
        "INSERT INTO passages"
        " (id, article, start, end, text, sentences, key, words, place, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _passages(placed),
    )
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?, ?)",
        (
            (number, *row.vectors, vector_checksum(number, *row.vectors))
            for number, _, row in placed
        ),
    )


def _passages(placed: Sequence[_Placed]) -> Iterator[tuple[object, ...]]:
    """The values of each passage, in the order of its columns."""
    for number, article, (draft, passage, key, words, _) in placed:
        its, start, end, text = draft.article, passage.start, passage.end, passage.text
        sentences = pack_sentences(passage.sentences, start)
        facts = draft.origin, its.name, its.title, its.sha256
        place = draft.places.get(start)
        checksum = passage_checksum(
            facts,
            (start, end),
            text,
            sentences,
            key,
            words,
            place=place,
            metadata=draft.metadata,
        )
        yield number, article, start, end, text, sentences, key, words, place, checksum


def restamp_container(run: Execute, source: int, name: str, size: int, mtime_ns: int) -> None:
    """Give the articles in a container the size and time of that file."""
    run(
        "UPDATE articles SET size = :size, mtime_ns = :mtime_ns"
        " WHERE source = :source AND container = :name AND died IS NULL"
        # SQLite finds these names in an index; 0 comes after the slash.
        " AND (name = :name OR (name > :name || '/' AND name < :name || '0'))"
        " AND (size, mtime_ns) != (:size, :mtime_ns)",
        {"source": source, "name": name, "size": size, "mtime_ns": mtime_ns},
    )
