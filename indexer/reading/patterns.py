r"""One line of a ``.gitignore`` as a regular expression that matches as Git matches.

The rules are those of gitignore(5), and where that is silent, of Git's ``dir.c`` and
``wildmatch.c``:

- ``*`` matches any run of characters, ``?`` one character and ``[...]`` one of a set; none of them
  matches ``/``. A set may hold ranges and POSIX classes such as ``[[:digit:]]``, ASCII alone; ``!``
  or ``^`` at its beginning negates it. ``\`` makes the next character stand for itself.
- ``**`` that fills a place between slashes matches any number of folders.
- A pattern with a ``/`` before its end is matched against the whole path below the folder of its
  file, any other against the name alone. With a ``/`` at its end it matches folders only.
- ``!`` at the beginning takes back what an earlier pattern left out.
- Spaces at the end are dropped unless escaped. A tab is part of the pattern.
- The text before the first special character is compared as it stands, and the rest is a pattern of
  its own. ``a/b**/c`` therefore matches ``a/bx/y/c``, for its rest begins with ``**``.

One rule is not Git's: ``?`` and sets match one character, and not one byte of its UTF-8.

Each expression takes time in proportion to the path: a star that another one follows matches at the
first place where it can (an atomic group), and is not tried again at a later one.
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
"""The ranges of each POSIX class: first and last character of each, one after the other."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: ``regex`` is to match all of the name, or of the path if ``by_path``."""

    regex: str
    by_path: bool
    folders_only: bool
    takes_back: bool


def translate(line: str) -> Pattern | None:
    """The pattern of a line; None for a comment and a blank line.

    Raises ValueError for a line that Git takes and that can match nothing: no name in it, a set
    that is empty or has no end, a class that does not exist, nothing after a last backslash.
    """
    if line.startswith("#"):
        return None
    body = _without_trailing_spaces(line.partition("\0")[0])
    if not body:
        return None
    takes_back = body.startswith("!")
    body = body[takes_back:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    by_path = "/" in body
    body = body.removeprefix("/")
    if not body:
        raise ValueError("no name")
    special = _SPECIAL.search(body)
    literal = special.start() if special else len(body)
    regex = re.escape(body[:literal]) + _regex(_tokens(body[literal:], by_path=by_path))
    return Pattern(regex, by_path, folders_only, takes_back)


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
    """The parts of a pattern, each the expression of what it matches."""
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
    """The tokens of ``**`` at the beginning of a place, and the length of what ends the place."""
    if not rest:
        return [_ANYTHING], 0
    if rest.startswith("/"):
        return [_FOLDERS], 1
    if rest.startswith("\\/"):  # Git then wants one folder at least
        return [_STAR, "/", _FOLDERS], 2
    return [_STAR], 0


def _regex(tokens: Iterable[str]) -> str:
    """One expression of all parts."""
    runs = (
        "/".join(_chain(map("".join, _parted(name, _STAR)), _STAR) for name in _parted(run, "/"))
        for run in _parted(tokens, _FOLDERS)
    )
    return _chain(runs, _FOLDERS)


def _parted(tokens: Iterable[str], at: str) -> Iterator[list[str]]:
    """The runs of tokens between those that are ``at``."""
    run: list[str] = []
    for token in tokens:
        if token == at:
            yield run
            run = []
        else:
            run.append(token)
    yield run


def _chain(parts: Iterable[str], star: str) -> str:
    """The parts with stars between them; only the last star may be tried at a second place."""
    first, *rest = parts
    if not rest:
        return first
    *between, last = rest
    return first + "".join(f"(?>{star}?{part})" for part in between) + star + last


def _set(body: str, at: int) -> tuple[str, int]:
    """The expression of the set whose ``[`` stands before ``at``, and where the pattern goes on."""
    negated = body[at : at + 1] in {"!", "^"}
    at += negated
    ranges: list[tuple[str, str]] = []  # the first and the last character of each
    begins = ""  # a range, if a hyphen follows
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
    """The character of a set at ``at``, the place after it, and whether it was escaped."""
    escaped = body.startswith("\\", at)
    at += escaped
    if at >= len(body):
        raise ValueError("a set without an end")
    return body[at], at + 1, escaped


def _written(low: int, high: int) -> str:
    """A range as it stands in the set of an expression, without the slash."""
    if low > high or low == high == _SLASH:
        return ""
    if low <= _SLASH <= high:
        return _written(low, _SLASH - 1) + _written(_SLASH + 1, high)
    return f"\\U{low:08x}-\\U{high:08x}"
