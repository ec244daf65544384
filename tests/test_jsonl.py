"""Lines of JSON: which there are, what is refused in one, and which ids they have."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading.jsonl import identifier, lines, parse


def found(data: bytes, limit: int = 1000) -> list[tuple[int, int, bytes | None]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.jsonl"
        path.write_bytes(data)
        return list(lines(path, limit))


def test_blank_lines_are_counted_and_not_returned() -> None:
    assert found(b"\n  \t\n{}\r\n\r\n[]") == [(3, 4, b"{}\r\n"), (5, 2, b"[]")]
    assert found(b"") == found(b"\n\n") == []


def test_only_a_newline_ends_a_line() -> None:
    data = "a\rb\x0bc\x0cd\u2028e\u2029f\x85g\n".encode()
    assert found(data) == [(1, len(data), data)]


def test_the_newline_counts_towards_the_limit() -> None:
    assert found(b"abcd\n", 5) == [(1, 5, b"abcd\n")]
    assert found(b"abcde\n", 5) == [(1, 6, None)]
    assert found(b"abcde", 5) == [(1, 5, b"abcde")]
    assert found(b"      \n{}", 5) == [(1, 7, None), (2, 2, b"{}")], "a long blank line is told"


pieces = st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"."))


@settings(max_examples=25)
@given(st.lists(pieces, max_size=8), st.integers(1, 12))
def test_every_line_that_is_not_blank_comes_with_its_number_and_its_length(
    them: list[bytes], limit: int
) -> None:
    whole = [line + b"\n" for line in them]
    assert found(b"".join(whole), limit) == [
        (number, len(line), None if len(line) > limit else line)
        for number, line in enumerate(whole, 1)
        if len(line) > limit or line.strip()
    ]


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "c.jsonl")
    with pytest.raises(UnreadableArticle):
        next(lines(tmp_path / "c.jsonl", 10))
    with pytest.raises(FileNotFoundError):
        next(lines(tmp_path / "nowhere.jsonl", 10))


texts = st.text('aé日🦉\u2028"\\ \n', max_size=4)
values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=2)


@settings(max_examples=25)
@given(st.dictionaries(texts, values, max_size=4), st.sampled_from(["", "\r", " "]))
def test_an_object_is_parsed_as_it_was_written(record: dict[str, object], end: str) -> None:
    for mark in ("", "\ufeff"):
        data = f"{mark}{json.dumps(record, ensure_ascii=False)}{end}\n".encode()
        assert parse(data, list(record)) == record


def test_half_a_surrogate_pair_is_refused_only_in_the_values_asked_for() -> None:
    line = b'{"text": "x\\ud800", "more": "\\ud800", "deep": ["\\ud800"]}'
    assert parse(line, ("_id", "deep"))["text"] == "x\ud800"
    with pytest.raises(UnreadableArticle, match=r'"text" .* character 1'):
        parse(line, ("_id", "text"))
    pair = parse(b'{"text": "\\ud83e\\udd89"}', ("text",))
    assert pair == {"text": "🦉"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a" 1}', b'{"long" 1}'),
        (b'{"text": "\xff"}', b'{"text": "\xfe"}'),
        (b'{"text": "\\ud800"}', b'{"text": "....\\ud800"}'),
    ],
)
def test_errors_that_differ_in_the_place_alone_are_of_one_kind(one: bytes, other: bytes) -> None:
    errors = []
    for line in (one, other):
        with pytest.raises(UnreadableArticle) as refused:
            parse(line, ("text",))
        errors.append(refused.value)
    assert errors[0].kind == errors[1].kind
    assert errors[0].details != errors[1].details
    assert str(errors[0]) != str(errors[1])


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "a"),
        (" ", " "),
        (7, "7"),
        (0, "0"),
        (-3, "-3"),
        (10**4000, "1" + "0" * 4000),
        (True, None),
        (1.0, None),
        ("", None),
        (None, None),
        (["a"], None),
    ],
    ids=repr,
)
def test_an_id_is_a_string_or_the_digits_of_a_number(value: object, name: str | None) -> None:
    assert identifier({"_id": value}, "_id") == name
    assert identifier({"_id": value}, "query_id") is None
