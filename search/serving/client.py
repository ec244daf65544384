"""Ask the server that runs on an index, instead of loading the index and its model.

An answer counts only if it is from the very database that lies in the folder, by the same version
of Locus. If anything at all is amiss, there is none, and who asks goes the way without a server.
This is what a cold ``locus search`` runs: it imports nothing heavy, and nothing of the server's.
"""

import json
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from indexer import __version__
from indexer.storing.schema import identity
from search.serving import local
from search.types import Answer, Options

PATIENCE = 2.0
"""Seconds that a server may keep silent: a stopped one takes connections, and never answers."""
_LONGEST = 1 << 26
"""Bytes of an answer; the longest page has a few million."""


def ask(folder: Path, query: str, options: Options) -> Answer | None:
    """The answer of the server on the index in ``folder``; None if there is none to be had."""
    if not local.exists(folder):
        return None
    try:
        return _ask(folder, query, options)
    except (OSError, HTTPException, ValueError, RecursionError):
        return None


def _ask(folder: Path, query: str, options: Options) -> Answer | None:
    question = json.dumps({"q": query, **options.as_json()}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "connection": "close"}
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
    # Looked at last: the folder may have been replaced while the server was answering.
    held = identity(folder)
    return answer if held is not None and held == response.getheader(local.INDEX) else None
