"""Read the hits in the body of ``POST /check``, and check them against the limits."""

import json

from indexer.errors import QueryError
from search.checking.citation import Citation, hits_in
from search.limits import MAX_CHECKED
from search.serving.api import invalid

MAX_CHECK_BODY = 1024 * 1024
"""Largest request body of ``/check``, in bytes: answers with all of their hits are sent back."""


def cited_hits(body: bytes) -> tuple[Citation, ...]:
    """The hits in a body of UTF-8 JSON: a list, an answer with hits, or one hit.

    Raises RequestError if any is invalid.
    """
    try:
        given = json.loads(body.decode("utf-8-sig"))  # given bytes, it would guess
    except (ValueError, RecursionError):
        raise invalid("the request body is not valid UTF-8 JSON") from None
    if not isinstance(given, dict | list):
        raise invalid("the request body must be a JSON object or a list of hits")
    hits = hits_in(given) if isinstance(given, dict) else given
    if len(hits) > MAX_CHECKED:
        raise invalid(f"too many hits ({len(hits):,}; the limit is {MAX_CHECKED:,})")
    found = []
    for number, hit in enumerate(hits, 1):
        try:
            found.append(Citation.from_json(hit))
        except QueryError as error:
            raise invalid(f"hit {number}: {error}") from None
    return tuple(found)
