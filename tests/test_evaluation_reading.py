"""Lines and JSON records of a file, and the notes on what was wrong in them."""

import re
from pathlib import Path

import pytest

from indexer.errors import DatasetError
from search.evaluation.judged import reading
from search.evaluation.judged.reading import Note, Notes, lines, records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queries.jsonl"


def test_a_note_counts_what_is_more_than_one() -> None:
    assert str(Note("a:1", "missing _id")) == "a:1: missing _id"
    assert str(Note("a:1", "missing _id", 1200)) == "a:1: missing _id (1,200 in total)"


def test_notes_of_one_kind_and_file_are_one_with_the_first_line(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    notes = Notes()
    notes.add(one, 3, "query {!r} has no text", "q3")
    notes.add(one, 5, "missing _id")
    notes.add(one, 9, "query {!r} has no text", "q9")
    notes.add(other, 2, "query {!r} has no text", "q2")
    assert notes.about(one) == (
        Note(f"{one}:3", "query 'q3' has no text", 2),
        Note(f"{one}:5", "missing _id", 1),
    )
    assert notes.all() == (*notes.about(one), Note(f"{other}:2", "query 'q2' has no text", 1))
    assert notes.reasons(one) == (
        f"; {one}:3: query 'q3' has no text (2 in total); {one}:5: missing _id"
    )
    assert notes.reasons(tmp_path) == ""


def test_lines_have_their_numbers_and_neither_a_mark_nor_a_break(path: Path) -> None:
    path.write_bytes("\ufeffowls\r\n\n  \nbats\u2028moths\n\ufefflast".encode())
    assert list(lines(path)) == [(1, "owls"), (4, "bats\u2028moths"), (5, "\ufefflast")]


@pytest.mark.parametrize("read", [lines, lambda path: records(path, Notes(), ("text",))])
def test_bytes_that_are_not_utf8_are_refused_with_the_line(path: Path, read: object) -> None:
    path.write_bytes(b'{"text": "fine"}\n{"text": "caf\xe9"}\n')
    expected = rf"{re.escape(str(path))}:2: not UTF-8 \(byte 0xe9\)\. Save the file as UTF-8$"
    with pytest.raises(DatasetError, match=expected):
        list(read(path))  # type: ignore[operator]


def test_records_are_objects_with_their_lines_and_others_are_noted(path: Path) -> None:
    path.write_text('{"_id": 1}\n[2]\n{\n\n{"_id": "\\ud800"}\n[6]\n{"_id": 7}\n')
    notes = Notes()
    assert list(records(path, notes, ("_id",))) == [(1, {"_id": 1}), (7, {"_id": 7})]
    told = [str(note).removeprefix(f"{path}:") for note in notes.all()]
    assert told[0] == "2: not a JSON object; line skipped (2 in total)"
    assert told[1].startswith("3: invalid JSON") and told[1].endswith("; line skipped")
    assert told[2].startswith('5: "_id" has invalid Unicode')
    assert len(told) == 3


def test_a_line_past_the_limit_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ARTICLE_BYTES", 2**20)
    path.write_bytes(b"short\n" + b"x" * (2**20 + 1) + b"\n")
    expected = r":2: the line is too long \(1,048,578 bytes; at most 1 MiB\)"
    with pytest.raises(DatasetError, match=expected):
        list(lines(path))


@pytest.mark.parametrize(
    ("name", "why"), [("none", "no such file or directory"), (".", "a folder, not a file")]
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(DatasetError, match=f"^cannot read .*: {why}$"):
        list(lines(tmp_path / name))


def test_a_reason_has_no_number_and_no_name() -> None:
    assert reading.reason(OSError(28, "No space left on device", "a.run")) == (
        "no space left on device"
    )
    assert reading.reason(OSError("Odd")) == "odd"
