"""The web page: static files, read once and served from memory.

::

    question, filters, address -> asking -> answers: hits, excerpt, citation; or messages
                                -> reader:  typeset, rail, sight, citation
    judging/: question, hits, grades -> judge, with the same reader
    app connects them; keys, status, kept, log, clipboard and patience help them; nodes, text and
    api are used by all

There is no build step, and nothing is loaded from other servers. All text of articles and questions
is inserted through ``textContent``; the security headers of the guard make the browser refuse HTML.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_NAMED = {"index.html": "/", "docs.html": "/docs"}
FILES = {
    _NAMED.get(file.name, f"/{file.name}"): file
    for file in sorted(Path(__file__).parent.iterdir())
    if file.suffix in _KINDS
}
"""The file for each path."""
JUDGING = {
    "/judge" if file.suffix == ".html" else f"/judging/{file.name}": file
    for file in sorted((Path(__file__).parent / "judging").iterdir())
    if file.suffix in _KINDS
}
"""The files of the page for judging, which is served only if it is asked for."""


def page_routes() -> list[Route]:
    """A route for each file of the search page."""
    return [_route(path, file) for path, file in FILES.items()]


def judging_page_routes() -> list[Route]:
    """A route for each file of the page for judging."""
    return [_route(path, file) for path, file in JUDGING.items()]


def _route(path: str, file: Path) -> Route:
    data, kind = file.read_bytes(), _KINDS[file.suffix]
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "cache-control": "no-cache",
        "etag": tag,
    }  # the browser asks each time; unchanged files are not sent

    async def give(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=kind, headers=headers)

    return Route(path, give)
