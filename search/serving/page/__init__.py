"""The page of the server: plain files, read once, served from memory.

::

    question, address -> asking -> answers: hits, excerpt; messages in their place
                                -> reader:  typeset, rail, sight; place to copy
    app joins them; keys, status, kept and patience serve them; nodes, text and api are beneath

They are the whole of it: nothing is built, and nothing comes from elsewhere. Whatever text they
show of articles or questions goes through ``textContent``; the policy that the guard sends makes a
browser refuse anything else.
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
"""By the path that each is served at."""


def page_routes() -> list[Route]:
    """A route for each file."""
    return [_route(path, file) for path, file in FILES.items()]


def _route(path: str, file: Path) -> Route:
    data, kind = file.read_bytes(), _KINDS[file.suffix]
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"cache-control": "no-cache", "etag": tag}  # asked again each time, sent if changed

    async def give(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=kind, headers=headers)

    return Route(path, give)
