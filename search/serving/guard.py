"""Who may ask the server: the Host, the Origin and the token of a request, and what is answered.

A server on loopback is within reach of every page that a browser on the machine shows. Such a page
can send requests here (it cannot read the answers, for there is no CORS), and with a name of its
own that it lets point to 127.0.0.1 (DNS rebinding) it could read them too. So a request has to name
this server in ``Host``, and must not come from another site.

What comes by the index's own socket (see ``local``) has shown who it is by opening a file: the
guard there asks for no token. The rest holds there too: somebody may forward the socket to where
pages reach it.
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
from search.serving.page import FILES

PUBLIC = frozenset({*FILES, "/health", "/openapi.json"})
"""Paths that show nothing of the index, and need no token."""

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
"""Headers of every answer."""
_NOT_KEPT = {"cache-control": "no-store"}
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:[0-9]{1,5})?", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Guard:
    """Lets through what may be asked, and adds to each answer what a browser has to respect.

    ``names`` are those under which the server may be asked; ``addresses`` says whether any IP
    address will do besides, as it must where the server is reached from other machines. (Rebinding
    needs a name.)
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
        """The guard of a server that listens on ``host``."""
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
        except Exception as error:  # noqa: BLE001 - it was answered; the next requests go on
            log = logging.getLogger("locus")
            log.error("unexpected %s while answering; please report it", type(error).__name__)  # noqa: TRY400 - a traceback could hold a question

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
                    "this server wants its token: Authorization: Bearer TOKEN",
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
            f"this server is asked as {' or '.join(sorted(self._names))}, and not by another name",
        )


def _check_origin(host: str, method: str, headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host:
        raise RequestError(HTTPStatus.FORBIDDEN, "a page of another origin may not ask here")
    # Browsers say where a request comes from also where they send no Origin.
    site = headers.get("sec-fetch-site", "none")
    link = headers.get("sec-fetch-mode") == "navigate" and method == "GET"
    framed = headers.get("sec-fetch-dest", "document") != "document"
    if site not in {"none", "same-origin"} and (not link or framed):
        raise RequestError(HTTPStatus.FORBIDDEN, "a page of another site may not ask here")


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
    """Whether only programs of this machine reach a server on ``host``."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def bracketed(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host.lower()


def refusal(error: RequestError) -> Response:
    """The answer that says why a request is refused, whole as it is: with the headers of all."""
    # A path in it need not be UTF-8, as JSON is.
    message = str(error).encode("utf-8", "backslashreplace").decode()
    body = {"error": {"status": error.status, "message": message}}
    return JSONResponse(body, error.status, _SECURITY | _NOT_KEPT | error.headers)
