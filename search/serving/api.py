"""What the server's API takes: questions out of requests, within limits.

The same facts as an OpenAPI document stand in ``openapi``.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self, get_args

from indexer.errors import RequestError
from indexer.text import is_utf8
from search.question import MAX_K, MAX_QUERY, MAX_UNDER, SAYS_SOMETHING
from search.types import MODES, Mode

MAX_BODY = 64 * 1024
"""Bytes of a request's body."""
SECONDS = 10
"""How long a question may take."""

DEFAULT_K = 10
DEFAULT_MODE: Mode = get_args(Mode)[0]

_COUNTS = {"k", "per_article"}
_COUNT = f"[0-9]{{1,{len(str(MAX_K))}}}"
_SHARE = r"[0-9](\.[0-9]{1,20})?"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of ``/search``; complete and within the limits once constructed."""

    q: str
    k: int = DEFAULT_K
    mode: Mode = DEFAULT_MODE
    under: str | None = None
    per_article: int | None = None
    min_confidence: float = 0.0

    def __post_init__(self) -> None:
        _check_text("q", self.q, MAX_QUERY)
        if not re.search(SAYS_SOMETHING, self.q):
            raise invalid("q is empty")
        _check_count("k", self.k)
        if self.mode not in MODES:
            raise invalid(f"mode must be one of {', '.join(MODES)}")
        if self.under is not None:
            _check_text("under", self.under, MAX_UNDER)
            if not self.under:
                raise invalid("under is empty")
        if self.per_article is not None:
            _check_count("per_article", self.per_article)
        if type(self.min_confidence) not in {int, float} or not 0 <= self.min_confidence <= 1:
            raise invalid("min_confidence must be a number from 0 to 1")

    @classmethod
    def from_parameters(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """Of ``/search?q=...``. Raises RequestError."""
        asked: dict[str, Any] = single(parameters, cls.__slots__)
        # Written plainly: int() would take spaces, signs, underscores and other digits too.
        for name in _COUNTS & asked.keys():
            if re.fullmatch(_COUNT, asked[name]):
                asked[name] = int(asked[name])
        share = asked.get("min_confidence")
        if share is not None and re.fullmatch(_SHARE, share):
            asked["min_confidence"] = float(share)
        return cls._of(asked)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Of the body of ``POST /search``, in UTF-8. Raises RequestError."""
        try:
            asked = json.loads(body.decode("utf-8-sig"))  # of bytes it would guess the encoding
        except (ValueError, RecursionError):
            raise invalid("the body is not JSON in UTF-8") from None
        if not isinstance(asked, dict):
            raise invalid("the body must be a JSON object")
        _check_names(asked, cls.__slots__)
        for name in _COUNTS & asked.keys():
            if isinstance(asked[name], float) and asked[name].is_integer():
                asked[name] = int(asked[name])  # JSON has one kind of number
        return cls._of(asked)

    @classmethod
    def _of(cls, asked: Mapping[str, Any]) -> Self:
        if "q" not in asked:
            raise invalid("q is missing: the question")
        return cls(**asked)


def single(parameters: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """Parameters by name, each of which may be given once. Raises RequestError."""
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in found:
            raise invalid(f"{name[:40]!r} is given twice")
        found[name] = value
    _check_names(found, names)
    return found


def invalid(message: str) -> RequestError:
    """The error of a request that is understood and cannot be answered as it stands."""
    return RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def _check_names(found: Iterable[str], names: Iterable[str]) -> None:
    known = list(names)
    for name in found:
        if name not in known:
            raise invalid(f"there is no parameter {name[:40]!r}: there are {', '.join(known)}")


def _check_count(name: str, value: object) -> None:
    if type(value) is not int or not 1 <= value <= MAX_K:
        raise invalid(f"{name} must be a whole number from 1 to {MAX_K}")


def _check_text(name: str, value: object, limit: int) -> None:
    if not isinstance(value, str):
        raise invalid(f"{name} must be text")
    if len(value) > limit:
        raise invalid(f"{name} has {len(value):,} characters; it may have {limit:,}")
    if not is_utf8(value):
        raise invalid(f"{name} is not valid text")
