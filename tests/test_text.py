"""What a text may contain to be stored, and how any text is shown."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.text import is_utf8, lone_surrogate, on_a_line, plain, printable

anything = st.text(st.characters(), max_size=20)
"""Any Python string: surrogates and control characters too."""


@pytest.mark.parametrize(
    ("text", "at"),
    [("", None), ("olé 日本 🦉", None), ("\ud800", 0), ("ab\udfff", 2), ("🦉\udc80\ud800", 1)],
)
def test_the_first_half_of_a_pair_is_found_at_its_character(text: str, at: int | None) -> None:
    assert lone_surrogate(text) == at
    assert is_utf8(text) == (at is None)


@settings(max_examples=25)
@given(anything)
def test_a_text_without_half_a_pair_can_be_encoded(text: str) -> None:
    at = lone_surrogate(text)
    before = text if at is None else text[:at]
    assert before.encode().decode() == before
    assert at is None or "\ud800" <= text[at] <= "\udfff"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xc3\xa9.txt", "café.txt"),
        (b"caf\xe9.txt", "caf\\xe9.txt"),
        (b"\xff\xc3\xa9\xc3", "\\xffé\\xc3"),
        (b"", ""),
    ],
)
def test_bytes_of_a_name_that_are_not_utf8_are_shown_in_hexadecimal(
    name: bytes, shown: str
) -> None:
    assert printable(os.fsdecode(name)) == shown
    assert printable(Path(os.fsdecode(b"a/" + name))) == str(Path("a") / shown)


@settings(max_examples=25)
@given(st.binary(max_size=20))
def test_any_file_name_can_be_printed(name: bytes) -> None:
    assert is_utf8(printable(os.fsdecode(name)))


def test_control_characters_are_replaced_and_white_space_is_kept() -> None:
    assert plain("a\x1b[2J\tb\r\nc\x00\x7f\x9b") == "a\ufffd[2J\tb\r\nc\ufffd\ufffd\ufffd"
    assert plain("left\u202eright\u200b") == "left\ufffdright\ufffd", "format characters too"
    assert plain("half\ud800") == "half\ufffd"
    assert plain("hidden\rshown\r\n") == "hidden\nshown\r\n", "a return would overwrite the line"
    assert plain("") == ""
    assert plain("olé 日本 🦉\u3000") == "olé 日本 🦉\u3000"


@settings(max_examples=25)
@given(anything)
def test_a_plain_text_has_the_length_of_the_text_and_can_be_printed(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert is_utf8(shown)
    assert plain(shown) == shown


def test_a_name_cannot_begin_another_line() -> None:
    assert on_a_line("a\nb\r\x1b[2J\u2028c d.txt") == "a\ufffdb\ufffd\ufffd[2J\ufffdc d.txt"
