"""JSON schemas of the bodies of requests and of what the server returns, for ``openapi``."""

from typing import Any

from search.limits import MAX_CHECKED, MAX_QUERIES, MAX_QUERY, MODES, SAYS_SOMETHING
from search.serving.api import MAX_OFFSET
from search.serving.parameters import QUESTION


def reference(schema: str) -> dict[str, str]:
    """A reference to one of ``SCHEMAS``."""
    return {"$ref": f"#/components/schemas/{schema}"}


def _object(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: object) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_OF_A_TEXT = {"type", "minLength", "maxLength", "pattern"}
_COUNT = {"type": "integer", "minimum": 0}
_SCORE = {"type": ["number", "null"]}
_NUMBER = {"type": "number"}
_SPAN = _object(start=_COUNT, end=_COUNT)

_NULLABLE = ("under", "per_article", "since", "until")
_IN_A_BODY = {
    **QUESTION,
    **{name: {**QUESTION[name], "type": [QUESTION[name]["type"], "null"]} for name in _NULLABLE},
}
_LOG_ID = {
    "type": "string",
    "pattern": "^[0-9a-f]{16}$",
    "description": "Chosen at random for the question; what is opened after it has the same.",
}
_LOG_COUNT = {"type": "integer", "minimum": 0, "maximum": 10**9}
_QUERIES = {
    "type": "array",
    "items": {key: value for key, value in QUESTION["q"].items() if key in _OF_A_TEXT},
    "minItems": 1,
    "maxItems": MAX_QUERIES,
    "description": "The questions, in plain words.",
    "example": ["Why do corals turn white?", "Which bird sees the most daylight?"],
}

SCHEMAS = {
    "Question": {
        "type": "object",
        "properties": _IN_A_BODY,
        "required": ["q"],
        "additionalProperties": False,
    },
    "Batch": {
        "type": "object",
        "properties": {
            "queries": _QUERIES,
            **{name: schema for name, schema in _IN_A_BODY.items() if name != "q"},
        },
        "required": ["queries"],
        "additionalProperties": False,
    },
    "Answers": _object(answers=_list(reference("Answer"))),
    "Answer": _object(
        query=_TEXT,
        corrected={
            "type": ["string", "null"],
            "description": "The question that was answered, if the spelling of the query was"
            " corrected; otherwise null.",
        },
        mode=QUESTION["mode"],
        took_ms={"type": "number"},
        index=_object(generation=_COUNT, articles=_COUNT, passages=_COUNT),
        confidence={
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "How clearly the answer stands out from chance matches, 0 to 1; null if"
            " unknown. Not a probability.",
        },
        hits=_list(reference("Hit")),
        warnings=_list(_TEXT),
    ),
    "Hit": _object(
        rank=_COUNT,
        score={"type": "number"},
        scores=_object(semantic=_SCORE, lexical=_SCORE),
        article=_TEXT,
        source=_TEXT,
        title=_TEXT,
        date={
            "type": ["string", "null"],
            "description": "The article's date, if its file says it: `2024`, `2024-05` or"
            " `2024-05-31`.",
        },
        authors={**_list(_TEXT), "description": "The article's authors, if its file says them."},
        sha256=_TEXT,
        start=_COUNT,
        end=_COUNT,
        line={"type": "integer", "minimum": 1, "description": "The line where it starts."},
        where={
            "type": ["string", "null"],
            "description": "Where it starts in words of the file's format, such as `page 7`.",
        },
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
        metadata=_object(
            date=_TEXT_OR_NULL, authors=_list(_TEXT), language=_TEXT_OR_NULL, tags=_list(_TEXT)
        ),
        blocks={
            **_list(_object(start=_COUNT, end=_COUNT, kind=_TEXT, level=_COUNT, head=_COUNT)),
            "description": "Headings, tables and the like. `level` is that of a heading; `head` is"
            " where the head of a table ends.",
        },
        locations={
            **_list(_object(start=_COUNT, label=_TEXT)),
            "description": "Pages, chapters and the like, each up to the next one.",
        },
    ),
    "Citations": {
        "type": "object",
        "properties": {
            "hits": {
                **_list(reference("Citation")),
                "maxItems": MAX_CHECKED,
                "description": "Hits of earlier answers, or texts that were cited from articles.",
                "example": [{"article": "coral-reefs.md", "start": 0, "end": 6, "text": "Cities"}],
            }
        },
        "required": ["hits"],
    },
    "Citation": {
        "type": "object",
        "properties": {
            "article": {"type": "string", "minLength": 1},
            "start": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET},
            "end": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET},
            "text": {"type": "string", "minLength": 1, "pattern": SAYS_SOMETHING},
            "sha256": _TEXT_OR_NULL,
            "source": _TEXT_OR_NULL,
        },
        "required": ["article", "start", "end", "text"],
    },
    "Checked": _object(
        unchanged=_COUNT,
        moved=_COUNT,
        changed=_COUNT,
        gone=_COUNT,
        verdicts=_list(reference("Verdict")),
    ),
    "Verdict": _object(
        verdict={"type": "string", "enum": ["unchanged", "moved", "changed", "gone"]},
        cited=reference("Citation"),
        now={
            "oneOf": [reference("Citation"), {"type": "null"}],
            "description": "Where the text is now, or the place most similar to it.",
        },
        diff={
            "type": ["string", "null"],
            "description": "If it has changed: what was removed, in `[-` and `-]`, and what was"
            " added, in `{+` and `+}`.",
        },
        other_space={
            "type": "boolean",
            "description": "Whether the text is the same but for white space.",
        },
        article_changed={
            "type": ["boolean", "null"],
            "description": "Whether the article has another text than when it was cited; null if"
            " that is unknown.",
        },
    ),
    "Status": _object(
        index=_TEXT,
        originals={
            "type": "boolean",
            "description": "Whether the server gives the original files of articles.",
        },
        log={
            "type": ["string", "null"],
            "description": "The file in which the server keeps questions; null if it keeps none.",
        },
        generation=_COUNT,
        published=_TEXT,
        articles=_COUNT,
        passages=_COUNT,
        tuning={
            "oneOf": [
                _object(
                    meaning=_NUMBER,
                    candidates=_COUNT,
                    dataset=_TEXT,
                    questions=_COUNT,
                    before=_NUMBER,
                    after=_NUMBER,
                    earlier_tokens={"type": ["integer", "null"]},
                ),
                {"type": "null"},
            ]
        },
        model=_object(
            name=_TEXT, weights=_TEXT, dimension=_COUNT, max_tokens=_COUNT, pooling=_TEXT
        ),
        sources=_list(_object(path=_TEXT, articles=_COUNT)),
        writing={"oneOf": [_object(articles=_COUNT), {"type": "null"}]},
    ),
    "Logged": {"oneOf": [reference("LoggedQuestion"), reference("LoggedOpening")]},
    "LoggedQuestion": {
        "type": "object",
        "properties": {
            "event": {"const": "question"},
            "id": _LOG_ID,
            "query": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_QUERY,
                "pattern": SAYS_SOMETHING,
            },
            "corrected": _TEXT_OR_NULL,
            "mode": {"type": "string", "enum": list(MODES)},
            "options": {
                "type": "object",
                "properties": {
                    name: schema for name, schema in QUESTION.items() if name not in {"q", "mode"}
                },
                "additionalProperties": False,
            },
            "hits": _LOG_COUNT,
            "confidence": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "generation": _LOG_COUNT,
        },
        "required": ["event", "id", "query", "mode", "options", "hits", "generation"],
    },
    "LoggedOpening": {
        "type": "object",
        "properties": {
            "event": {"const": "opened"},
            "id": _LOG_ID,
            "rank": {**_LOG_COUNT, "minimum": 1},
        },
        "allOf": [reference("Citation")],
        "required": ["event", "id", "rank"],
    },
    "Kept": _object(
        kept={
            "type": "boolean",
            "description": "Whether it is in the log; if not, the server has printed why.",
        }
    ),
    "Health": _object(status={"const": "ok"}),
    "Error": _object(error=_object(status=_COUNT, message=_TEXT)),
}
"""What requests and responses contain, by name."""
