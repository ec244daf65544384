"""What the tools return to assistants: replies of limited size.

A model reads the reply as part of its context, so the JSON of a reply has at most
``MOST_OF_A_REPLY`` characters. The reply shows where something was shortened for that:
``truncated`` is true, a line ends with an ellipsis, or a warning counts what was left out.

Offsets count characters of the article: the text of a passage or excerpt is
``article_text[start : start + len(text)]``.
"""

from collections.abc import Iterable
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema

from indexer.errors import QueryError
from indexer.storing.stored import StoredArticle
from search.checking.citation import Standing, Verdict
from search.serving.served import Status
from search.types import Answer, Hit

MOST_OF_A_REPLY = 32_000
"""Most characters of a reply's JSON: about 8,000 tokens of English."""
MOST_OF_A_HIT = 2_000
"""Most characters of a hit's passage."""
MOST_OF_AN_ARTICLE = 12_000
"""Most characters of an article in one reply."""
_MOST_AUTHORS = 5
_MOST_OF_A_LINE = 300
"""Most characters of a title, a sentence or a warning."""
_ROOM_FOR_A_WARNING = 60


class UntitledSchema(GenerateJsonSchema):
    """JSON schemas without titles: they only repeat names, and a model reads them at every turn.

    The schema of a class such as ``PassageReply`` is named ``Passage``.
    """

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - no field has one
        return False

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Reply")


class Reply(BaseModel):
    """What a tool returns; complete and within the limit once constructed."""

    model_config = ConfigDict(frozen=True)

    def size(self) -> int:
        """Length of its JSON, in characters."""
        return len(self.model_dump_json())


class PassageReply(Reply, title="Passage"):
    """A hit: text == article_text[start : start + len(text)], up to end unless truncated.

    It begins on ``line`` of the article; ``where`` is its page, chapter or the like. ``origin``
    is the article's date and authors. ``highlight`` is the sentence that answers best.
    """

    article: str
    source: str
    title: str
    origin: str | None
    start: int
    end: int
    line: int
    where: str | None
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
            origin=_origin(hit),
            start=hit.start,
            end=hit.end,
            line=hit.line,
            where=hit.where and _line(hit.where),
            text=hit.text[:MOST_OF_A_HIT],
            truncated=len(hit.text) > MOST_OF_A_HIT,
            highlight=sentence and _line(sentence),
            score=round(hit.score, 3),
        )


class Found(Reply):
    """Passages, best first. ``corrected`` is the query that was answered, or null if unchanged."""

    corrected: str | None
    passages: list[PassageReply]
    confidence: float | None
    warnings: list[str]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        bare = cls(
            corrected=answer.corrected and _line(answer.corrected),
            passages=[],
            confidence=None if answer.confidence is None else round(answer.confidence, 3),
            warnings=[_line(warning) for warning in answer.warnings],
        )
        passages, missing = _fitting("passage", map(PassageReply.of, answer.hits), bare)
        return bare.model_copy(
            update={"passages": passages, "warnings": [*bare.warnings, *missing]}
        )


class VerdictReply(Reply, title="Verdict"):
    """What became of a cited text: start and end are where it is now, or where it was if gone.

    ``diff`` has what was removed, as [-old-], and added, as {+new+}.
    """

    verdict: Standing
    article: str
    source: str | None
    start: int
    end: int
    diff: str | None
    other_space: bool
    article_changed: bool | None

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        place = verdict.now or verdict.cited
        diff = verdict.diff
        return cls(
            verdict=verdict.standing,
            article=place.article,
            source=place.source,
            start=place.start,
            end=place.end,
            diff=diff and diff[:MOST_OF_A_HIT],
            other_space=verdict.other_space,
            article_changed=verdict.article_changed,
        )


class Checked(Reply):
    """The verdict on each hit, in their order."""

    verdicts: list[VerdictReply]
    warnings: list[str]

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Self:
        bare = cls(verdicts=[], warnings=[])
        found, missing = _fitting("verdict", map(VerdictReply.of, verdicts), bare)
        return cls(verdicts=found, warnings=missing)


class Excerpt(Reply):
    """Part of an article of length characters: text == article_text[start:end].

    ``truncated`` is true if it is less than was requested.
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
        """The span and ``context`` characters on both sides; None as ``end`` is the article's end.

        If that is too much, the context is shortened first. Raises QueryError for a span that is
        not within the article.
        """
        length = len(article.text)
        if start > length:
            raise QueryError(
                f"start ({start}) is beyond the end of the article ({length} characters)"
            )
        if end is not None and end < start:
            raise QueryError(f"end ({end}) is before start ({start})")
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
        while found.text and found.size() > MOST_OF_A_REPLY:  # JSON may need six for one
            most //= 2
            found = excerpt(_kept(wanted, core, most))
        return found


class SourceReply(Reply, title="Source"):
    """A folder or file that is indexed, and its number of articles."""

    path: str
    articles: int


class Holdings(Reply):
    """What an index contains; ``writing`` is true while an update is running."""

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
        sources, missing = _fitting("source", every, bare)
        return bare.model_copy(update={"sources": sources, "warnings": missing})


_R = TypeVar("_R", bound=Reply)


def _fitting(what: str, parts: Iterable[_R], rest: Reply) -> tuple[list[_R], list[str]]:
    """The parts that fit into a reply beside ``rest``, and a warning if some do not."""
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
    left_out = f"{what} was" if missing == 1 else f"{what}s were"
    warning = f"{missing} {left_out} left out to keep the reply short"
    return fitting, [warning] if missing else []


def _kept(wanted: tuple[int, int], core: tuple[int, int], most: int) -> tuple[int, int]:
    """At most ``most`` characters of ``wanted``: the core first, then the text around it."""
    start, end = wanted
    if end - start > most:
        room = max(0, most - (core[1] - core[0]))
        start = max(start, core[0] - room // 2)
    return start, min(end, start + most)


def _origin(hit: Hit) -> str | None:
    more = len(hit.authors) - _MOST_AUTHORS
    named = ", ".join(hit.authors[:_MOST_AUTHORS]) + (f" and {more} more" if more > 0 else "")
    return _line(" · ".join(filter(None, (hit.date, named)))) or None


def _line(text: str) -> str:
    return text if len(text) <= _MOST_OF_A_LINE else text[: _MOST_OF_A_LINE - 1] + "…"
