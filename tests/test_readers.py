"""Bytes to title and text, and what cannot be read."""

import re
from pathlib import Path

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats import corpus, markdown, plain


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\x89PNG\r\n\x00\x01", "binary: a NUL byte at byte 6"),
        ("olé".encode("latin-1"), "not UTF-8: byte 0xe9 at byte 2, line 1"),
        (b"one\ntwo\n\xff", "not UTF-8: byte 0xff at byte 8, line 3"),
        ("wide".encode("utf-16"), "UTF-16 text: save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{reason}$"):
        plain.read(data, "a.txt")


def test_the_text_is_the_file_without_its_mark() -> None:
    assert plain.read("\ufefflines\r\nstay\r".encode(), "a.txt") == ("lines", "lines\r\nstay\r")


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
    assert plain.title_of(text, name) == title


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
    assert markdown.read(text.encode(), "a.md") == (title, text)


@pytest.mark.parametrize("piece", [" ", "# ", "a ", "\n# ", "```\n", "-", "a\n-"])
def test_hostile_markdown_is_read_at_a_cost_in_proportion(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can go back over a line sees short ones alone, and each once."""
    seen: list[int] = []

    class Counted:
        def __init__(self, pattern: re.Pattern[str]) -> None:
            self._pattern = pattern

        def fullmatch(self, line: str) -> re.Match[str] | None:
            seen.append(len(line))
            return self._pattern.fullmatch(line)

    for name in ("_HASHES", "_UNDERLINE", "_TITLE_KEY"):
        monkeypatch.setattr(markdown, name, Counted(getattr(markdown, name)))
    text = "# x" + piece * 200_000 + "y"
    assert markdown.read(text.encode(), "a.md")[1] == text
    assert max(seen, default=0) <= 300
    assert sum(seen) <= 3 * len(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"text": "no id"}', "no _id"),
        (b'{"_id": "a", "title": "t"}', "article 'a' has no text"),
        (b'{"_id": "a", "text": "  "}', "article 'a' has no text"),
        (b'{"_id": "a", "text": 5}', "article 'a' has no text"),
        (b'{"_id": "a", "text": "\xff"}', "not UTF-8"),
        (b'{"_id": "a", "text": "\\ud800 x"}', "half of a surrogate pair"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_a_broken_line_of_a_corpus_is_refused_with_the_reason(line: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=reason):
        corpus.parse(line)


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"_id": 7, "title": "T", "text": "a\u2028b"}\n\n', "utf-8")
    ((number, _, data),) = corpus.lines(path, 1000)
    assert data is not None
    article = corpus.parse(data)
    assert (number, article.name, article.text) == (1, "7", "a\u2028b")


def test_an_enormous_line_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"x" * 5000 + b'\n{"_id": "a", "text": "b"}\n')
    assert [(number, length, data is None) for number, length, data in corpus.lines(path, 100)] == [
        (1, 5001, True),
        (2, 26, False),
    ]
