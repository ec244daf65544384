"""What ``locus verify`` reads of a generation beside what every reader does."""

import json
from collections.abc import Iterator

from indexer.storing import schema
from indexer.storing.snapshot import Snapshot


def flaws(snapshot: Snapshot) -> list[str]:
    """What SQLite finds wrong with its own pages and references."""
    found = [row[0] for row in snapshot.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
    orphans = snapshot.rows("PRAGMA foreign_key_check").fetchall()
    return [
        *(f"SQLite finds the database damaged: {reason}" for reason in found),
        *(f"a row of {table} refers to a missing row of {to}" for table, _, to, _ in orphans),
    ]


def articles(snapshot: Snapshot) -> Iterator[tuple[str, str, str, list[int]]]:
    """Name, text, SHA-256 and the passages' ids of every article, in the order of names."""
    rows = snapshot.rows(
        "SELECT name, text, sha256, (SELECT json_group_array(passages.id) FROM passages"
        f" WHERE article = articles.id) FROM articles WHERE {schema.VISIBLE} ORDER BY name"
    )
    return ((name, text, sha256, json.loads(ids)) for name, text, sha256, ids in rows)


def wrong_vectors(snapshot: Snapshot) -> list[tuple[int, str]]:
    """The passages whose vector is missing or not what was written, with their articles' names."""
    rows = snapshot.rows(
        "SELECT passages.id, vector, parts, vectors.checksum, name FROM passages"
        " JOIN articles ON articles.id = article"
        f" LEFT JOIN vectors ON passage = passages.id WHERE {schema.VISIBLE}"
    )
    return [(row[0], row[-1]) for row in rows if not snapshot.fits(*row[:-1])]
