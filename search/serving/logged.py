"""Read what the page reports for the log of questions: a question, or a hit that was opened."""

from pathlib import Path

from search.limits import MAX_QUERY
from search.logged.entries import Entry, LoggedQuestion, entry_from_json, index_name, now
from search.serving.api import invalid, parsed


def entry_of_page(body: bytes, folder: Path) -> Entry:
    """The entry in the body of ``POST /log``: UTF-8 JSON, as a line of the log.

    The server adds the time, the index in ``folder``, and that it was asked in the page. Raises
    RequestError or QueryError if the entry is invalid.
    """
    known = {"time": now().isoformat(), "by": "page", "index": index_name(folder)}
    entry = entry_from_json({**parsed(body), **known})
    if isinstance(entry, LoggedQuestion) and len(entry.query) > MAX_QUERY:
        raise invalid(f"query is too long (the limit is {MAX_QUERY:,} characters)")
    return entry
