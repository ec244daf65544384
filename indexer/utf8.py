r"""What UTF-8 can hold, and how to show what it cannot.

A Python string can hold half of a surrogate pair, which no UTF-8 text can: JSON can write one
(``"\ud800"``), and the system gives one for each byte of a file's name that is not UTF-8.
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
