r"""Translate one line of a ``.gitignore`` to a regular expression that matches the same paths.

The rules are those of gitignore(5) and, where it is silent, of Git's ``dir.c`` and
``wildmatch.c``:

- ``*`` matches any number of characters, ``?`` one character and ``[...]`` one of a set; none of
  them matches ``/``. A set may contain ranges and POSIX classes such as ``[[:digit:]]`` (ASCII
  only); ``!`` or ``^`` at its beginning negates it. ``\`` makes the next character literal.
- ``**`` alone between slashes matches any number of folders.
- A pattern with a ``/`` before its end is matched against the whole path relative to the folder of
  its file, any other pattern against the name only. A ``/`` at its end matches only folders.
- ``!`` at the beginning re-includes what an earlier pattern excluded.
- Spaces at the end are dropped unless escaped. A tab is part of the pattern.
- The text before the first special character is compared literally, and the rest is a separate
  pattern. So ``a/b**/c`` matches ``a/bx/y/c``, because its rest begins with ``**``.

One rule differs from Git's: ``?`` and sets match one character, not one byte of its UTF-8.

Each expression takes time proportional to the path's length: a star that is followed by another one
matches at the first possible position (an atomic group) and is not retried at a later one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SPECIAL = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "blank": "\t\t  ",
    "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09",
    "graph": "!~",
    "lower": "az",
    "print": " ~",
    "punct": "!/:@[`{~",
    "space": "\t\n\r\r  ",
    "upper": "AZ",
    "xdigit": "09AFaf",
}
"""The ranges of each POSIX class: the first and last character of each range in turn."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: ``regex`` must match the whole name, or the whole path if ``by_path``.

    ``includes`` is True for a pattern that began with ``!``.
    """

    regex: str
    by_path: bool
    folders_only: bool
    includes: bool


def translate(line: str) -> Pattern | None:
    """The pattern of a line; None for a comment or a blank line.

    Raises ValueError for a line that Git accepts although it cannot match: no name, an empty or
    unterminated set, an unknown character class, a backslash at the end.
    """
    if line.startswith("#"):
        return None
    body = _without_trailing_spaces(line.partition("\0")[0])
    if not body:
        return None
    includes = body.startswith("!")
    body = body[includes:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    by_path = "/" in body
    body = body.removeprefix("/")
    if not body:
        raise ValueError("no name")
    special = _SPECIAL.search(body)
    literal = special.start() if special else len(body)
    regex = re.escape(body[:literal]) + _regex(_tokens(body[literal:], by_path=by_path))
    return Pattern(regex, by_path, folders_only, includes)


def _without_trailing_spaces(line: str) -> str:
    kept = len(line.rstrip(" "))
    backslashes = kept - len(line[:kept].rstrip("\\"))
    return line[: kept + backslashes % 2]


_CLASS_NAME = re.compile(r":([^\]]*):\]")
_SLASH = ord("/")

_STAR = "[^/]*"
_FOLDERS = "(?:[^/]*/)*"
_ANYTHING = "(?s:.*)"


def _tokens(body: str, *, by_path: bool) -> Iterator[str]:
    """The parts of a pattern, each translated to an expression."""
    at = 0
    while at < len(body):
        first, character = at, body[at]
        at += 1
        if character == "*":
            while body.startswith("*", at):
                at += 1
            fills = by_path and at - first > 1 and (first == 0 or body[first - 1] == "/")
            tokens, length = _stars(body[at:]) if fills else ([_STAR], 0)
            yield from tokens
            at += length
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            chosen, at = _set(body, at)
            yield chosen
        elif character == "\\":
            if at == len(body):
                raise ValueError("nothing after the backslash")
            yield re.escape(body[at])
            at += 1
        else:
            yield re.escape(character)


def _stars(rest: str) -> tuple[list[str], int]:
    """The tokens of ``**`` after a slash or at the beginning, and how much of ``rest`` they use."""
    if not rest:
        return [_ANYTHING], 0
    if rest.startswith("/"):
        return [_FOLDERS], 1
    if rest.startswith("\\/"):  # Git then requires at least one folder
        return [_STAR, "/", _FOLDERS], 2
    return [_STAR], 0


def _regex(tokens: Iterable[str]) -> str:
    """Join all parts to one expression."""
    runs = (
        "/".join(_chain(map("".join, _parted(name, _STAR)), _STAR) for name in _parted(run, "/"))
        for run in _parted(tokens, _FOLDERS)
    )
    return _chain(runs, _FOLDERS)


def _parted(tokens: Iterable[str], at: str) -> Iterator[list[str]]:
    """Split tokens at each token equal to ``at``."""
    run: list[str] = []
    for token in tokens:
        if token == at:
            yield run
            run = []
        else:
            run.append(token)
    yield run


def _chain(parts: Iterable[str], star: str) -> str:
    """Join parts with stars; only the last star may be retried at a later position."""
    first, *rest = parts
    if not rest:
        return first
    *between, last = rest
    return first + "".join(f"(?>{star}?{part})" for part in between) + star + last


def _set(body: str, at: int) -> tuple[str, int]:
    """The expression of the set whose ``[`` is just before ``at``, and the offset after the set."""
    negated = body[at : at + 1] in {"!", "^"}
    at += negated
    ranges: list[tuple[str, str]] = []  # the first and the last character of each
    begins = ""  # the first character of a range, if a hyphen follows
    first = at
    while at == first or body[at : at + 1] != "]":
        character, at, escaped = _member(body, at)
        if not escaped and character == "-" and begins and body[at : at + 1] not in {"", "]"}:
            last, at, _ = _member(body, at)
            ranges.append((begins, last))
            begins = ""
        elif not escaped and character == "[" and (name := _CLASS_NAME.match(body, at)):
            if name[1] not in _CLASSES:
                raise ValueError(f"no class {name[1]!r}")
            ends = _CLASSES[name[1]]
            ranges += zip(ends[::2], ends[1::2], strict=True)
            at, begins = name.end(), ""
        else:
            ranges.append((character, character))
            begins = character
    members = "".join(_written(ord(low), ord(high)) for low, high in ranges)
    if not members and not negated:
        raise ValueError("an empty set")
    return f"[^/{members}]" if negated else f"[{members}]", at + 1


def _member(body: str, at: int) -> tuple[str, int, bool]:
    """The character of a set at ``at``, the offset after it, and whether it was escaped."""
    escaped = body.startswith("\\", at)
    at += escaped
    if at >= len(body):
        raise ValueError("unterminated set")
    return body[at], at + 1, escaped


def _written(low: int, high: int) -> str:
    """A range as written in the set of a regular expression, without the slash."""
    if low > high or low == high == _SLASH:
        return ""
    if low <= _SLASH <= high:
        return _written(low, _SLASH - 1) + _written(_SLASH + 1, high)
    return f"\\U{low:08x}-\\U{high:08x}"
