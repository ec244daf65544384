r"""What a text may hold to be stored as UTF-8, and how to show one that may hold anything.

A Python string can hold half of a surrogate pair, which no UTF-8 text can: JSON can write one
(``"\ud800"``), and the system gives one for each byte of a file's name that is not UTF-8. An
article and a file's name can also hold control characters, which could steer a terminal.
"""

import os


def lone_surrogate(text: str) -> int | None:
    """Where the first half of a surrogate pair stands in ``text``; None if it is valid UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def is_utf8(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8."""
    return lone_surrogate(text) is None


def printable(path: "str | os.PathLike[str]") -> str:
    r"""The name of a file for a message: bytes that are not UTF-8 as ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def plain(text: str) -> str:
    """The text with each control character replaced, but for white space.

    >>> plain("a tide" + chr(27) + "[2J")
    'a tide\N{REPLACEMENT CHARACTER}[2J'
    """
    return "".join(
        mark if mark.isprintable() or mark.isspace() else "\N{REPLACEMENT CHARACTER}"
        for mark in text
    )
