"""``locus serve``: one warm process over one index, asked by HTTP.

It listens at an address, and besides at the index's own socket (see ``local``). Thin over
``Searcher``: ``guard`` says who may ask, ``api`` what. The page lies in ``page``.
"""

import asyncio
import json
import re
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from indexer import __version__
from indexer.errors import LocusError, QueryError, RequestError, ServerError
from indexer.storing.schema import identity
from search.searcher import Searcher
from search.serving import local
from search.serving.api import MAX_BODY, SECONDS, Question, invalid, single
from search.serving.guard import Guard, bracketed, is_loopback, refusal
from search.serving.openapi import document
from search.serving.page import page_routes
from search.serving.protocol import Protocol
from search.serving.served import ServedIndex, article_as_json

T = TypeVar("T")

AT_ONCE = 64
"""Requests that are being answered or wait for their turn; one more is refused."""
SHORTEST_TOKEN = 16
_THREADS = 16
"""More than there are cores, so that questions gather which the model then reads together."""
_TURN = 0.001
"""Seconds that a thread may keep the interpreter while others wait for it."""
_JSON = "application/json"
_DRAINED = 16 * MAX_BODY
_GRACE = SECONDS + 5


def serve(
    folder: Path,
    host: str,
    port: int,
    token: str | None,
    *,
    open_browser: bool,
    say: Callable[[str], object],
) -> None:
    """Answer until SIGTERM or Ctrl-C; requests that are in hand then are answered still.

    Raises ServerError if it cannot listen there or needs a token to, and IndexFolderError or
    ModelError if the index cannot be searched.
    """
    _check_exposure(host, token)
    index = ServedIndex(folder)
    with listening(host, port) as listener:
        index.warm()  # before it can be found by those who would rather load than wait
        # The threads that speak HTTP and feed the model wait less long for those that rank.
        sys.setswitchinterval(_TURN)
        with local.listening(folder, say) as beside:
            path = beside.getsockname() if beside is not None else None
            app = Guard.for_host(application(index), host, token, path)
            server = http_server(app)
            # While it runs it handles these itself, and once it has ended raises again what it was
            # sent; before, they are for it to find.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: setattr(server, "should_exit", True))
            address = f"http://{bracketed(host)}:{listener.getsockname()[1]}/"
            say(f"{folder} is served on {address}; Ctrl-C ends it")
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            server.run([listener] if beside is None else [listener, beside])


class Workers:
    """Threads that answer: so many requests at once, each so long."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "answer")
        self._free = at_once
        self._seconds = seconds

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns. Raises RequestError when all are busy, or if it takes too long."""
        if not self._free:
            raise RequestError(
                HTTPStatus.TOO_MANY_REQUESTS, "too many questions at once", retry_after="1"
            )
        self._free -= 1
        answer = asyncio.wrap_future(self._pool.submit(work))
        answer.add_done_callback(self._ended)
        try:
            # A thread cannot be stopped: what takes too long keeps its place until it ends.
            return await asyncio.wait_for(asyncio.shield(answer), self._seconds)
        except TimeoutError:
            raise RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"the answer took longer than {self._seconds:g} seconds",
                retry_after="1",
            ) from None

    def _ended(self, answer: asyncio.Future[Any]) -> None:
        self._free += 1
        if not answer.cancelled():
            answer.exception()  # looked at: else one that nobody waits for any more would be logged


def application(index: ServedIndex, workers: Workers | None = None) -> Starlette:
    """The routes over an index, without the guard before them."""
    answering = workers or Workers()
    of_this_version = {local.VERSION: __version__}

    async def answer(make: Callable[[], Any]) -> Response:
        # Looked at first: if the folder is replaced meanwhile, the answer is not said to be of the
        # index that lies there then.
        from_this_index = {local.INDEX: identity(index.folder) or "none"}
        body = await answering.run(lambda: json.dumps(make(), ensure_ascii=False).encode())
        return Response(body, headers=of_this_version | from_this_index, media_type=_JSON)

    async def search(request: Request) -> Response:
        if request.method == "POST":
            asked = Question.from_json(await _body(request))
        else:
            asked = Question.from_parameters(request.query_params.multi_items())
        return await answer(
            lambda: (
                index.searcher()
                .search(
                    asked.q,
                    asked.k,
                    mode=asked.mode,
                    under=asked.under,
                    per_article=asked.per_article,
                    min_confidence=asked.min_confidence,
                )
                .as_json()
            )
        )

    async def article(request: Request) -> Response:
        name = request.path_params["id"]
        source = single(request.query_params.multi_items(), ["source"]).get("source")
        return await answer(lambda: _article(index.searcher(), name, source))

    async def status(request: Request) -> Response:
        single(request.query_params.multi_items(), [])
        return await answer(lambda: index.status().as_json())

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def openapi(_: Request) -> Response:
        return JSONResponse(document())

    app = Starlette(
        routes=[
            Route("/search", search, methods=["GET", "POST"]),
            Route("/articles/{id:path}", article),
            Route("/status", status),
            Route("/health", health),
            Route("/openapi.json", openapi),
            *page_routes(),
        ],
        exception_handlers={HTTPException: _http_failure, LocusError: _failure, Exception: _defect},
    )
    app.router.redirect_slashes = False
    return app


def _article(searcher: Searcher, name: str, source: str | None) -> dict[str, Any]:
    found = searcher.named(name, source)
    if not found:
        raise RequestError(HTTPStatus.NOT_FOUND, "there is no such article in the index")
    if len(found) > 1:
        sources = ", ".join(one.source for one in found)
        raise RequestError(
            HTTPStatus.CONFLICT, f"several sources have it; say which with source=: {sources}"
        )
    return article_as_json(found[0])


async def _body(request: Request) -> bytes:
    """The body of a request, if it is JSON within the limit and comes in time."""
    declared = Message()
    declared["content-type"] = request.headers.get("content-type", "")
    body = bytearray()
    received = 0
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                received += len(chunk)
                if received <= MAX_BODY:
                    body += chunk
                elif received > _DRAINED:  # until then it is read, or the answer would be lost
                    break
    except TimeoutError:
        raise RequestError(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive") from None
    except ClientDisconnect:  # nobody is left to read the answer
        raise RequestError(HTTPStatus.BAD_REQUEST, "the body was cut short") from None
    if received > MAX_BODY:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {MAX_BODY:,} bytes"
        )
    charset = declared.get_content_charset("utf-8")
    if declared.get_content_type() != _JSON or charset != "utf-8":
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json, in UTF-8"
        )
    return bytes(body)


async def _http_failure(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's signature is wider
    status = HTTPStatus(error.status_code)
    failure = RequestError(status, status.description or status.phrase)
    failure.headers.update(error.headers or {})
    return refusal(failure)


async def _failure(_: Request, error: Exception) -> Response:
    if isinstance(error, RequestError):
        return refusal(error)
    if isinstance(error, QueryError):
        return refusal(invalid(str(error)))
    return refusal(RequestError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry_after="1"))


async def _defect(_: Request, error: Exception) -> Response:
    return refusal(RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__))


def _check_exposure(host: str, token: str | None) -> None:
    if token is not None and not re.fullmatch(rf"[!-~]{{{SHORTEST_TOKEN},}}", token):
        raise ServerError(
            f"a token has at least {SHORTEST_TOKEN} characters, of ASCII alone and without spaces"
        )
    if token is None and not is_loopback(host):
        raise ServerError(
            f"{host} is within reach of other machines: give a --token, which everyone who asks"
            " has to know"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that holds the address from now on."""
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(Protocol.most)
    except (OSError, OverflowError, UnicodeError) as error:  # the last for a name that is none
        if listener is not None:
            listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise ServerError(
            f"cannot listen on {bracketed(host)}:{port}: {reason}; --port takes another"
        ) from None
    return listener


def http_server(app: ASGIApp) -> uvicorn.Server:
    """What speaks HTTP for an application; it logs nothing, for addresses hold questions."""
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)
