"""Insert an article and its passages as rows of the tables, with their checksums."""

from indexer.storing.checksums import passage_checksum, vector_checksum
from indexer.storing.database import Execute
from indexer.storing.drafts import Draft, Row
from indexer.storing.spans import pack_sentences


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


def insert_passage(run: Execute, article: int, row: Row) -> None:
    """Insert a passage of an article, and its vectors."""
    its, passage = row.draft.article, row.passage
    place = row.draft.places.get(passage.start)
    sentences = pack_sentences(passage.sentences, passage.start)
    checksum = passage_checksum(
        (row.draft.origin, its.name, its.title, its.sha256),
        (passage.start, passage.end),
        passage.text,
        sentences,
        row.key,
        row.words,
        place=place,
        metadata=row.draft.metadata,
    )
    cursor = run(
        "INSERT INTO passages (article, start, end, text, sentences, key, words, place, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article,
            passage.start,
            passage.end,
            passage.text,
            sentences,
            row.key,
            row.words,
            place,
            checksum,
        ),
    )
    number = int(cursor.lastrowid or 0)
    checksum = vector_checksum(number, *row.vectors)
    run("INSERT INTO vectors VALUES (?, ?, ?, ?)", (number, *row.vectors, checksum))


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
