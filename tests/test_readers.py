"""Bytes to title and text, and bytes that cannot be read."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading import encodings, formats, jsonl
from indexer.reading.formats import corpus
from indexer.reading.formats.format import Reader
from indexer.reading.formats.texts import markdown, plain
from indexer.reading.titles import title_of
from indexer.types import Document
from tests.made import with_reader

TEXTS = [suffix for suffix, its in formats.FORMATS.items() if its.is_safe]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file contains only white space"),
        (b"words\0more", "looks like a binary file, not text (NUL byte at offset 5)"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{re.escape(reason)}$"):
        plain.read(data, "a.txt")


def test_the_text_is_the_file_without_its_mark() -> None:
    found = plain.read("\ufefflines\r\nstay\r".encode(), "a.txt")
    assert found == Document("lines", "lines\r\nstay\r")


def test_an_encoding_that_was_guessed_is_told() -> None:
    found = plain.read("Über Größe.".encode("cp1252"), "a.txt")
    assert found == Document("Über Größe", "Über Größe.", encoding="cp1252")


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("Owls of the forest\n\nOwls hunt mice.", "owls.txt", "Owls of the forest"),
        ("word " * 60, "night/forest-owls.txt", "forest owls"),
        ("word " * 60, "000_37899112a44db37b.txt", "word " * 23 + "word…"),
        ("Cells are emptied. " + "word " * 60, "002_a7f60dcb4076f5bf.txt", "Cells are emptied"),
        ("Owls hunt.\n\nAt night.", "owls.txt", "Owls hunt"),
        ("x" * 500, "0001.txt", "x" * 120 + "…"),
    ],
)
def test_a_plain_text_is_called_what_a_reader_would_call_it(
    text: str, name: str, title: str
) -> None:
    assert title_of(text, name) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Tides\n\nThe sea.", "Tides"),
        ("Intro first.\n\n## Later ##\n", "Later"),
        ("Tides\n=====\n\nThe sea.", "Tides"),
        ("---\ntitle: 'The Sea'\ndate: 1\n---\n# Other\n", "The Sea"),
        ("---\ndate: 1\n---\n# After matter\n", "After matter"),
        ("```\n# not a heading\n```\n\n# Real\n", "Real"),
        ("No heading here.\n", "No heading here"),
    ],
)
def test_the_title_of_markdown(text: str, title: str) -> None:
    document = markdown.read(text.encode(), "a.md")
    assert (document.title, document.text) == (title, text)


@pytest.mark.parametrize("piece", [" ", "# ", "a ", "\n# ", "```\n", "-", "a\n-"])
def test_hostile_markdown_is_read_at_a_cost_in_proportion(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern that can backtrack only sees short lines, and each line once."""
    seen: list[int] = []

    class Counted:
        def __init__(self, pattern: re.Pattern[str]) -> None:
            self._pattern = pattern

        def fullmatch(self, line: str) -> re.Match[str] | None:
            seen.append(len(line))
            return self._pattern.fullmatch(line)

    for name in ("_HASHES", "_UNDERLINE"):
        monkeypatch.setattr(markdown, name, Counted(getattr(markdown, name)))
    text = "# x" + piece * 200_000 + "y"
    assert markdown.read(text.encode(), "a.md").text == text
    assert max(seen, default=0) <= 300
    assert sum(seen) <= 3 * len(text)


NO_NAME = "Expecting property name enclosed in double quotes"
NO_TEXT = '"text" and "title" are missing or empty'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{\n", f"invalid JSON at column 2 ({NO_NAME})"),
        (b"{broken\r\n", f"invalid JSON at column 2 ({NO_NAME})"),
        (b'{"_id": "a\tb"}', "invalid JSON at column 11 (Invalid control character)"),
        (b'{"_id": "a', "invalid JSON at column 9 (Unterminated string)"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"text": "no id"}', 'missing "_id"'),
        (b'{"_id": true, "text": "no id"}', 'missing "_id"'),
        (b'{"_id": "a"}', f"article 'a': {NO_TEXT}"),
        (b'{"_id": "a", "title": " ", "text": "  "}', f"article 'a': {NO_TEXT}"),
        (b'{"_id": "a", "title": "t", "text": 5}', "article 'a': \"text\" is not a string"),
        (b'{"_id": "a", "text": "\xff"}', "not UTF-8 text (byte 0xff)"),
        (b'\xef\xbb\xbf{"_id": "a", "text": "\xfe"}', "not UTF-8 text (byte 0xfe)"),
        (
            b'{"_id": "a", "text": "x\\ud800"}',
            '"text" has invalid Unicode at character 1 (unpaired surrogate)',
        ),
        (b"[" * 200_000, "JSON is nested too deeply"),
        (b'{"_id": ' + b"1" * 4301 + b"}", "JSON integer with more than 4,300 digits"),
    ],
)
def test_a_broken_line_of_a_corpus_is_refused_with_the_reason(line: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as refused:
        corpus.parse(line)
    assert str(refused.value) == reason


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"_id": 7, "title": "T", "text": "a\u2028b"}\n\n', "utf-8")
    ((number, _, data),) = jsonl.lines(path, 1000)
    assert data is not None
    article = corpus.parse(data)
    assert (number, article.name, article.text) == (1, "7", "a\u2028b")


def test_an_enormous_line_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"x" * 5000 + b'\n{"_id": "a", "text": "b"}\n')
    assert [(number, length, data is None) for number, length, data in jsonl.lines(path, 100)] == [
        (1, 5001, True),
        (2, 26, False),
    ]


@pytest.mark.parametrize("text", ["", ', "text": ""', ', "text": null', ', "text": " \\n"'])
def test_an_article_with_a_title_alone_has_it_as_its_text(text: str) -> None:
    record = corpus.parse(b'{"_id": "a", "title": " Tea\\u2028of  Assam "%b}' % text.encode())
    assert (record.title, record.text) == ("Tea of Assam", "Tea of Assam")


def fail(error: BaseException) -> Reader:
    def read(data: bytes, name: str) -> Document:
        raise error

    return read


class PanicException(BaseException):
    """The exception that a panic in Rust raises."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnreadableArticle("no pages"), "no pages"),
        (RuntimeError("bad\nxref"), "the .new file reader failed (RuntimeError: bad xref)"),
        (RecursionError(), "the .new file reader failed (RecursionError)"),
        (OSError(5, "boom"), "the .new file reader failed (OSError: [Errno 5] boom)"),
        (PanicException("index"), "the .new file reader failed (PanicException: index)"),
    ],
)
def test_whatever_goes_wrong_in_a_reader_is_the_files_fault(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, reason: str
) -> None:
    with_reader(monkeypatch, ".new", fail(error))
    with pytest.raises(UnreadableArticle) as refused:
        formats.read(b"x", "a/b.NEW")
    assert str(refused.value) == reason


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), MemoryError()])
def test_what_ends_a_process_is_no_files_fault(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with_reader(monkeypatch, ".new", fail(error))
    with pytest.raises(type(error)):
        formats.read(b"x", "a.new")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Document("t", ""), "the file contains no text"),
        (Document("t", " \n"), "the file contains no text"),
        (Document("t", "x\ud800"), "the .new file reader found invalid Unicode at character 1"),
        (Document("\udfff", "x"), "the .new file reader found invalid Unicode at character 0"),
        (("t", "x"), r"the .new file reader failed \(AttributeError: "),
        (None, r"the .new file reader failed \(AttributeError: "),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: object, reason: str
) -> None:
    with_reader(monkeypatch, ".new", lambda *_: found)
    with pytest.raises(UnreadableArticle, match=f"^{reason}"):
        formats.read(b"x", "a.new")


def test_a_file_without_a_title_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_reader(monkeypatch, ".new", lambda *_: Document(" ", "Tea grows.\n\nOn hills."))
    assert formats.read(b"x", "a.new") == Document("Tea grows", "Tea grows.\n\nOn hills.")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.TXT", ".txt"), ("a.b/c", ""), (".txt", ""), ("a/.b.md", ".md"), ("a.", "."), ("", "")],
)
def test_the_suffix_of_a_name(name: str, suffix: str) -> None:
    assert formats.suffix_of(name) == suffix


pieces = st.sampled_from(
    [
        b"# Tea",
        b"---",
        b"title: ",
        b"```",
        b"\n",
        b"\r\n",
        b"===",
        b" ",
        b"\xff",
        b"\0",
        b"\xef\xbb\xbf",
    ]
)
contents = st.binary(max_size=200) | st.text(max_size=200).map(str.encode)
contents |= st.lists(pieces | st.binary(max_size=4), max_size=20).map(b"".join)


@given(contents, st.text(max_size=20), st.sampled_from(TEXTS))
def test_any_bytes_are_a_text_or_refused(data: bytes, name: str, suffix: str) -> None:
    try:
        found = formats.read(data, name + suffix)
    except UnreadableArticle as error:
        assert str(error)
    else:
        assert found.text == encodings.decode(data).text
        assert found.title.strip()


values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
objects = st.dictionaries(st.sampled_from(["_id", "title", "text", "more"]), values).map(
    lambda it: json.dumps(it).encode()
)
halves = st.sampled_from([b'{"_id": "\\ud800"}', b'{"_id": 1, "title": "\\udead", "text": "x"}'])


@given(contents | objects | halves)
def test_any_line_is_an_article_or_refused(data: bytes) -> None:
    try:
        record = corpus.parse(data)
    except UnreadableArticle as error:
        assert str(error)
    else:
        article = record.article()
        assert article.name
        assert article.title.strip()
        assert article.text.strip()
        assert len(article.sha256) == 64
