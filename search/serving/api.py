"""Read questions from HTTP requests, and check their parameters against the limits.

``openapi`` describes the same parameters and limits as an OpenAPI document.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self, get_args

from indexer.errors import QueryError, RequestError
from indexer.text import is_utf8
from search.limits import (
    MAX_K,
    MAX_QUERY,
    MAX_UNDER,
    MAX_VALUE,
    MAX_VALUES,
    MODES,
    SAYS_SOMETHING,
    Mode,
)
from search.question import check_date
from search.types import Searching, Selecting

MAX_BODY = 64 * 1024
"""Largest request body, in bytes."""
SECONDS = 10
"""Longest time to answer a request."""

MAX_OFFSET = 10**9
"""Largest ``start`` or ``end`` in a request; no article is that long."""

DEFAULT_K = 10
DEFAULT_MODE: Mode = get_args(Mode)[0]

_COUNTS = {"k", "per_article"}
_OFFSETS = {"start", "end"}
_LISTS = {"tags", "authors"}
_SHARE = r"[0-9](\.[0-9]{1,20})?"
_BOOLEANS = {"true": True, "false": False}
_SWITCHES = {"literal", "exact"}


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of ``/search``, checked when constructed. Raises RequestError.

    >>> Question("Why do corals turn white?", k=3).mode
    'hybrid'
    """

    q: str
    k: int = DEFAULT_K
    mode: Mode = DEFAULT_MODE
    under: str | None = None
    per_article: int | None = None
    min_confidence: float = 0.0
    literal: bool = False
    since: str | None = None
    until: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    exact: bool = False

    def __post_init__(self) -> None:
        _check_text("q", self.q, MAX_QUERY)
        if not re.search(SAYS_SOMETHING, self.q):
            raise invalid("q is empty")
        if self.mode not in MODES:
            raise invalid(f"mode must be one of {', '.join(MODES)}")
        _check_selection(self)
        _check_switch("literal", self.literal)
        if type(self.min_confidence) not in {int, float} or not 0 <= self.min_confidence <= 1:
            raise invalid("min_confidence must be a number from 0 to 1")

    @property
    def searching(self) -> Searching:
        """The keyword arguments of ``Searcher.search``."""
        return Searching(
            mode=self.mode,
            min_confidence=self.min_confidence,
            literal=self.literal,
            **_selecting(self),
        )

    @classmethod
    def from_parameters(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """The question in the address of ``GET /search?q=...``. Raises RequestError."""
        asked = _selected(parameters, cls.__slots__)
        _read_numbers(asked, _COUNTS, MAX_K)
        share = asked.get("min_confidence")
        if share is not None and re.fullmatch(_SHARE, share):
            asked["min_confidence"] = float(share)
        _read_switches(asked)
        return cls._of(asked)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """The question in the body of ``POST /search``, UTF-8 JSON. Raises RequestError."""
        return cls.from_object(parsed(body))

    @classmethod
    def from_object(cls, asked: dict[str, Any]) -> Self:
        """The question in a JSON object; its lists become tuples. Raises RequestError."""
        check_names(asked, cls.__slots__)
        for name in _COUNTS & asked.keys():
            if isinstance(asked[name], float) and asked[name].is_integer():
                asked[name] = int(asked[name])  # JSON has only one number type
        for name in _LISTS & asked.keys():
            asked[name] = tuple(asked[name]) if isinstance(asked[name], list) else asked[name]
        return cls._of(asked)

    @classmethod
    def _of(cls, asked: Mapping[str, Any]) -> Self:
        if "q" not in asked:
            raise invalid("missing parameter q (the question)")
        return cls(**asked)


@dataclass(frozen=True, slots=True)
class Example:
    """The parameters of ``/similar``, checked when constructed. Raises RequestError.

    >>> Example("coral-reefs.md", start=120, end=560).k
    10
    """

    article: str
    source: str | None = None
    start: int = 0
    end: int | None = None
    k: int = DEFAULT_K
    under: str | None = None
    per_article: int | None = None
    since: str | None = None
    until: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    exact: bool = False

    def __post_init__(self) -> None:
        _check_number("start", self.start, 0, MAX_OFFSET)
        if self.end is not None:
            _check_number("end", self.end, 1, MAX_OFFSET)
        _check_selection(self)

    @property
    def selecting(self) -> Selecting:
        """The keyword arguments of ``Searcher.similar`` that select articles."""
        return _selecting(self)

    @classmethod
    def from_parameters(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """The example in the address of ``GET /similar?article=...``. Raises RequestError."""
        asked = _selected(parameters, cls.__slots__)
        _check_named(asked)
        _read_numbers(asked, _COUNTS, MAX_K)
        _read_numbers(asked, _OFFSETS, MAX_OFFSET)
        _read_switches(asked)
        return cls(**asked)


def named(parameters: Iterable[tuple[str, str]]) -> tuple[str, str | None]:
    """The article and its source in the address of ``GET /articles?article=...``.

    Raises RequestError.
    """
    asked = single(parameters, ["article", "source"])
    _check_named(asked)
    return asked["article"], asked.get("source")


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in the body of a request. Raises RequestError."""
    try:
        found = json.loads(body.decode("utf-8-sig"))  # given bytes, it would guess
    except (ValueError, RecursionError):
        raise invalid("the request body is not valid UTF-8 JSON") from None
    if not isinstance(found, dict):
        raise invalid("the request body must be a JSON object")
    return found


def _selected(parameters: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, Any]:
    """Parameters by name, of which tags and authors may be given several times."""
    given = list(parameters)
    asked: dict[str, Any] = single([it for it in given if it[0] not in _LISTS], names)
    for name in _LISTS:
        values = tuple(value for other, value in given if other == name)
        if values:
            asked[name] = values
    return asked


def single(parameters: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """Parameters by name; each may be given once. Raises RequestError."""
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in found:
            raise invalid(f"parameter {name[:40]!r} is given twice")
        found[name] = value
    check_names(found, names)
    return found


def invalid(message: str) -> RequestError:
    """The error for a request with a missing, unknown or invalid parameter (status 422)."""
    return RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def check_names(found: Iterable[str], names: Iterable[str]) -> None:
    """Raise RequestError for the name of a parameter that does not exist."""
    known = list(names)
    for name in found:
        if name not in known:
            raise invalid(f"unknown parameter {name[:40]!r}; allowed: {', '.join(known) or 'none'}")


def _check_named(asked: Mapping[str, Any]) -> None:
    if "article" not in asked:
        raise invalid("missing parameter article (the `article` value from a hit)")


def _read_numbers(asked: dict[str, Any], names: Iterable[str], most: int) -> None:
    """Replace texts by whole numbers; what is none stays a text, which is refused later."""
    for name in asked.keys() & set(names):
        # int() alone would also accept spaces, signs, underscores and non-ASCII digits.
        if re.fullmatch(f"[0-9]{{1,{len(str(most))}}}", asked[name]):
            asked[name] = int(asked[name])


def _read_switches(asked: dict[str, Any]) -> None:
    """Replace ``true`` and ``false``; what is neither is refused later."""
    for name in _SWITCHES & asked.keys():
        asked[name] = _BOOLEANS.get(asked[name])


def _selecting(asked: Question | Example) -> Selecting:
    return Selecting(
        under=asked.under,
        per_article=asked.per_article,
        since=asked.since,
        until=asked.until,
        tags=asked.tags,
        authors=asked.authors,
        exact=asked.exact,
    )


def _check_selection(asked: Question | Example) -> None:
    """Check the parameters that every search has."""
    _check_number("k", asked.k, 1, MAX_K)
    if asked.under is not None:
        _check_text("under", asked.under, MAX_UNDER)
        if not asked.under:
            raise invalid("under is empty")
    if asked.per_article is not None:
        _check_number("per_article", asked.per_article, 1, MAX_K)
    _check_facets(asked)
    _check_switch("exact", asked.exact)


def _check_facets(asked: Question | Example) -> None:
    for name in ("since", "until"):
        value = getattr(asked, name)
        if value is not None:
            _check_text(name, value, MAX_VALUE)
            try:
                check_date(name, value)
            except QueryError as error:
                raise invalid(str(error)) from None
    for name in sorted(_LISTS):
        values: object = getattr(asked, name)
        if not isinstance(values, tuple) or len(values) > MAX_VALUES:
            raise invalid(f"{name} must be a list of at most {MAX_VALUES} texts")
        for value in values:
            _check_text(name, value, MAX_VALUE)
            if not re.search(SAYS_SOMETHING, value):
                raise invalid(f"{name} has an empty value")


def _check_switch(name: str, value: object) -> None:
    if type(value) is not bool:
        raise invalid(f"{name} must be true or false")


def _check_number(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise invalid(f"{name} must be a whole number from {least} to {most}")


def _check_text(name: str, value: object, limit: int) -> None:
    if not isinstance(value, str):
        raise invalid(f"{name} must be text")
    if len(value) > limit:
        raise invalid(f"{name} is too long ({len(value):,} characters; the limit is {limit:,})")
    if not is_utf8(value):
        raise invalid(f"{name} is not valid Unicode text")
