"""The server's API as an OpenAPI 3.1 document, with the limits that ``api`` holds it to."""

from typing import Any

from indexer import __version__
from search.question import MAX_K, MAX_QUERY, MAX_UNDER, SAYS_SOMETHING
from search.serving import local
from search.serving.api import DEFAULT_K, DEFAULT_MODE, MAX_BODY, SECONDS
from search.types import MODES

_QUESTION: dict[str, dict[str, Any]] = {
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
        "description": "How many passages to answer with, at most.",
    },
    "mode": {
        "type": "string",
        "enum": list(MODES),
        "default": DEFAULT_MODE,
        "description": "How to rank: by meaning and words, by meaning alone, or by words alone.",
    },
    "under": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_UNDER,
        "description": "Only articles in this folder, or whose name matches this glob.",
    },
    "per_article": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_K,
        "description": "More passages of one article than these come last; without it half of k,"
        " and at least five.",
    },
    "min_confidence": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0,
        "description": "An answer of less confidence has no hits.",
    },
}


def document() -> dict[str, Any]:
    """The document, as JSON has it."""
    failures = {
        "400": "The request is not valid HTTP/1.1.",
        "403": "The request came under another name, or from a page of another site.",
        "404": "The index has no article of this name.",
        "405": "The path has other methods.",
        "408": "The body did not arrive in time.",
        "409": "Several sources have an article of this name; name one with source.",
        "414": "The address is too long.",
        "431": "The headers are too long.",
        "413": f"The body has more than {MAX_BODY:,} bytes.",
        "415": "The body is not declared as application/json, in UTF-8.",
        "422": "A parameter is missing, unknown or outside its limits.",
        "429": "Too many questions at once; try again.",
        "401": "The server was started with a token, and the request lacks it.",
        "500": "A defect.",
        "503": "The index cannot be read, the answer took over"
        f" {SECONDS} seconds, or there are too many connections.",
    }

    def answers(schema: str, meaning: str, *codes: str) -> dict[str, Any]:
        found = {"200": _json(schema, meaning)}
        if schema in _OF_THE_INDEX:
            found["200"]["headers"] = _HEADERS
        return found | {code: _json("Error", failures[code]) for code in sorted(codes)}

    ever = ("400", "403", "414", "431", "503")
    asked = (*ever, "401", "422", "429", "500")
    article = {
        "type": "string",
        "description": "The name of the article, as hits give it.",
        "example": "coral-reefs.md",
    }
    source = {
        "type": "string",
        "description": "The source of the article, as hits give it. It is needed where several"
        " sources have an article of this name.",
    }
    of_article = answers("Article", "The article.", *asked, "404", "409")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Locus",
            "version": __version__,
            "description": "Ask your articles in plain words. Offsets are in characters"
            " (Unicode code points) of the article's text.",
        },
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
        "paths": {
            "/search": {
                "get": {
                    "summary": "Passages that answer a question, best first",
                    "operationId": "search",
                    "parameters": [
                        _parameter(name, schema, required=name == "q")
                        for name, schema in _QUESTION.items()
                    ],
                    "responses": answers("Answer", "The hits, maybe none.", *asked),
                },
                "post": {
                    "summary": "The same, with the question in the body",
                    "operationId": "searchByBody",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": _reference("Question")}},
                    },
                    "responses": answers(
                        "Answer", "The hits, maybe none.", *asked, "408", "413", "415"
                    ),
                },
            },
            "/articles": {
                "get": {
                    "summary": "An article as it was indexed, and where its passages are",
                    "operationId": "article",
                    "parameters": [
                        _parameter("article", article, required=True),
                        _parameter("source", source, required=False),
                    ],
                    "responses": of_article,
                }
            },
            "/articles/{id}": {
                "get": {
                    "summary": "The same, with the name in the path",
                    "description": "Browsers and many HTTP clients change a path that has an empty"
                    " part, or one that is `.` or `..`. For such names, and for names with control"
                    " characters, use `/articles?article=`.",
                    "operationId": "articleByPath",
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "description": "The name of the article, as hits give it. Its slashes"
                            " need not be encoded.",
                            "example": article["example"],
                        },
                        _parameter("source", source, required=False),
                    ],
                    "responses": of_article,
                }
            },
            "/status": {
                "get": {
                    "summary": "What the index holds, and whether it is being written",
                    "operationId": "status",
                    "responses": answers("Status", "The status.", *asked),
                }
            },
            "/health": {
                "get": {
                    "summary": "Whether the server answers",
                    "operationId": "health",
                    "security": [],
                    "responses": answers("Health", "It does.", *ever),
                }
            },
        },
    }


def _reference(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _json(schema: str, meaning: str) -> dict[str, Any]:
    return {
        "description": meaning,
        "content": {"application/json": {"schema": _reference(schema)}},
    }


def _parameter(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key not in {"description", "example"}}
    shown: dict[str, Any] = {
        key: schema[key] for key in ("description", "example") if key in schema
    }
    return {"name": name, "in": "query", "required": required, "schema": rest, **shown}


def _object(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: object) -> dict[str, Any]:
    return {"type": "array", "items": items}


_HEADERS = {
    local.INDEX: {
        "description": "Identifies the index that the answer is from, while the server runs: it is"
        " another after the index folder was deleted and made anew.",
        "schema": {"type": "string"},
    },
    local.VERSION: {
        "description": "The version of Locus that answered.",
        "schema": {"type": "string"},
    },
}
_OF_THE_INDEX = {"Answer", "Article", "Status"}

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SCORE = {"type": ["number", "null"]}
_SPAN = _object(start=_COUNT, end=_COUNT)

_SCHEMAS = {
    "Question": {
        "type": "object",
        "properties": {
            **_QUESTION,
            "under": {**_QUESTION["under"], "type": ["string", "null"]},
            "per_article": {**_QUESTION["per_article"], "type": ["integer", "null"]},
        },
        "required": ["q"],
        "additionalProperties": False,
    },
    "Answer": _object(
        query=_TEXT,
        mode=_QUESTION["mode"],
        took_ms={"type": "number"},
        index=_object(generation=_COUNT, articles=_COUNT, passages=_COUNT),
        confidence={
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "How far the answer stands out from chance; null where not known.",
        },
        hits=_list(_reference("Hit")),
        warnings=_list(_TEXT),
    ),
    "Hit": _object(
        rank=_COUNT,
        score={"type": "number"},
        scores=_object(semantic=_SCORE, lexical=_SCORE),
        article=_TEXT,
        source=_TEXT,
        title=_TEXT,
        sha256=_TEXT,
        start=_COUNT,
        end=_COUNT,
        line={"type": "integer", "minimum": 1, "description": "The line where it starts."},
        text=_TEXT,
        highlight={"oneOf": [_SPAN, {"type": "null"}]},
    ),
    "Article": _object(
        article=_TEXT,
        source=_TEXT,
        title=_TEXT,
        sha256=_TEXT,
        text=_TEXT,
        passages=_list(_SPAN),
    ),
    "Status": _object(
        index=_TEXT,
        generation=_COUNT,
        published=_TEXT,
        articles=_COUNT,
        passages=_COUNT,
        model=_object(
            name=_TEXT, weights=_TEXT, dimension=_COUNT, max_tokens=_COUNT, pooling=_TEXT
        ),
        sources=_list(_object(path=_TEXT, articles=_COUNT)),
        writing={"oneOf": [_object(articles=_COUNT), {"type": "null"}]},
    ),
    "Health": _object(status={"const": "ok"}),
    "Error": _object(error=_object(status=_COUNT, message=_TEXT)),
}
