"""Queries that only ``locus verify`` needs."""

import json
from collections.abc import Iterator

from indexer.storing import schema
from indexer.storing.snapshot import Snapshot
from indexer.storing.structure import unpack_metadata, unpack_structure


def flaws(snapshot: Snapshot) -> list[str]:
    """Damage that SQLite finds in its own pages and references."""
    found = [row[0] for row in snapshot.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
    orphans = snapshot.rows("PRAGMA foreign_key_check").fetchall()
    return [
        *(f"SQLite reports damage: {reason}" for reason in found),
        *(
            f"orphaned row in table {table} (no matching row in {to})"
            for table, _, to, _ in orphans
        ),
    ]


def articles(snapshot: Snapshot) -> Iterator[tuple[str, str, str, list[int]]]:
    """Yield name, text, SHA-256 and passage ids of every article, sorted by name."""
    rows = snapshot.rows(
        "SELECT name, texts.text, sha256, (SELECT json_group_array(id) FROM passages"
        " WHERE article = articles.id) FROM articles JOIN texts ON texts.article = articles.id"
        f" WHERE {schema.VISIBLE} ORDER BY name"
    )
    return ((name, text, sha256, json.loads(ids)) for name, text, sha256, ids in rows)


def wrong_structures(snapshot: Snapshot) -> Iterator[str]:
    """The names of articles whose metadata or structure is damaged."""
    rows = snapshot.rows(
        "SELECT name, metadata, structure FROM articles JOIN texts ON texts.article = articles.id"
        f" WHERE {schema.VISIBLE} AND (metadata IS NOT NULL OR structure IS NOT NULL)"
    )
    for name, metadata, structure in rows:
        try:
            unpack_metadata(metadata)
            unpack_structure(structure, metadata)
        except ValueError:
            yield name


def wrong_vectors(snapshot: Snapshot) -> list[tuple[int, str]]:
    """The ids of passages whose vector is missing or damaged, with their articles' names."""
    rows = snapshot.rows(
        "SELECT passages.id, vector, parts, vectors.checksum, name FROM passages"
        " JOIN articles ON articles.id = article"
        f" LEFT JOIN vectors ON passage = passages.id WHERE {schema.VISIBLE}"
    )
    return [(row[0], row[-1]) for row in rows if not snapshot.fits(*row[:-1])]
