"""JSON schemas of the parameters of requests to the server, by name, for ``openapi``."""

from typing import Any, TypeAlias

from search.limits import (
    DATE,
    MAX_K,
    MAX_QUERY,
    MAX_UNDER,
    MAX_VALUE,
    MAX_VALUES,
    MODES,
    SAYS_SOMETHING,
)
from search.serving.api import DEFAULT_K, DEFAULT_MODE, MAX_OFFSET

Schema: TypeAlias = dict[str, Any]

_VALUE: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_VALUE,
    "pattern": SAYS_SOMETHING,
}

QUESTION: dict[str, Schema] = {
    "q": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_QUERY,
        "pattern": SAYS_SOMETHING,
        "description": "The question, in plain words.",
        "example": "Why do corals turn white?",
    },
    "k": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_K,
        "default": DEFAULT_K,
        "description": "Maximum number of passages.",
    },
    "mode": {
        "type": "string",
        "enum": list(MODES),
        "default": DEFAULT_MODE,
        "description": "How to rank: by meaning and keywords (hybrid), by meaning only (semantic),"
        " or by keywords only (lexical).",
    },
    "under": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_UNDER,
        "description": "Search only articles in this folder, or whose name matches this glob.",
    },
    "per_article": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_K,
        "description": "Passages of one article beyond this number come last. Default: half of k,"
        " at least 5.",
    },
    "min_confidence": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0,
        "description": "Return no hits if the confidence is lower than this.",
    },
    "literal": {
        "type": "boolean",
        "default": False,
        "description": "Search for the words exactly as typed, without correcting their spelling.",
    },
    "since": {
        "type": "string",
        "pattern": f"^{DATE}$",
        "description": "Search only articles with this date or a later one: a year, a month or a"
        " day. Articles without a date are left out.",
        "example": "2024-05",
    },
    "until": {
        "type": "string",
        "pattern": f"^{DATE}$",
        "description": "Search only articles with this date or an earlier one.",
    },
    "tags": {
        "type": "array",
        "items": _VALUE,
        "maxItems": MAX_VALUES,
        "description": "Search only articles with all of these tags. In an address, repeat the"
        " parameter for each tag.",
    },
    "authors": {
        "type": "array",
        "items": _VALUE,
        "maxItems": MAX_VALUES,
        "description": "Search only articles of which the authors' names contain all of these. In"
        " an address, repeat the parameter for each author.",
    },
    "exact": {
        "type": "boolean",
        "default": False,
        "description": "Compare the question with all vectors of a large index: slower, and misses"
        " none.",
    },
}
"""The parameters of ``/search``, by name."""

_SELECTING = ("under", "per_article", "since", "until", "tags", "authors", "exact")

ARTICLE: dict[str, Schema] = {
    "article": {
        "type": "string",
        "description": "The `article` value from a hit.",
        "example": "coral-reefs.md",
    },
    "source": {
        "type": "string",
        "description": "The `source` value from a hit. Needed only if several sources have an"
        " article of this name.",
    },
}
"""The parameters that name an article."""

EXAMPLE: dict[str, Schema] = {
    **ARTICLE,
    "start": {
        "type": "integer",
        "minimum": 0,
        "maximum": MAX_OFFSET,
        "default": 0,
        "description": "The first character of the part.",
    },
    "end": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_OFFSET,
        "description": "The character after the part. Default: the end of the article.",
    },
    **{name: QUESTION[name] for name in ("k", *_SELECTING)},
}
"""The parameters of ``/similar``, by name."""
