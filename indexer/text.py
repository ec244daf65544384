r"""Checks that text can be stored as UTF-8, and conversions that make any text safe to print.

A Python string can contain unpaired surrogates, which UTF-8 cannot represent: JSON can spell one
(``"\ud800"``), and Python returns one for each byte of a file name that is not UTF-8. Articles and
file names can also contain control characters, which could change the terminal's state.
"""

import os
import re

_LONE_RETURN = re.compile(r"\r(?!\n)")


def lone_surrogate(text: str) -> int | None:
    """The offset of the first unpaired surrogate in ``text``; None if UTF-8 can encode it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def is_utf8(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8."""
    return lone_surrogate(text) is None


def printable(path: "str | os.PathLike[str]") -> str:
    r"""A path for a message: bytes that are not UTF-8 are printed as ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def plain(text: str) -> str:
    """The text with each control character replaced, except white space.

    A carriage return alone would let what follows it overwrite the line, so it ends the line.

    >>> plain("a tide" + chr(27) + "[2J")
    'a tide\N{REPLACEMENT CHARACTER}[2J'
    """
    return "".join(
        mark if mark.isprintable() or mark.isspace() else "\N{REPLACEMENT CHARACTER}"
        for mark in _LONE_RETURN.sub("\n", text)
    )


def on_a_line(text: str) -> str:
    """A name on one line, with each control character replaced, also each line end.

    >>> on_a_line("a tide" + chr(10) + "and a moon")
    'a tide\N{REPLACEMENT CHARACTER}and a moon'
    """
    if text.isprintable():  # true of nearly every name, and much faster
        return text
    return plain(re.sub(r"\s", lambda found: found[0] if found[0] == " " else "\0", text))


def one_line(text: str) -> str:
    r"""The text on one line, with each control character replaced.

    >>> one_line("a tide\n and a moon ")
    'a tide and a moon'
    """
    return " ".join(plain(text).split())


_FRONT_MATTER = re.compile(
    r"(?:---[ \t]*\r?\n(?:.*\n){0,2000}?(?:---|\.\.\.)|\+\+\+[ \t]*\r?\n(?:.*\n){0,2000}?\+\+\+)"
    r"[ \t]*(?:\r?\n|\Z)"
)


def front_matter_end(text: str) -> int:
    r"""Where the front matter at the beginning of an article ends; 0 if it is not complete.

    >>> front_matter_end("---\ntitle: Tides\n---\nThe sea rises.")
    21
    """
    found = _FRONT_MATTER.match(text)
    return found.end() if found else 0
