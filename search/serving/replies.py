"""What an assistant is told: replies of bounded size.

A reply is read into a model's context, so the whole of it, as JSON, has at most ``MOST_OF_A_REPLY``
characters. What was cut or left out for that says so: ``truncated`` is true, a line ends in an
ellipsis, or a warning counts what is missing.

Offsets are in characters of the article, as everywhere: a passage's or excerpt's text is
``article_text[start : start + len(text)]``.
"""

from collections.abc import Iterable
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema

from indexer.errors import QueryError
from indexer.storing.snapshot import StoredArticle
from search.serving.served import Status
from search.types import Answer, Hit

MOST_OF_A_REPLY = 32_000
"""Characters of a reply's JSON: some 8,000 tokens of English."""
MOST_OF_A_HIT = 2_000
"""Characters of a hit's passage."""
MOST_OF_AN_ARTICLE = 12_000
"""Characters of an article in one reply."""
_MOST_OF_A_LINE = 300
"""Characters of a title, a sentence or a warning."""
_ROOM_FOR_A_WARNING = 100


class UntitledSchema(GenerateJsonSchema):
    """JSON schemas without titles, which repeat names: a model reads them at every turn.

    The schema of a class such as ``PassageReply`` has the name ``Passage`` there.
    """

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - for none
        return False

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Reply")


class Reply(BaseModel):
    """What a tool gives; complete and within the bound once constructed."""

    model_config = ConfigDict(frozen=True)

    def size(self) -> int:
        """Characters of its JSON."""
        return len(self.model_dump_json())


class PassageReply(Reply, title="Passage"):
    """A hit: text == article_text[start : start + len(text)], up to end unless truncated.

    It starts on ``line`` of the article. ``highlight`` is the sentence of it that answers best.
    """

    article: str
    source: str
    title: str
    start: int
    end: int
    line: int
    text: str
    truncated: bool
    highlight: str | None
    score: float

    @classmethod
    def of(cls, hit: Hit) -> Self:
        sentence = None
        if hit.highlight is not None:
            sentence = hit.text[hit.highlight.start - hit.start : hit.highlight.end - hit.start]
        return cls(
            article=hit.article,
            source=hit.source,
            title=_line(hit.title),
            start=hit.start,
            end=hit.end,
            line=hit.line,
            text=hit.text[:MOST_OF_A_HIT],
            truncated=len(hit.text) > MOST_OF_A_HIT,
            highlight=sentence and _line(sentence),
            score=round(hit.score, 3),
        )


class Found(Reply):
    """Passages, best first."""

    passages: list[PassageReply]
    confidence: float | None
    warnings: list[str]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        bare = cls(
            passages=[],
            confidence=None if answer.confidence is None else round(answer.confidence, 3),
            warnings=[_line(warning) for warning in answer.warnings],
        )
        passages, missing = _fitting("passages", map(PassageReply.of, answer.hits), bare)
        return bare.model_copy(
            update={"passages": passages, "warnings": [*bare.warnings, *missing]}
        )


class Excerpt(Reply):
    """Part of an article of length characters: text == article_text[start:end].

    ``truncated`` says that it is less than was asked for.
    """

    article: str
    source: str
    title: str
    start: int
    end: int
    length: int
    text: str
    truncated: bool

    @classmethod
    def of(cls, article: StoredArticle, start: int, end: int | None, context: int) -> "Excerpt":
        """The span, to the article's end without ``end``, and ``context`` characters around it.

        If that is too much the context gives way first. Raises QueryError for a span that the
        article cannot have.
        """
        length = len(article.text)
        if start > length:
            raise QueryError(f"start is {start}, and the article has {length} characters")
        if end is not None and end < start:
            raise QueryError(f"end is {end}, which is before start, {start}")
        core = start, length if end is None else min(end, length)
        wanted = max(0, core[0] - context), min(core[1] + context, length)

        def excerpt(span: tuple[int, int]) -> Excerpt:
            return cls(
                article=article.name,
                source=article.source,
                title=_line(article.title),
                start=span[0],
                end=span[1],
                length=length,
                text=article.text[span[0] : span[1]],
                truncated=span != wanted,
            )

        most = MOST_OF_AN_ARTICLE
        found = excerpt(_kept(wanted, core, most))
        while found.text and found.size() > MOST_OF_A_REPLY:  # JSON may take six for a character
            most //= 2
            found = excerpt(_kept(wanted, core, most))
        return found


class SourceReply(Reply, title="Source"):
    """A folder or file that the index remembers, and how many articles are from there."""

    path: str
    articles: int


class Holdings(Reply):
    """What an index holds; ``writing`` says that the next generation is being made."""

    index: str
    articles: int
    passages: int
    sources: list[SourceReply]
    model: str
    generation: int
    published: str
    writing: bool
    warnings: list[str]

    @classmethod
    def of(cls, status: Status) -> Self:
        bare = cls(
            index=status.index,
            articles=status.state.articles,
            passages=status.state.passages,
            sources=[],
            model=_line(status.state.encoder.name),
            generation=status.state.generation,
            published=status.state.published,
            writing=status.staged is not None,
            warnings=[],
        )
        every = (SourceReply(path=path, articles=count) for path, count in status.sources)
        sources, missing = _fitting("sources", every, bare)
        return bare.model_copy(update={"sources": sources, "warnings": missing})


_R = TypeVar("_R", bound=Reply)


def _fitting(what: str, parts: Iterable[_R], rest: Reply) -> tuple[list[_R], list[str]]:
    """The parts that fit into a reply beside its rest, and a warning if some do not."""
    room = MOST_OF_A_REPLY - _ROOM_FOR_A_WARNING - rest.size()
    fitting = []
    missing = 0
    for part in parts:
        size = part.size() + len(",")
        if size > room:
            missing += 1
        else:
            room -= size
            fitting.append(part)
    warning = f"{what} left out, to keep this short: {missing}"
    return fitting, [warning] if missing else []


def _kept(wanted: tuple[int, int], core: tuple[int, int], most: int) -> tuple[int, int]:
    """At most ``most`` characters of what is wanted: its core first, then what is around it."""
    start, end = wanted
    if end - start > most:
        room = max(0, most - (core[1] - core[0]))
        start = max(start, core[0] - room // 2)
    return start, min(end, start + most)


def _line(text: str) -> str:
    return text if len(text) <= _MOST_OF_A_LINE else text[: _MOST_OF_A_LINE - 1] + "…"
