"""Find names in an index that are similar to an unknown one: "Did you mean ...?".

Each statement scans names in an index of SQLite and returns at most ``_MOST`` of them. Only those
are compared with difflib. A command that has failed can scan all names. A search cannot, because a
page that searches as someone types asks for many folders that do not exist: it looks ``among``
some.
"""

import re
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from pathlib import Path

from indexer.errors import QueryError
from indexer.storing import schema
from indexer.storing.under import Rows, meaning

ALL = -1
"""As SQLite's LIMIT has it."""
_MOST = 2_000
_SHOWN = 3
_ALIKE = 0.7
"""The lowest difflib ratio of similar names, from 0 to 1."""
_LONGEST = 200
"""Only so many characters at the end of a name are compared: difflib needs quadratic time."""
_PIECE = 3


def near_articles(rows: Rows, name: str, among: int = ALL) -> list[str]:
    """At most three names of articles that are similar to ``name``, the most similar first.

    If articles have exactly this file name in other folders, only those are returned.
    """
    given = name.strip("/")[-_LONGEST:]
    file = _file(given)
    if not file:
        return []
    same = _names(rows, among, [_pattern(file), f"%/{_pattern(file)}"])
    if same:
        return _nearest(given, same, key=str, least=0.0)
    stem = _stem(file)
    head, tail = _pattern(stem[:_PIECE]), _pattern(stem[-_PIECE:])
    found = _names(rows, among, [f"%{_pattern(stem)}%"]) if len(stem) >= _PIECE else []
    found += _names(rows, among, [f"{head}%", f"%/{head}%"])
    found += _names(rows, among, [f"%{tail}", f"%{tail}.%"]) + _names(rows, among, ["%"])
    return _nearest(stem, found, key=_stem)


def near_folders(rows: Rows, pattern: str, among: int = ALL) -> list[str]:
    """At most three folders or articles that ``pattern`` may have meant, the most similar first.

    If the end of a path, such as ``notes/may`` in ``mine/notes/may``, names articles, only the
    longest such end is returned.
    """
    given = pattern.strip("/")[-_LONGEST:]
    rest = given
    while "/" in rest:
        rest = rest.partition("/")[2].strip("/")
        if rest and meaning(rows, rest) is not None:
            return [rest]
    if not given or re.search(r"[*?\[]", given):
        return []
    folders = {
        name[: found.start()]
        for name in _names(
            rows, among, [f"{_pattern(given[:_PIECE])}%", f"%/{_pattern(given)}%", "%"]
        )
        for found in re.finditer("/", name)
    }
    return _nearest(given, folders, key=str) or near_articles(rows, given, among)


def did_you_mean(names: Iterable[str]) -> str:
    """The question "Did you mean ...?" after a space; empty without names.

    >>> did_you_mean(["sea.md", "tea.md"])
    " Did you mean 'sea.md' or 'tea.md'?"
    """
    shown = " or ".join(map(repr, names))
    return f" Did you mean {shown}?" if shown else ""


def unknown_article(rows: Rows, folder: Path, name: str) -> QueryError:
    """The error, with advice, if no article of the index in ``folder`` has this name."""
    hint = did_you_mean(near_articles(rows, name))
    hint = hint or " Try: `locus list`, which shows all names"
    return QueryError(f"no article {name!r} in {folder}.{hint}")


def _stem(name: str) -> str:
    """The name of its file, without the suffix."""
    return re.sub(r"(?<=.)\.[^.]*$", "", _file(name))


def _file(name: str) -> str:
    return name.rpartition("/")[2]


def _pattern(text: str) -> str:
    r"""A LIKE pattern that matches exactly this text; ``\`` escapes."""
    return re.sub(r"([%_\\])", r"\\\1", text)


def _names(rows: Rows, among: int, patterns: list[str]) -> list[str]:
    """Names that match one of the patterns: at most ``_MOST`` of the first ``among`` names."""
    like = " OR ".join(rf"name LIKE :like{n} ESCAPE '\'" for n in range(len(patterns)))
    found = rows(
        "SELECT DISTINCT name FROM articles WHERE id IN"
        " (SELECT id FROM (SELECT id, name FROM articles LIMIT :among)"
        f" WHERE {like} LIMIT {_MOST}) AND {schema.VISIBLE}",
        among=among,
        **{f"like{n}": pattern for n, pattern in enumerate(patterns)},
    )
    return [name for (name,) in found]


def _nearest(
    name: str, found: Iterable[str], key: Callable[[str], str], least: float = _ALIKE
) -> list[str]:
    """The names most similar to ``name``; ``key`` returns the part of a name to compare."""
    wanted = SequenceMatcher(None, b=name.casefold(), autojunk=False)
    scored = []
    for one in set(found):
        wanted.set_seq1(key(one)[-_LONGEST:].casefold())
        # Each ratio is an upper bound of the next one, and much cheaper to compute.
        ratios = (wanted.real_quick_ratio, wanted.quick_ratio, wanted.ratio)
        if all(ratio() >= least for ratio in ratios):
            scored.append((-wanted.ratio(), one))
    return [one for _, one in sorted(scored)[:_SHOWN]]
