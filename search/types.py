"""What a searcher is asked, and what it answers.

``as_json`` returns the shape that scripts depend on: keep it stable. ``from_json`` is its inverse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, TypedDict, TypeVar

from indexer.types import Facets
from indexer.types import Span as Span  # noqa: PLC0414 - part of an answer
from search.limits import MODES
from search.limits import Mode as Mode  # noqa: PLC0414 - part of an answer

T = TypeVar("T")


class Selecting(TypedDict, total=False):
    """The keyword arguments of a search that say which passages it may return.

    See ``Searcher.search``.

    >>> selecting: Selecting = {"under": "notes", "tags": ["birds"]}
    """

    under: str | None
    per_article: int | None
    since: str | None
    until: str | None
    tags: Sequence[str]
    authors: Sequence[str]
    exact: bool


class Searching(Selecting, total=False):
    """The keyword arguments of ``Searcher.search``, with the defaults of ``Options``.

    >>> searching: Searching = {"mode": "lexical", "since": "2024-05"}
    """

    mode: Mode
    min_confidence: float
    literal: bool


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer questions (see ``Searcher.search``). ``question.checked`` checks them.

    >>> Options(k=3, literal=True).as_json()["literal"]
    True
    """

    k: int = 10
    mode: Mode = "hybrid"
    under: str | None = None
    per_article: int | None = None
    min_confidence: float = 0.0
    literal: bool = False
    since: str | None = None
    until: str | None = None
    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    exact: bool = False

    @property
    def facets(self) -> Facets:
        """Which articles to search."""
        tags, authors = tuple(self.tags), tuple(self.authors)
        return Facets(self.under, self.since, self.until, tags, authors)

    def as_json(self) -> dict[str, Any]:
        """The options by the names that ``Searcher.search`` and the server's ``/search`` use."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers: ``text == article_text[start:end]``.

    ``article`` is the path relative to ``source``, or the ``_id`` of an article of a corpus.
    ``line`` is the line of the article's text on which it starts, counted from 1. ``sha256`` is
    that of the article's text. ``semantic`` is the cosine of question and passage, ``lexical`` the
    BM25 score. ``highlight`` is the sentence that answers best. ``rerank`` is None unless a
    reranker read the passage. ``where`` says where the passage is in words of the file's format,
    such as page 7; None if the line says enough. ``date`` and ``authors`` are those of the article,
    if its file says them (see ``Metadata`` in ``indexer.types``).

    >>> hit = Hit(1, 0.9, 0.6, 7.1, "sea.md", "/notes", "Sea", "0" * 64, 5, 9, 2, "Salt", None)
    >>> hit.as_json()["scores"]
    {'semantic': 0.6, 'lexical': 7.1}
    """

    rank: int
    score: float
    semantic: float | None
    lexical: float | None
    article: str
    source: str
    title: str
    sha256: str
    start: int
    end: int
    line: int
    text: str
    highlight: Span | None
    rerank: float | None = None
    where: str | None = None
    date: str | None = None
    authors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        rerank = {} if self.rerank is None else {"rerank": self.rerank}
        return {
            "rank": self.rank,
            "score": self.score,
            "scores": {"semantic": self.semantic, "lexical": self.lexical, **rerank},
            "article": self.article,
            "source": self.source,
            "title": self.title,
            "date": self.date,
            "authors": list(self.authors),
            "sha256": self.sha256,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "where": self.where,
            "text": self.text,
            "highlight": self.highlight
            and {"start": self.highlight.start, "end": self.highlight.end},
        }

    @classmethod
    def from_json(cls, given: object) -> Self:
        """Raises ValueError for anything that ``as_json`` does not return."""
        hit = _fields(given)
        scores = _fields(_value(hit, "scores"))
        highlight = _value(hit, "highlight")
        return cls(
            rank=_of(int, hit, "rank"),
            score=_number(hit, "score"),
            semantic=_number_or_none(scores, "semantic"),
            lexical=_number_or_none(scores, "lexical"),
            article=_of(str, hit, "article"),
            source=_of(str, hit, "source"),
            title=_of(str, hit, "title"),
            sha256=_of(str, hit, "sha256"),
            start=_of(int, hit, "start"),
            end=_of(int, hit, "end"),
            line=_of(int, hit, "line"),
            text=_of(str, hit, "text"),
            highlight=None if highlight is None else _span(_fields(highlight)),
            rerank=_number(scores, "rerank") if "rerank" in scores else None,
            where=_text_or_none(hit, "where"),
            date=_text_or_none(hit, "date"),
            authors=_texts(hit, "authors"),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for one question, best first, from one generation of an index.

    >>> answer = Answer("slat", "hybrid", 1.5, 1, 24, 119, (), confidence=0.02, corrected="salt")
    >>> answer.as_json()["confidence"]
    0.02
    >>> answer.as_json()["query"], answer.as_json()["corrected"]
    ('slat', 'salt')
    >>> Answer.from_json(answer.as_json()) == answer
    True
    """

    query: str
    mode: Mode
    took_ms: float
    generation: int
    articles: int
    passages: int
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()
    confidence: float | None = None
    """How clearly the answer stands out from chance, from 0 to 1; None if unknown."""
    corrected: str | None = None
    """The question that was answered; None if it is ``query``, without a corrected spelling."""

    def as_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "corrected": self.corrected,
            "mode": self.mode,
            "took_ms": round(self.took_ms, 3),
            "index": {
                "generation": self.generation,
                "articles": self.articles,
                "passages": self.passages,
            },
            "confidence": self.confidence,
            "hits": [hit.as_json() for hit in self.hits],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, given: object) -> Self:
        """``took_ms`` is as exact as it was written. Raises ValueError if this is not an answer."""
        answer = _fields(given)
        index = _fields(_value(answer, "index"))
        mode = _of(str, answer, "mode")
        if mode not in MODES:
            raise ValueError(f"mode {mode!r}")
        return cls(
            query=_of(str, answer, "query"),
            mode=mode,
            took_ms=_number(answer, "took_ms"),
            generation=_of(int, index, "generation"),
            articles=_of(int, index, "articles"),
            passages=_of(int, index, "passages"),
            hits=tuple(Hit.from_json(hit) for hit in _of(list, answer, "hits")),
            confidence=_number_or_none(answer, "confidence"),
            warnings=_texts(answer, "warnings"),
            corrected=_text_or_none(answer, "corrected"),
        )


def _fields(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError("not an object")  # noqa: TRY004 - JSON of another shape is one error
    return given


def _value(given: Mapping[str, Any], name: str) -> object:
    if name not in given:
        raise ValueError(f"{name} is missing")
    return given[name]


def _of(kind: type[T], given: Mapping[str, Any], name: str) -> T:
    value = _value(given, name)
    if not isinstance(value, kind):
        raise ValueError(f"{name} has the wrong type")  # noqa: TRY004 - as above
    return value


def _number(given: Mapping[str, Any], name: str) -> float:
    return _of(float, given, name) if isinstance(given.get(name), float) else _of(int, given, name)


def _number_or_none(given: Mapping[str, Any], name: str) -> float | None:
    return None if _value(given, name) is None else _number(given, name)


def _text_or_none(given: Mapping[str, Any], name: str) -> str | None:
    return None if _value(given, name) is None else _of(str, given, name)


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _of(list, given, name)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} has the wrong type")
    return tuple(values)


def _span(given: Mapping[str, Any]) -> Span:
    return Span(_of(int, given, "start"), _of(int, given, "end"))
