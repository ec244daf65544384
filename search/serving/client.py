"""Ask a running server, instead of loading the index and its model.

An answer is used only if it comes from the database that is in the folder now, and from the same
version of Locus. On any failure there is no answer, and the caller searches without the server. A
cold ``locus search`` imports this module, so it imports nothing heavy and no part of the server.
"""

import json
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from indexer import __version__
from indexer.storing.schema import identity
from search.serving import local
from search.types import Answer, Options

PATIENCE = 2.0
"""Seconds to wait for the server: a stopped process accepts connections but never answers."""
_LONGEST = 1 << 26
"""Longest answer to read, in bytes; the largest answers have a few million."""


def ask(folder: Path, query: str, options: Options) -> Answer | None:
    """The answer of the server for the index in ``folder``; None if there is no usable one."""
    if not local.exists(folder):
        return None
    try:
        return _ask(folder, query, options)
    except (OSError, HTTPException, ValueError, RecursionError):
        return None


def _ask(folder: Path, query: str, options: Options) -> Answer | None:
    question = json.dumps({"q": query, **options.as_json()}, ensure_ascii=False).encode()
    # The command keeps its questions itself, if the user wants that.
    headers = {"content-type": "application/json", "connection": "close", **local.UNLOGGED}
    connection = HTTPConnection("localhost")
    connection.sock = local.connect(folder)
    try:
        connection.sock.settimeout(PATIENCE)
        connection.request("POST", "/search", question, headers)
        response = connection.getresponse()
        body = response.read(_LONGEST)
    finally:
        connection.close()
    if response.status != 200 or response.getheader(local.VERSION) != __version__:  # noqa: PLR2004
        return None
    answer = Answer.from_json(json.loads(body))
    # Read last: the folder may have been replaced while the server was answering.
    current = identity(folder)
    return answer if current is not None and current == response.getheader(local.INDEX) else None
