"""The routes of the server: one for each path. Threads do the work.

``api`` reads and checks the parameters. Every failure is a JSON response, see ``guard.refusal``.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from indexer import __version__
from indexer.errors import LocusError, QueryError, RequestError
from indexer.storing.schema import identity
from indexer.storing.stored import StoredArticle
from indexer.text import printable
from search.checking.citation import verdicts_as_json
from search.logged.entries import LoggedQuestion
from search.logged.log import QuestionLog
from search.searcher import Searcher
from search.serving import local
from search.serving.api import MAX_BODY, SECONDS, Example, Question, invalid, named, single
from search.serving.cited import MAX_CHECK_BODY, cited_hits
from search.serving.guard import refusal
from search.serving.logged import entry_of_page
from search.serving.openapi import document
from search.serving.originals import original_of
from search.serving.page import page_routes
from search.serving.served import ServedIndex, article_as_json
from search.serving.several import Questions
from search.types import Options

T = TypeVar("T")

AT_ONCE = 64
"""Most requests in progress or waiting; one more is refused."""
_THREADS = 16
"""More than there are cores, so that the model can encode several questions in one batch."""
_JSON = "application/json"
_NO_LOG = "this server keeps no questions; start it with --log FILE"
_NO_ORIGINALS = "this server does not give original files; start it with --originals"
_DRAINED = 16
"""How many times the limit of a body is read before the connection is closed."""
_HTTP_FAILURES = {
    HTTPStatus.NOT_FOUND: "no such path; see /docs",
    HTTPStatus.METHOD_NOT_ALLOWED: "method not allowed on this path; see /docs",
}


class Workers:
    """Threads that answer requests: at most ``at_once`` in progress, each for ``seconds``."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "answer")
        self._free = at_once
        self._seconds = seconds

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns. Raises RequestError if all are busy, or if it takes too long."""
        if not self._free:
            raise RequestError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too many questions at once; try again in a second",
                retry_after="1",
            )
        self._free -= 1
        answer = asyncio.wrap_future(self._pool.submit(work))
        answer.add_done_callback(self._ended)
        try:
            # A thread cannot be stopped: work that takes too long occupies it until it ends.
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
            answer.exception()  # else asyncio would log one that nobody awaits any more


def application(
    index: ServedIndex,
    workers: Workers | None = None,
    *,
    originals: bool = False,
    log: QuestionLog | None = None,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """The routes for an index, and ``more`` of them, without the guard.

    ``originals`` gives the files of articles too. ``log`` is where questions are kept, if anywhere.
    """
    its = _Answers(index, workers or Workers(), originals=originals, log=log)
    app = Starlette(
        routes=[
            Route("/search", its.search, methods=["GET", "POST"]),
            Route("/batch", its.batch, methods=["POST"]),
            Route("/similar", its.similar),
            Route("/check", its.check, methods=["POST"]),
            Route("/log", its.log, methods=["POST"]),
            Route("/articles", its.article_by_name),
            Route("/articles/{id:path}", its.article),
            Route("/originals", its.original),
            Route("/status", its.status),
            Route("/health", _health),
            Route("/openapi.json", _openapi),
            *page_routes(),
            *more,
        ],
        exception_handlers={HTTPException: _http_failure, LocusError: _failure, Exception: _defect},
    )
    app.router.redirect_slashes = False
    return app


class _Answers:
    """The answers to requests that read the index, one method for each route."""

    def __init__(
        self, index: ServedIndex, workers: Workers, *, originals: bool, log: QuestionLog | None
    ) -> None:
        self._index = index
        self._workers = workers
        self._originals = originals
        self._log = log

    async def search(self, request: Request) -> Response:
        if request.method == "POST":
            asked = Question.from_json(await body_of(request))
        else:
            asked = Question.from_parameters(request.query_params.multi_items())
        is_kept = not local.UNLOGGED.items() <= dict(request.headers).items()
        return await self._answer(lambda searcher: self._search(searcher, asked, is_kept=is_kept))

    async def batch(self, request: Request) -> Response:
        asked = Questions.from_json(await body_of(request))
        return await self._answer(lambda searcher: _many(searcher, asked))

    async def similar(self, request: Request) -> Response:
        asked = Example.from_parameters(request.query_params.multi_items())
        return await self._answer(lambda searcher: _similar(searcher, asked))

    async def check(self, request: Request) -> Response:
        cited = cited_hits(await body_of(request, MAX_CHECK_BODY))
        return await self._answer(lambda searcher: verdicts_as_json(searcher.check(cited)))

    async def log(self, request: Request) -> Response:
        body = await body_of(request)
        log = self._log
        if log is None:
            raise RequestError(HTTPStatus.FORBIDDEN, _NO_LOG)
        entry = entry_of_page(body, self._index.folder)
        return await self._json(lambda: {"kept": log.keep(entry)})

    async def article(self, request: Request) -> Response:
        asked = single(request.query_params.multi_items(), ["source"])
        return await self._article(request.path_params["id"], asked.get("source"))

    async def article_by_name(self, request: Request) -> Response:
        return await self._article(*named(request.query_params.multi_items()))

    async def original(self, request: Request) -> Response:
        name, source = named(request.query_params.multi_items())
        if not self._originals:
            raise RequestError(HTTPStatus.FORBIDDEN, _NO_ORIGINALS)
        return await self._workers.run(
            lambda: original_of(_article(self._index.searcher(), name, source))
        )

    async def status(self, request: Request) -> Response:
        single(request.query_params.multi_items(), [])
        log = None if self._log is None else printable(self._log.path)
        more = {"originals": self._originals, "log": log}
        return await self._json(lambda: {**self._index.status().as_json(), **more})

    def _search(self, searcher: Searcher, asked: Question, *, is_kept: bool) -> dict[str, Any]:
        answer = searcher.search(asked.q, asked.k, **asked.searching)
        if self._log is not None and is_kept:
            options = Options(asked.k, **asked.searching)
            self._log.keep(LoggedQuestion.of(answer, options, "http", self._index.folder))
        return answer.as_json()

    async def _article(self, name: str, source: str | None) -> Response:
        return await self._answer(
            lambda searcher: article_as_json(_article(searcher, name, source))
        )

    async def _answer(self, make: Callable[[Searcher], Any]) -> Response:
        return await self._json(lambda: make(self._index.searcher()))

    async def _json(self, make: Callable[[], Any]) -> Response:
        # Read first: if the folder is replaced during the search, the answer must not name the new
        # index.
        of_this_index = {local.INDEX: identity(self._index.folder) or "none"}
        body = await self._workers.run(lambda: json.dumps(make(), ensure_ascii=False).encode())
        headers = {local.VERSION: __version__, **of_this_index}
        return Response(body, headers=headers, media_type=_JSON)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _openapi(_: Request) -> Response:
    return JSONResponse(document())


def _many(searcher: Searcher, asked: Questions) -> dict[str, Any]:
    answers = searcher.search_many(asked.queries, asked.first.k, **asked.first.searching)
    return {"answers": [answer.as_json() for answer in answers]}


def _similar(searcher: Searcher, asked: Example) -> dict[str, Any]:
    article = _article(searcher, asked.article, asked.source)
    return searcher.similar(
        article.name,
        asked.start,
        asked.end,
        asked.k,
        source=article.source,
        **asked.selecting,
    ).as_json()


def _article(searcher: Searcher, name: str, source: str | None) -> StoredArticle:
    """The article of this name. Raises RequestError if no source has it, or if several have."""
    found = searcher.named(name, source)
    if not found:
        raise RequestError(HTTPStatus.NOT_FOUND, "no such article in the index")
    if len(found) > 1:
        sources = ", ".join(one.source for one in found)
        raise RequestError(
            HTTPStatus.CONFLICT,
            f"several sources have an article of this name; add source=..., one of: {sources}",
        )
    return found[0]


async def body_of(request: Request, most: int = MAX_BODY) -> bytes:
    """The body of a request, of ``most`` bytes at most.

    Raises RequestError if it is late, too large or not JSON.
    """
    declared = Message()
    declared["content-type"] = request.headers.get("content-type", "")
    body = bytearray()
    received = 0
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                received += len(chunk)
                if received <= most:
                    body += chunk
                elif received > _DRAINED * most:  # closing earlier would lose the answer
                    break
    except TimeoutError:
        raise RequestError(
            HTTPStatus.REQUEST_TIMEOUT, "the request body did not arrive in time"
        ) from None
    except ClientDisconnect:  # nobody is left to read the answer
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request body is incomplete") from None
    if received > most:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the request body is too large (the limit is {most:,} bytes)",
        )
    charset = declared.get_content_charset("utf-8")
    if declared.get_content_type() != _JSON or charset != "utf-8":
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "the Content-Type of the request body must be application/json, in UTF-8",
        )
    return bytes(body)


async def _http_failure(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette declares a wider type
    status = HTTPStatus(error.status_code)
    message = _HTTP_FAILURES.get(status, status.description or status.phrase)
    failure = RequestError(status, message)
    failure.headers.update(error.headers or {})
    return refusal(failure)


async def _failure(_: Request, error: Exception) -> Response:
    if isinstance(error, RequestError):
        return refusal(error)
    if isinstance(error, QueryError):
        return refusal(invalid(str(error)))
    return refusal(RequestError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry_after="1"))


async def _defect(_: Request, error: Exception) -> Response:
    message = f"internal error ({type(error).__name__}); please report it"
    return refusal(RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, message))
