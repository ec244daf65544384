"""The server's API as an OpenAPI 3.1 document, with the limits that ``api`` checks."""

from typing import Any

from indexer import __version__
from search.serving import local
from search.serving.api import MAX_BODY, SECONDS
from search.serving.cited import MAX_CHECK_BODY
from search.serving.parameters import ARTICLE, EXAMPLE, QUESTION, Schema
from search.serving.schemas import SCHEMAS, reference


def document() -> dict[str, Any]:
    """The document, as the value that JSON encodes."""
    failures = {
        "400": "Malformed HTTP request.",
        "403": "Blocked: the Host header is not this server's address, or the request came from"
        " another website. For an original file: the server does not give them. For"
        " the log: the server keeps no questions.",
        "404": "No such article in the index.",
        "405": "Method not allowed on this path.",
        "408": "The request body did not arrive in time.",
        "409": "Several sources have an article of this name; choose one with source.",
        "414": "The address is too long.",
        "431": "The headers are too long.",
        "413": f"The request body has more than {MAX_BODY:,} bytes (or the limit of this path).",
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
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
        "paths": {
            "/search": {
                "get": {
                    "summary": "Search: returns passages, best first",
                    "operationId": "search",
                    "parameters": _parameters(QUESTION, required="q"),
                    "responses": answers("Answer", _FOUND, *asked),
                },
                "post": {
                    "summary": "Search, with the parameters in a JSON body",
                    "operationId": "searchByBody",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": reference("Question")}},
                    },
                    "responses": answers("Answer", _FOUND, *asked, "408", "413", "415"),
                },
            },
            "/batch": {
                "post": {
                    "summary": "Search for the answers to several questions at once",
                    "description": "All answers come from the same version of the index, in the"
                    " order of the questions. This is quicker than one request for each.",
                    "operationId": "batch",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": reference("Batch")}},
                    },
                    "responses": answers(
                        "Answers", "An answer to each question.", *asked, "408", "413", "415"
                    ),
                },
            },
            "/similar": {
                "get": {
                    "summary": "Find passages of other articles that are like an article, or like a"
                    " part of it",
                    "description": "In the answer, `query` is the article and the part, and"
                    " `corrected` and `confidence` are null.",
                    "operationId": "similar",
                    "parameters": _parameters(EXAMPLE, required="article"),
                    "responses": answers("Answer", _FOUND, *asked, "404", "409"),
                }
            },
            "/check": {
                "post": {
                    "summary": "Check whether earlier hits still stand",
                    "description": "The body may be an answer of `/search` as it is. Other keys of"
                    f" a hit are ignored. It may have {MAX_CHECK_BODY:,} bytes.",
                    "operationId": "check",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": reference("Citations")}},
                    },
                    "responses": answers("Checked", _CHECKED, *asked, "408", "413", "415"),
                },
            },
            "/log": {
                "post": {
                    "summary": "Keep a question, or that a hit was opened, in the log of questions",
                    "description": "The page uses this. A question of another program is kept when"
                    " it searches, unless its request has the header `locus-log: off`.",
                    "operationId": "log",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": reference("Logged")}},
                    },
                    "responses": answers(
                        "Kept", "Whether it is kept.", *asked, "408", "413", "415"
                    ),
                },
            },
            "/articles": {
                "get": {
                    "summary": "Get an article's text and the positions of its passages",
                    "operationId": "article",
                    "parameters": _parameters(ARTICLE, required="article"),
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
                            "example": ARTICLE["article"]["example"],
                        },
                        _parameter("source", ARTICLE["source"], required=False),
                    ],
                    "responses": of_article,
                }
            },
            "/originals": {
                "get": {
                    "summary": "Get the file that an article was read from, if the server gives"
                    " them",
                    "operationId": "original",
                    "parameters": _parameters(ARTICLE, required="article"),
                    "responses": {
                        "200": {"description": "The file.", "content": {"*/*": {}}},
                        **{
                            code: _json("Error", failures[code])
                            for code in sorted((*asked, "404", "409"))
                        },
                    },
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


def _json(schema: str, meaning: str) -> dict[str, Any]:
    return {
        "description": meaning,
        "content": {"application/json": {"schema": reference(schema)}},
    }


def _parameters(schemas: dict[str, Schema], *, required: str) -> list[dict[str, Any]]:
    return [_parameter(name, schema, required=name == required) for name, schema in schemas.items()]


def _parameter(name: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key not in {"description", "example"}}
    shown: dict[str, Any] = {
        key: schema[key] for key in ("description", "example") if key in schema
    }
    return {"name": name, "in": "query", "required": required, "schema": rest, **shown}


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
_OF_THE_INDEX = {"Answer", "Answers", "Checked", "Article", "Status", "Kept"}
_CHECKED = "What became of each hit, in their order."
_FOUND = "The results (the list of hits may be empty)."
