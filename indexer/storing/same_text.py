"""Find the articles that have a text, by its SHA-256, as after a file was renamed."""

import json
from collections import defaultdict
from collections.abc import Collection

from indexer.storing import schema
from indexer.storing.under import Rows


def articles_with(rows: Rows, hashes: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """The name and the source of each article whose text has one of these ``hashes``, by the hash.

    Reads a small row of every article, because no index of SQLite has the hashes.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for sha256, name, path in rows(
        "SELECT sha256, name, path FROM articles JOIN sources ON sources.id = source"
        f" WHERE sha256 IN (SELECT value FROM json_each(:hashes)) AND {schema.VISIBLE}"
        " ORDER BY path, name",
        hashes=json.dumps(sorted(hashes)),
    ):
        found[sha256].append((name, path))
    return found
