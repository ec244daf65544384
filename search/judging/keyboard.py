"""Keys as they are pressed on a terminal; in a pipe, each line is a key or a text."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from indexer.errors import QueryError


class Keyboard:
    """What a person types. Both methods raise EOFError at the end of the input.

    >>> Keyboard().key()
    '2'
    """

    def key(self) -> str:
        """The next key. Enter is a line break."""
        if not sys.stdin.isatty():
            return _line().strip()[:1] or "\n"
        with _single_keys():
            key = sys.stdin.read(1)
        if key in {"", "\x04"}:
            raise EOFError
        return "\n" if key == "\r" else key

    def text(self, prompt: str) -> str:
        """A line of text."""
        if sys.stdin.isatty():
            with suppress(ImportError):
                import readline  # noqa: F401 - so that the line can be edited
            try:
                return input(prompt).strip()
            except UnicodeDecodeError:
                raise QueryError("the text is not valid UTF-8") from None
        return _line().strip()


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


@contextmanager
def _single_keys() -> Iterator[None]:
    """Give each key at once, without Enter, and without printing it."""
    import termios
    import tty

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    try:
        tty.setcbreak(place, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)
