"""The server's API as an OpenAPI 3.1 document, with the limits that ``api`` checks."""

from typing import Any

from indexer import __version__
from search.limits import MAX_K, MAX_QUERY, MAX_UNDER, MODES, SAYS_SOMETHING
from search.serving import local
from search.serving.api import DEFAULT_K, DEFAULT_MODE, MAX_BODY, SECONDS

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
}


def document() -> dict[str, Any]:
    """The document, as the value that JSON encodes."""
    failures = {
        "400": "Malformed HTTP request.",
        "403": "Blocked: the Host header is not this server's address, or the request came from"
        " another website.",
        "404": "No such article in the index.",
        "405": "Method not allowed on this path.",
        "408": "The request body did not arrive in time.",
        "409": "Several sources have an article of this name; choose one with source.",
        "414": "The address is too long.",
        "431": "The headers are too long.",
        "413": f"The request body has more than {MAX_BODY:,} bytes.",
        "415": "The Content-Type is not application/json, in UTF-8.",
        "422": "A parameter is missing, unknown or outside its limits.",
        "429": "Too many questions at once; try again in a second.",
        "401": "Missing or wrong token.",
        "500": "Internal error (a bug; please report it).",
        "503": "The index cannot be read, the answer took longer than"
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
        "description": "The `article` value from a hit.",
        "example": "coral-reefs.md",
    }
    source = {
        "type": "string",
        "description": "The `source` value from a hit. Needed only if several sources have an"
        " article of this name.",
    }
    of_article = answers("Article", "The article.", *asked, "404", "409")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Locus",
            "version": __version__,
            "description": "Search your own articles by meaning. Offsets count characters"
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
                    "summary": "Search: returns passages, best first",
                    "operationId": "search",
                    "parameters": [
                        _parameter(name, schema, required=name == "q")
                        for name, schema in _QUESTION.items()
                    ],
                    "responses": answers("Answer", _FOUND, *asked),
                },
                "post": {
                    "summary": "Search, with the parameters in a JSON body",
                    "operationId": "searchByBody",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": _reference("Question")}},
                    },
                    "responses": answers("Answer", _FOUND, *asked, "408", "413", "415"),
                },
            },
            "/articles": {
                "get": {
                    "summary": "Get an article's text and the positions of its passages",
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
                    "summary": "Get an article, with its name in the path",
                    "description": "Browsers and many HTTP clients rewrite a path that contains an"
                    " empty part, `.` or `..`. For such names, and for names with control"
                    " characters, use `/articles?article=`.",
                    "operationId": "articleByPath",
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "description": "The `article` value from a hit; may contain slashes.",
                            "example": article["example"],
                        },
                        _parameter("source", source, required=False),
                    ],
                    "responses": of_article,
                }
            },
            "/status": {
                "get": {
                    "summary": "Index status",
                    "operationId": "status",
                    "responses": answers("Status", "The status.", *asked),
                }
            },
            "/health": {
                "get": {
                    "summary": "Health check",
                    "operationId": "health",
                    "security": [],
                    "responses": answers("Health", "The server is up.", *ever),
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
        "description": "Identifies the index of the answer. It changes when the index folder is"
        " deleted and rebuilt.",
        "schema": {"type": "string"},
    },
    local.VERSION: {
        "description": "The version of Locus that answered.",
        "schema": {"type": "string"},
    },
}
_OF_THE_INDEX = {"Answer", "Article", "Status"}
_FOUND = "The results (the list of hits may be empty)."

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
        corrected={
            "type": ["string", "null"],
            "description": "The question that was answered, if the spelling of the query was"
            " corrected; otherwise null.",
        },
        mode=_QUESTION["mode"],
        took_ms={"type": "number"},
        index=_object(generation=_COUNT, articles=_COUNT, passages=_COUNT),
        confidence={
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "How clearly the answer stands out from chance matches, 0 to 1; null if"
            " unknown. Not a probability.",
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
