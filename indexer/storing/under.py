"""Which articles a pattern names: the meaning of ``--under``, as SQL. Light to import."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from indexer.storing import schema

if TYPE_CHECKING:  # which loads SQLite; a search that a server answers needs none
    from collections.abc import Callable

    from indexer.storing.database import Cursor

Rows: TypeAlias = "Callable[..., Cursor]"
"""Executes a statement over one generation, as ``Snapshot.rows`` does."""

_FOLDER = "substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)"
"""The name of a source's folder: rtrim removes everything after the last slash of its path."""
_CONDITION = (
    "(PLACE = :name OR PLACE GLOB :name OR substr(PLACE, 1, length(:name) + 1) = :name || '/')"
)


def conditions(pattern: str) -> list[tuple[str, str]]:
    """What a pattern may mean, in the order in which it is tried; the first that names articles is.

    Each is a condition on ``articles`` joined with ``sources``, and the value of its ``:name``. A
    pattern is a folder, an article or a glob. It is relative to a source, as articles are named, or
    begins with the name of a source's folder, or is an absolute path. ``.`` is every article.
    """
    given = pattern.rstrip("/")
    bare = re.sub(r"^(\./+)+", "", given)
    ways = [("name", given)]
    if pattern.startswith("/"):
        ways.append(("path || '/' || name", given))
    elif bare == ".":
        ways.append(("'./' || name", bare))
    else:
        ways += [("name", bare), (f"{_FOLDER} || '/' || name", bare)]
    return [(_CONDITION.replace("PLACE", place), name) for place, name in dict.fromkeys(ways)]


def meaning(rows: Rows, pattern: str) -> tuple[str, str] | None:
    """The first of the conditions that names an article; None if none does."""
    for condition, name in conditions(pattern):
        found = rows(
            "SELECT 1 FROM articles JOIN sources ON sources.id = source"
            f" WHERE {schema.VISIBLE} AND {condition} LIMIT 1",
            name=name,
        )
        if found.fetchone() is not None:
            return condition, name
    return None


def readings(pattern: str) -> list[str]:
    """The patterns that a person in the working folder may mean, in the order to try them.

    A name as hits show it comes before a path; but what begins with ``.`` or ``..`` is a path
    first. ``.`` alone is nothing but the working folder.
    """
    try:
        paths = dict.fromkeys(
            [os.path.normpath(Path(pattern).absolute()), str(Path(pattern).resolve())]
        )
    except (OSError, ValueError, RuntimeError):  # no working folder; a NUL; a loop of links
        return [pattern]
    first = pattern.split("/", 1)[0]
    if first not in {".", ".."}:
        return list(dict.fromkeys([pattern, *paths]))
    return list(paths) if os.path.normpath(pattern) == "." else [*paths, pattern]
