"""Find where the passages of some articles are, without reading their texts."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping

from indexer.storing import schema
from indexer.storing.under import Rows
from indexer.types import Span


def spans_of(rows: Rows, names: Collection[str]) -> Mapping[str, Mapping[int, Span]]:
    """The passages of the articles with these names: the span of each by its id, by the name.

    They are in the order of their ids. Those of two articles with one name are together. Reads a
    small row of each passage of these articles.
    """
    found: dict[str, dict[int, Span]] = defaultdict(dict)
    for name, number, start, end in rows(
        "SELECT name, passages.id, start, end"
        " FROM articles JOIN passages ON article = articles.id"
        f" WHERE name IN (SELECT value FROM json_each(:names)) AND {schema.VISIBLE} ORDER BY 2",
        names=json.dumps(sorted(names)),
    ):
        found[name][number] = Span(start, end)
    return found
