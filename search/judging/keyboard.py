"""Keys as they are pressed on a terminal; in a pipe, each line is a key or a text."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from indexer.errors import QueryError

_ESCAPE = "\x1b"
_REST = 0.05
"""Seconds in which the rest of a key such as an arrow arrives."""
_END = b"\x04"  # Ctrl-D


class Keyboard:
    """What a person types. Both methods raise EOFError at the end of the input.

    >>> with single_keys():
    ...     Keyboard().key()
    '2'
    """

    def key(self) -> str:
        """The next key; Enter is a line break. On a terminal, ``single_keys`` must be on."""
        if not sys.stdin.isatty():
            return _line().strip()[:1] or "\n"
        place = sys.stdin.fileno()
        data = os.read(place, 1)
        if data in {b"", _END}:
            raise EOFError
        if data == _ESCAPE.encode():
            while select.select([place], [], [], _REST)[0]:
                data += os.read(place, 1)
        key = data.decode("utf-8", "replace")
        return "\n" if key == "\r" else key

    def text(self, prompt: str) -> str:
        """A line of text, which can be edited while it is typed."""
        if not sys.stdin.isatty():
            return _line().strip()
        with suppress(ImportError):
            import readline  # noqa: F401 - input() then uses it
        try:
            with _whole_lines():
                return input(prompt).strip()
        except UnicodeDecodeError:
            raise QueryError("the text is not valid UTF-8") from None


@contextmanager
def single_keys() -> Iterator[None]:
    """Give each key at once, without Enter and without printing it; in a pipe, do nothing."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    try:
        tty.setcbreak(place, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)


@contextmanager
def _whole_lines() -> Iterator[None]:
    """Give whole lines for a while, as a terminal does outside ``single_keys``."""
    import termios

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    lines = termios.tcgetattr(place)
    lines[3] |= termios.ICANON | termios.ECHO
    try:
        termios.tcsetattr(place, termios.TCSADRAIN, lines)
        yield
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
