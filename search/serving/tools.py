"""What an assistant may ask of an index; ``replies`` has what it is told, ``mcp`` carries both.

A tool is a class. Its docstring is what a model reads to know when to use it and how, its fields
are the arguments with their limits, ``gives`` is the class of its replies, and ``reply`` is what it
does.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from indexer.errors import QueryError
from indexer.storing.snapshot import StoredArticle
from search.question import MAX_QUERY, MAX_UNDER
from search.serving.replies import Excerpt, Found, Holdings, Reply, UntitledSchema
from search.serving.served import ServedIndex
from search.types import Mode

MOST_HITS = 20
MOST_CONTEXT = 4_000
_MAX_NAME = 4_096


class Tool(BaseModel, ABC):
    """A call of a tool; complete and within the limits once constructed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    gives: ClassVar[type[Reply]]

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """Of a call's arguments; one that is null counts as not given. Raises QueryError."""
        given = {name: _number(value) for name, value in arguments.items() if value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            reasons = (_reason(found, cls.model_fields) for found in error.errors())
            raise QueryError("; ".join(reasons)) from None

    @classmethod
    def description(cls) -> str:
        """What a model reads of it."""
        return cleandoc(cls.__doc__ or "")

    @classmethod
    def argument_schema(cls) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        schema = cls.model_json_schema(schema_generator=UntitledSchema)
        del schema["description"]  # which is the tool's
        return schema

    @classmethod
    def reply_schema(cls) -> dict[str, Any]:
        """The JSON schema of the reply."""
        return cls.gives.model_json_schema(mode="serialization", schema_generator=UntitledSchema)

    @abstractmethod
    def reply(self, index: ServedIndex) -> Reply:
        """What the tool gives. Raises LocusError."""


class SearchTool(Tool, title="Search"):
    """Find passages of the user's own articles that answer a question, best first.

    Ask a whole question in plain words; words in quotation marks count once more where they stand
    as quoted. A passage has its `text`, its `highlight` (the sentence that answers best), and its
    place: from `start` to `end`, in characters of `article`. `get` reads on around it. A
    `confidence` under 0.5 means that the articles may well not answer.
    """

    gives = Found

    query: Annotated[
        str, Field(min_length=1, max_length=MAX_QUERY, description="The question, in plain words.")
    ]
    limit: Annotated[
        int, Field(ge=1, le=MOST_HITS, description="How many passages to give, at most.")
    ] = 5
    mode: Annotated[
        Mode,
        Field(
            description="hybrid ranks by meaning and words together, semantic by meaning alone,"
            " lexical by words alone."
        ),
    ] = "hybrid"
    under: Annotated[
        str | None,
        Field(
            max_length=MAX_UNDER,
            description="Only articles in this folder, or whose name matches this glob.",
        ),
    ] = None

    def reply(self, index: ServedIndex) -> Found:
        searcher = index.searcher()
        return Found.of(
            searcher.search(self.query, self.limit, mode=self.mode, under=self.under or None)
        )


class GetTool(Tool, title="Get"):
    """Read an article, or a span of it.

    To read around a passage that `search` gave, hand over its `article`, `source`, `start` and
    `end`, with some `context`. With `article` alone it is read from its beginning. Where the
    result is `truncated` there is more: ask again with `start` where it ended.
    """

    gives = Excerpt

    article: Annotated[
        str, Field(min_length=1, max_length=_MAX_NAME, description="As `search` names it.")
    ]
    source: Annotated[
        str | None,
        Field(
            max_length=_MAX_NAME,
            description="As `search` names it; needed where several have such an article.",
        ),
    ] = None
    start: Annotated[int, Field(ge=0, description="The first character wanted.")] = 0
    end: Annotated[
        int | None,
        Field(ge=0, description="The character to stop before; without it, the article's end."),
    ] = None
    context: Annotated[
        int, Field(ge=0, le=MOST_CONTEXT, description="Characters more, before and after the span.")
    ] = 0

    def reply(self, index: ServedIndex) -> Excerpt:
        return Excerpt.of(self._article(index), self.start, self.end, self.context)

    def _article(self, index: ServedIndex) -> StoredArticle:
        found = index.searcher().named(self.article, self.source or None)
        name = repr(self.article[:200])
        if not found:
            of = f" of {self.source[:200]}" if self.source else ""
            raise QueryError(f"there is no article {name}{of}: take the names that `search` gives")
        if len(found) > 1:
            sources = ", ".join(one.source for one in found)
            raise QueryError(f"several sources have an article {name}; say which: {sources}")
        return found[0]


class StatusTool(Tool, title="Status"):
    """Say what the index holds and from where, and whether it is being updated."""

    gives = Holdings

    def reply(self, index: ServedIndex) -> Holdings:
        return Holdings.of(index.status())


TOOLS: dict[str, type[Tool]] = {"search": SearchTool, "get": GetTool, "status": StatusTool}


def _number(value: object) -> object:
    """A value with 5.0 as 5: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _reason(found: ErrorDetails, known: Iterable[str]) -> str:
    """What is wrong with an argument, which is not repeated: it may be long."""
    name = ".".join(str(part) for part in found["loc"])[:40]
    if found["type"] == "extra_forbidden":
        return f"there is no argument {name!r}: there are {', '.join(known) or 'none'}"
    return f"{name}: {found['msg'][:1].lower()}{found['msg'][1:]}"
