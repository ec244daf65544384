"""Questions without judgements: a file with one in each line, or those of a dataset.

A line of a ``.jsonl`` file is ``{"_id": ..., "text": ...}``, where ``_id`` may be missing. A line
of any other file is the question itself. A faulty line is noted and skipped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import DatasetError, QueryError
from indexer.reading.jsonl import identifier
from search.evaluation.judged.reading import Note, Notes, lines, records
from search.question import checked_question


@dataclass(frozen=True, slots=True)
class UnjudgedQuestions:
    """Texts by their ids. ``notes`` lists what was wrong in the file.

    >>> read_questions(Path("questions.txt")).texts
    {'1': 'Why is the sea salt?', '2': 'Who hunts at night?'}
    """

    name: str
    texts: Mapping[str, str]
    notes: tuple[Note, ...]


def read_questions(path: Path) -> UnjudgedQuestions:
    """Read the questions of a file or a dataset folder. Raises DatasetError if there are none.

    >>> read_questions(Path("seeds")).texts["q59"]
    'Who devised RSA?'
    """
    file = path / "queries.jsonl" if path.is_dir() else path
    if not file.exists():
        raise DatasetError(f"{file} does not exist. Name a file with one question in each line")
    notes = Notes()
    texts: dict[str, str] = {}
    for number, name, text in _lines(file, notes):
        try:
            question = checked_question(text)
        except QueryError as error:
            notes.add(file, number, f"{error}; line skipped")
            continue
        if name in texts:
            notes.add(file, number, "duplicate question {!r} skipped", name)
        else:
            texts[name] = question
    if not texts:
        raise DatasetError(f"{file} contains no questions{notes.reasons(file)}")
    return UnjudgedQuestions(path.resolve().name, texts, notes.all())


def _lines(path: Path, notes: Notes) -> Iterator[tuple[int, str, str]]:
    """The number, the id and the question of each line."""
    if path.suffix != ".jsonl":
        for number, text in lines(path):
            yield number, str(number), text
        return
    for number, record in records(path, notes, ("_id", "text")):
        question = record.get("text")
        if isinstance(question, str):
            yield number, identifier(record, "_id") or str(number), question
        else:
            notes.add(path, number, '"text" is missing or not a string; line skipped')
