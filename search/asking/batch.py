"""Answer the questions of a file, for ``locus search --batch``.

Each line is a JSON object with the question as ``text`` and, if it has one, its id as ``_id``: the
layout of ``queries.jsonl`` in BEIR's datasets.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import QueryError, UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.line_file import LineFile, too_long
from search.asking.answering import Answering
from search.question import check_options, checked_question
from search.types import Options

_EXAMPLE = '{"_id": "q1", "text": "who hunts at night"}'


@dataclass(frozen=True, slots=True)
class Batch:
    """Answers the questions of a file. ``write`` prints a line of JSON, ``say`` a message."""

    file: Path
    write: Callable[[str], object]
    say: Callable[[str], object]

    def answer(self, answering: Answering, options: Options) -> bool:
        """Write the answer to each question, in order, as a JSON object with the question's id.

        An invalid line is named, skipped and counted. Each different warning is said once. Returns
        whether any answer has hits. Raises QueryError if an option is invalid, or the file cannot
        be read or has no valid question, and what ``Answering.ask_many`` raises.
        """
        check_options(options)
        file = LineFile(self.file)
        asked: list[tuple[dict[str, Any], str]] = []
        skipped = 0
        for number, data in file.lines():
            try:
                asked.append(_question(data))
            except (UnreadableArticle, QueryError) as error:
                self.say(f"{file.name}:{number}: {error}; line skipped")
                skipped += 1
        if not asked:
            raise QueryError(
                f"{file.name} has no valid question. Each line must be a JSON object, such as"
                f" {_EXAMPLE}"
            )
        has_hits = False
        said: set[str] = set()
        answers = answering.ask_many([query for _, query in asked], options)
        for (named, _), answer in zip(asked, answers, strict=True):
            for warning in answer.warnings:
                if warning not in said:
                    said.add(warning)
                    self.say(warning)
            self.write(json.dumps({**named, **answer.as_json()}, ensure_ascii=False))
            has_hits = has_hits or bool(answer.hits)
        if skipped:
            lines = skipped + len(asked)
            self.say(f"{file.name}: skipped {skipped:,} of {lines:,} lines")
        return has_hits


def _question(data: bytes | None) -> tuple[dict[str, Any], str]:
    """The ``_id`` of a line, if it has one, and its question.

    Raises UnreadableArticle or QueryError if the line is invalid.
    """
    if data is None:
        raise too_long()
    record = jsonl.parse(data, ("_id", "text"))
    query = record.get("text")
    if not isinstance(query, str):
        raise QueryError('"text" is missing or not a string')
    checked_question(query)
    name = record.get("_id")
    if name is None:
        return {}, query
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise QueryError('"_id" is neither a string nor an integer')
    return {"_id": name}, query
