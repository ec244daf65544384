"""The tools that ``locus mcp`` offers to assistants. ``replies`` has what they return.

A tool is a class. Its docstring is the description that a model reads, its fields are the arguments
with their limits, ``reply_type`` is the class of its replies, and ``reply`` does the work.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from indexer.errors import QueryError
from indexer.storing.near import did_you_mean
from indexer.storing.stored import StoredArticle
from search.checking.citation import Citation
from search.limits import DATE, MAX_QUERY, MAX_UNDER, MAX_VALUE, MAX_VALUES, Mode
from search.serving.replies import Checked, Excerpt, Found, Holdings, Reply, UntitledSchema
from search.serving.served import ServedIndex

MOST_HITS = 20
MOST_CONTEXT = 4_000
_MAX_NAME = 4_096

Limit = Annotated[int, Field(ge=1, le=MOST_HITS, description="Maximum number of passages.")]
Under = Annotated[
    str | None,
    Field(
        max_length=MAX_UNDER,
        description="Search only articles in this folder, or whose name matches this glob.",
    ),
]
Since = Annotated[
    str | None,
    Field(
        pattern=f"^{DATE}$",
        description="Earliest date of an article: 2024, 2024-05 or 2024-05-31.",
    ),
]
Until = Annotated[
    str | None,
    Field(pattern=f"^{DATE}$", description="Latest date of an article."),
]
_Value = Annotated[str, Field(max_length=MAX_VALUE)]
Tags = Annotated[
    list[_Value],
    Field(max_length=MAX_VALUES, description="Tags that an article must have."),
]
Authors = Annotated[
    list[_Value],
    Field(max_length=MAX_VALUES, description="Names, or parts of names, of an article's authors."),
]


Exact = Annotated[
    bool,
    Field(description="Compare with all vectors of a large index: slower."),
]


class Tool(BaseModel, ABC):
    """A call of a tool, checked when constructed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reply_type: ClassVar[type[Reply]]

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """The call with these arguments; null counts as not given. Raises QueryError."""
        given = {name: _number(value) for name, value in arguments.items() if value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            reasons = (_reason(found, cls.model_fields) for found in error.errors())
            raise QueryError("; ".join(reasons)) from None

    @classmethod
    def description(cls) -> str:
        """The description that a model reads."""
        return cleandoc(cls.__doc__ or "")

    @classmethod
    def argument_schema(cls) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        schema = cls.model_json_schema(schema_generator=UntitledSchema)
        del schema["description"]  # it is the description of the tool
        return schema

    @classmethod
    def reply_schema(cls) -> dict[str, Any]:
        """The JSON schema of the reply."""
        return cls.reply_type.model_json_schema(
            mode="serialization", schema_generator=UntitledSchema
        )

    @abstractmethod
    def reply(self, index: ServedIndex) -> Reply:
        """The result of the call. Raises LocusError."""


class SearchTool(Tool, title="Search"):
    """Find passages in the user's own articles that answer a question, best first.

    Ask a whole question in plain words; passages that contain a "quoted phrase" exactly rank
    higher. Each passage has its `text`, its `highlight` (the sentence most likely to answer) and
    its position: characters `start` to `end` of `article`. Use `get` to read the text around it. A
    `confidence` below 0.5 means the articles probably do not answer the question. If `corrected` is
    not null, the spelling of the query was corrected to that.
    """

    reply_type = Found

    query: Annotated[
        str, Field(min_length=1, max_length=MAX_QUERY, description="The question, in plain words.")
    ]
    limit: Limit = 5
    mode: Annotated[
        Mode,
        Field(
            description="hybrid: meaning and keywords; semantic: meaning only; lexical: keywords"
            " only."
        ),
    ] = "hybrid"
    under: Under = None
    since: Since = None
    until: Until = None
    tags: Tags = []
    authors: Authors = []
    literal: Annotated[
        bool, Field(description="Search for the words as typed: do not correct their spelling.")
    ] = False
    exact: Exact = False

    def reply(self, index: ServedIndex) -> Found:
        searcher = index.searcher()
        return Found.of(
            searcher.search(
                self.query,
                self.limit,
                mode=self.mode,
                under=self.under or None,
                since=self.since,
                until=self.until,
                tags=self.tags,
                authors=self.authors,
                literal=self.literal,
                exact=self.exact,
            )
        )


class ArticleTool(Tool):
    """A call that names an article."""

    article: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_MAX_NAME,
            description="The `article` value from a search result.",
        ),
    ]
    source: Annotated[
        str | None,
        Field(
            max_length=_MAX_NAME,
            description="Its `source` value, if several sources have an article of this name.",
        ),
    ] = None

    def indexed(self, index: ServedIndex) -> StoredArticle:
        """The article. Raises QueryError if no source has it, or if several have."""
        found = index.searcher().named(self.article, self.source or None)
        name = repr(self.article[:200])
        if not found:
            of = f" in {self.source[:200]}" if self.source else ""
            near = did_you_mean(index.searcher().near(self.article))
            raise QueryError(
                f"no article {name}{of}; use the `article` value from a search result.{near}"
            )
        if len(found) > 1:
            sources = ", ".join(one.source for one in found)
            raise QueryError(
                f"several sources have an article {name}; add `source`, one of: {sources}"
            )
        return found[0]


class SimilarTool(ArticleTool, title="Similar"):
    """Find passages of other articles that are like an article or a part of it, best first.

    For what is like a passage from `search`, pass its `article`, `source`, `start` and `end`.
    """

    reply_type = Found

    start: Annotated[int, Field(ge=0, description="First character of the part.")] = 0
    end: Annotated[
        int | None,
        Field(ge=0, description="Character after the part. Default: the end of the article."),
    ] = None
    limit: Limit = 5
    under: Under = None
    since: Since = None
    until: Until = None
    tags: Tags = []
    authors: Authors = []
    exact: Exact = False

    def reply(self, index: ServedIndex) -> Found:
        article = self.indexed(index)
        return Found.of(
            index.searcher().similar(
                article.name,
                self.start,
                self.end,
                self.limit,
                source=article.source,
                under=self.under or None,
                since=self.since,
                until=self.until,
                tags=self.tags,
                authors=self.authors,
                exact=self.exact,
            )
        )


class GetTool(ArticleTool, title="Get"):
    """Read an article, or part of it.

    To read the text around a passage from `search`, pass its `article`, `source`, `start` and
    `end`, and some `context`. With `article` alone, it reads from the beginning. If `truncated` is
    true, call again with `start` set to the previous end.
    """

    reply_type = Excerpt

    start: Annotated[int, Field(ge=0, description="First character to read.")] = 0
    end: Annotated[
        int | None,
        Field(ge=0, description="Character to stop before. Default: the end of the article."),
    ] = None
    context: Annotated[
        int,
        Field(ge=0, le=MOST_CONTEXT, description="Extra characters of context before and after."),
    ] = 0

    def reply(self, index: ServedIndex) -> Excerpt:
        return Excerpt.of(self.indexed(index), self.start, self.end, self.context)


class CitedHit(BaseModel, title="Hit"):
    """A passage from `search`, or a text quoted from one. Other keys are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)

    article: str
    start: int
    end: int
    text: str
    source: str | None = None
    truncated: bool = False


class CheckTool(Tool, title="Check"):
    """Check that quoted texts are in the articles, word for word, and where they are now.

    Pass passages from `search`, or your quotations with the `article`, `start` and `end` that you
    cite. The verdicts are unchanged, moved, changed (with a `diff`) and gone.
    """

    reply_type = Checked

    hits: Annotated[
        list[CitedHit], Field(min_length=1, max_length=MOST_HITS, description="What to check.")
    ]

    def reply(self, index: ServedIndex) -> Checked:
        cited = [Citation.from_json(hit.model_dump()) for hit in self.hits]
        return Checked.of(index.searcher().check(cited))


class StatusTool(Tool, title="Status"):
    """Show what the index contains, its sources, and whether it is being updated."""

    reply_type = Holdings

    def reply(self, index: ServedIndex) -> Holdings:
        return Holdings.of(index.status())


TOOLS: dict[str, type[Tool]] = {
    "search": SearchTool,
    "similar": SimilarTool,
    "get": GetTool,
    "check": CheckTool,
    "status": StatusTool,
}


def _number(value: object) -> object:
    """The value, with 5.0 as 5: JSON has only one number type."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _reason(found: ErrorDetails, known: Iterable[str]) -> str:
    """What is wrong with an argument. Its value, which may be long, is not repeated."""
    name = ".".join(str(part) for part in found["loc"])[:40]
    if found["type"] == "extra_forbidden":
        return f"unknown argument {name!r}; allowed: {', '.join(known) or 'none'}"
    return f"{name}: {found['msg'][:1].lower()}{found['msg'][1:]}"
