"""Check the Host, the Origin and the token of each request, and add security headers.

Any website that is open in a browser on this machine can send requests to a server on loopback. It
cannot read the answers, because the server sends no CORS headers. But a website whose domain
resolves to 127.0.0.1 (DNS rebinding) could read them. So the ``Host`` of a request must be this
server's, and requests from other websites are refused.

A client of the index's own socket (see ``local``) needs no token: only this user can open that
file. The other checks apply there too, because a user may forward the socket to a network port.
"""

import hmac
import ipaddress
import logging
import re
import socket
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer.errors import RequestError
from search.serving.page import FILES, JUDGING

PUBLIC = frozenset({*FILES, *JUDGING, "/health", "/openapi.json"})
"""Paths that show no content of the index, and so need no token."""

_SECURITY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""Headers of every response."""
_NOT_KEPT = {"cache-control": "no-store"}
_FOREIGN = "blocked: request from another website"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:[0-9]{1,5})?", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Guard:
    """ASGI middleware that refuses forbidden requests and adds security headers to responses.

    ``names`` are the host names that a ``Host`` header may contain. ``addresses`` allows any IP
    address too, which a server for other machines needs. (DNS rebinding always uses a name.)
    ``token`` is the token that requests must carry, or None.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: Collection[str],
        *,
        addresses: bool,
        token: str | None,
    ) -> None:
        self._app = app
        self._names = frozenset(names)
        self._addresses = addresses
        self._token = token.encode() if token is not None else None

    @classmethod
    def for_host(cls, app: ASGIApp, host: str, token: str | None) -> "Guard":
        """The guard for a server that listens on ``host``."""
        names = {*_LOOPBACK, bracketed(host)}
        beyond = not is_loopback(host)
        if beyond:
            machine = socket.gethostname().lower()
            names |= {machine, f"{machine}.local"}
        return cls(app, names, addresses=beyond, token=token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers[name] = value
                for name, value in _NOT_KEPT.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] != "http":
            return
        try:
            self._check(scope)
        except RequestError as error:
            await refusal(error)(scope, receive, send_safely)
            return
        try:
            await self._app(scope, receive, send_safely)
        except Exception as error:  # noqa: BLE001 - it was answered already
            log = logging.getLogger("locus")
            name = type(error).__name__
            log.error("internal error (%s) while answering a request; please report it", name)  # noqa: TRY400 - a traceback could contain a question

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = self._checked_host(headers)
        _check_origin(host, scope["method"], headers)
        if self._token is not None and scope["path"] not in PUBLIC:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            right = hmac.compare_digest(given.strip().encode(), self._token)
            if scheme.lower() != "bearer" or not right:
                raise RequestError(
                    HTTPStatus.UNAUTHORIZED,
                    'token required: send the header "Authorization: Bearer TOKEN"',
                    www_authenticate="Bearer",
                )

    def _checked_host(self, headers: Headers) -> str:
        named = headers.getlist("host")
        host = named[0].lower() if len(named) == 1 else ""
        parts = _HOST.fullmatch(host)
        if parts is not None:
            name = parts[1]
            if name in self._names or (self._addresses and _is_address(name)):
                return host
        raise RequestError(
            HTTPStatus.FORBIDDEN,
            f"wrong Host header: use {' or '.join(sorted(self._names))}",
        )


def _check_origin(host: str, method: str, headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host:
        raise RequestError(HTTPStatus.FORBIDDEN, _FOREIGN)
    # Browsers send Sec-Fetch-Site even with requests that have no Origin.
    site = headers.get("sec-fetch-site", "none")
    link = headers.get("sec-fetch-mode") == "navigate" and method == "GET"
    framed = headers.get("sec-fetch-dest", "document") != "document"
    if site not in {"none", "same-origin"} and (not link or framed):
        raise RequestError(HTTPStatus.FORBIDDEN, _FOREIGN)


def _netloc(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a server on ``host`` can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def bracketed(host: str) -> str:
    """A host as written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host.lower()


def refusal(error: RequestError) -> Response:
    """The complete JSON response to a refused request, with the headers of every response."""
    # The message may contain a path that is not UTF-8; JSON must be.
    message = str(error).encode("utf-8", "backslashreplace").decode()
    body = {"error": {"status": error.status, "message": message}}
    return JSONResponse(body, error.status, _SECURITY | _NOT_KEPT | error.headers)
