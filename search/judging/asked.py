"""The questions to judge: those of the dataset, and more from a file or any other collection."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from indexer.errors import DatasetError, QueryError
from search.evaluation.judged.questions import read_questions
from search.evaluation.judged.reading import Note
from search.question import checked_question


def known_questions(folder: Path) -> tuple[dict[str, str], tuple[Note, ...]]:
    """The questions in the ``queries.jsonl`` of a dataset by their ids; empty without that file.

    Raises DatasetError if the file has no question or cannot be read.
    """
    path = folder / "queries.jsonl"
    if not path.exists() or not path.stat().st_size:
        return {}, ()
    found = read_questions(folder)
    return dict(found.texts), found.notes


def new_questions(known: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """The texts that are not known yet, with new ids. Texts that are no questions are left out.

    >>> new_questions({"q1": "Why is the sea salt?"}, ["Who hunts at night?"])
    {'q2': 'Who hunts at night?'}
    """
    numbers = [int(name[1:]) for name in known if re.fullmatch(r"q[0-9]{1,9}", name)]
    asked = set(known.values())
    found: dict[str, str] = {}
    for text in texts:
        try:
            question = checked_question(text)
        except QueryError:
            continue
        if question not in asked:
            asked.add(question)
            found[f"q{max(numbers, default=0) + len(found) + 1}"] = question
    return found


def questions_in(path: Path) -> list[str]:
    """The questions of a file: one in each line, as text or as JSON. Raises DatasetError."""
    if path.is_dir():
        raise DatasetError(f"{path} is a folder. Name a file with one question in each line")
    return list(read_questions(path).texts.values())
