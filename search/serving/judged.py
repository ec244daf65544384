"""The routes of the page for judging, which are served only if the user asks for it.

::

    GET  /judging            who judges what, what is left, and the next hit without a grade
    GET  /judging/hits       the hits for one question, in their blind order
    GET  /judging/standing   how sure the comparison is, and how well the judges agree
    POST /judging/opinion    a grade, answers or a note for one hit; the answer says it is saved
    POST /judging/undo       takes the judge's last act back

Nothing in an answer shows which system found a hit, not even its scores. Writing needs a JSON
body, which no form of another website can send, and the guard refuses other origins.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indexer.errors import DatasetError, RequestError
from search.judging.agreement import agreement
from search.judging.session import JudgedHit, Session
from search.serving.api import check_names, invalid, parsed, single
from search.serving.page import judging_page_routes
from search.serving.routes import Workers, body_of

_OPINION = ("question", "article", "grade", "answers", "note")
_MOST_ANSWERS = 20


@contextmanager
def judging_page(opening: AbstractContextManager[Session]) -> Iterator[list[Route]]:
    """The routes of a session that is opened for them, while it searches the questions ahead."""
    with opening as session:
        session.search_ahead()
        yield judging_routes(session)


def judging_routes(session: Session, workers: Workers | None = None) -> list[Route]:
    """The page for judging, and what it asks for."""
    its = _Judging(session, workers or Workers())
    return [
        Route("/judging", its.overview),
        Route("/judging/hits", its.hits),
        Route("/judging/standing", its.standing),
        Route("/judging/opinion", its.opinion, methods=["POST"]),
        Route("/judging/undo", its.undo, methods=["POST"]),
        *judging_page_routes(),
    ]


class _Judging:
    """The answers, one method for each route."""

    def __init__(self, session: Session, workers: Workers) -> None:
        self._session = session
        self._workers = workers

    async def overview(self, request: Request) -> Response:
        single(request.query_params.multi_items(), [])
        return await self._json(self._overview)

    async def hits(self, request: Request) -> Response:
        asked = single(request.query_params.multi_items(), ["question"])
        number = asked.get("question", "")
        if not number.isascii() or not number.isdigit() or len(number) > 9:  # noqa: PLR2004
            raise invalid("question must be a whole number of 0 or more")
        return await self._json(lambda: self._hits(int(number)))

    async def standing(self, request: Request) -> Response:
        single(request.query_params.multi_items(), [])
        return await self._json(self._standing)

    async def opinion(self, request: Request) -> Response:
        said = parsed(await body_of(request))
        check_names(said, _OPINION)
        _check_opinion(said)
        return await self._json(lambda: self._save(said))

    async def undo(self, request: Request) -> Response:
        check_names(parsed(await body_of(request)), [])
        return await self._json(self._undo)

    def _overview(self) -> dict[str, Any]:
        session = self._session
        start = session.next_ungraded()
        return {
            "dataset": session.folder.resolve().name,
            "judge": session.judge,
            "systems": list(session.systems),
            "depth": session.depth,
            "next": start and {"question": start[0], "place": start[1]},
            "left": session.left().as_json(),
        }

    def _hits(self, number: int) -> dict[str, Any]:
        pool = self._session.pool(number)
        return {
            "question": number,
            "query_id": pool.query,
            "text": pool.text,
            "hits": [
                _hit_as_json(place, hit) for place, hit in enumerate(self._session.hits(number))
            ],
        }

    def _standing(self) -> dict[str, Any]:
        agreed = agreement(self._session.book.by_judge())
        sure = self._session.sureness()
        return {
            "comparison": {**sure.as_json(), "text": sure.as_text(), "short": sure.in_short()},
            "agreement": {**agreed.as_json(), "text": agreed.as_text()},
        }

    def _save(self, said: dict[str, Any]) -> dict[str, Any]:
        answers = said.get("answers")
        judged = self._session.judge_hit(
            said["question"],
            said["article"],
            grade=said.get("grade"),
            answers=None if answers is None else [(it["start"], it["end"]) for it in answers],
            note=said.get("note"),
        )
        return {"opinion": _opinion_as_json(judged), "left": self._session.left().as_json()}

    def _undo(self) -> dict[str, Any]:
        undone = self._session.undo()
        return {
            "undone": undone and {"question": undone[0], "article": undone[1]},
            "left": self._session.left().as_json(),
        }

    async def _json(self, make: Callable[[], dict[str, Any]]) -> Response:
        def work() -> bytes:
            try:
                return json.dumps(make(), ensure_ascii=False).encode()
            except DatasetError as error:
                # Not worth a retry by itself: a file or the disk needs the user's attention.
                raise RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)) from None

        return Response(await self._workers.run(work), media_type="application/json")


def _hit_as_json(place: int, judged: JudgedHit) -> dict[str, Any]:
    """A hit without anything that depends on the system that found it, such as scores."""
    hit = judged.hit
    passages = []
    for passage in hit.passages:
        shown = passage.as_json()
        del shown["score"], shown["scores"]
        passages.append({**shown, "rank": place + 1})
    return {
        "article": hit.article,
        "source": hit.source,
        "title": hit.title,
        "passages": passages,
        "opinion": _opinion_as_json(judged),
    }


def _opinion_as_json(judged: JudgedHit) -> dict[str, Any]:
    said = judged.opinion
    return {
        "grade": said.grade,
        "earlier": judged.earlier,
        "answers": [{"start": it.start, "end": it.end, "text": it.text} for it in said.answers],
        "note": said.note,
    }


def _check_opinion(said: dict[str, Any]) -> None:
    if not isinstance(said.get("article"), str) or type(said.get("question")) is not int:
        raise invalid("question must be a whole number and article a text")
    if said.get("grade") is not None and type(said["grade"]) is not int:
        raise invalid("grade must be a whole number")
    if said.get("note") is not None and not isinstance(said["note"], str):
        raise invalid("note must be text")
    answers = said.get("answers")
    if answers is None:
        return
    if not isinstance(answers, list) or len(answers) > _MOST_ANSWERS:
        raise invalid(f"answers must be a list of at most {_MOST_ANSWERS} spans")
    for one in answers:
        of = one if isinstance(one, dict) else {}
        if type(of.get("start")) is not int or type(of.get("end")) is not int:
            raise invalid("an answer needs start and end, in characters of the article")
