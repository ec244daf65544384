"""Write marked answers into ``answers.jsonl``, and leave the lines that are not ours as they are.

Our lines have the key ``judges``: who marked the answer. ::

    {"query_id": "q1", "doc_id": "sea.md", "start": 0, "end": 6, "text": ..., "judges": ["ann"]}
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from indexer.errors import UnreadableArticle
from indexer.reading import jsonl
from search.evaluation.judged.datasets import AnswerSpan

Marked = Mapping[AnswerSpan, Mapping[str, Sequence[str]]]
"""For each answer and query the judges who marked it."""


def with_answers(data: bytes, marked: Marked) -> bytes:
    """The bytes of ``answers.jsonl`` with these answers; an answer that is there is not repeated.

    >>> with_answers(b"", {AnswerSpan("sea.md", 0, 6, "Rivers"): {"q1": ["ann"]}}).decode()[:18]
    '{"query_id": "q1",'
    """
    kept: list[bytes] = []
    there = set()
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        record = _record(line)
        if "judges" not in record:
            kept.append(line + b"\n")
            there.add(tuple(record.get(key) for key in ("query_id", "doc_id", "start", "end")))
    for span, queries in marked.items():
        for query, judges in queries.items():
            if (query, span.article, span.start, span.end) not in there:
                kept.append(_line(query, span, judges))
    return b"".join(kept)


def _record(line: bytes) -> dict[str, Any]:
    try:
        return jsonl.parse(line, ())
    except UnreadableArticle:
        return {}


def _line(query: str, span: AnswerSpan, judges: Sequence[str]) -> bytes:
    record = {
        "query_id": query,
        "doc_id": span.article,
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "judges": list(judges),
    }
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"
