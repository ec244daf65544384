"""Find the articles that a pattern names, as ``--under`` does. Imports nothing heavy."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from indexer.storing import schema

if TYPE_CHECKING:  # this module loads SQLite, which a search through a server does not need
    from collections.abc import Callable

    from indexer.storing.database import Results

Rows: TypeAlias = "Callable[..., Results]"
"""Executes a statement over one generation, as ``Snapshot.rows`` does."""

_FOLDER = "substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)"
"""The name of a source's folder: rtrim removes everything after the last slash of its path."""
_CONDITION = (
    "(PLACE = :name OR PLACE GLOB :name OR substr(PLACE, 1, length(:name) + 1) = :name || '/')"
)


def conditions(pattern: str) -> list[tuple[str, str]]:
    """The possible meanings of a pattern in the order to try them; the first with articles counts.

    Each is an SQL condition on ``articles`` joined with ``sources``, and the value of its
    ``:name``. A pattern is a folder, an article or a glob. It is relative to a source, or begins
    with the name of a source's folder, or is an absolute path. ``.`` means every article.
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
    """The first condition, with its ``:name``, that matches an article; None if none does."""
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
    """The patterns to try for what a user typed in the working folder, in this order.

    It is tried as it is, then as a path in the working folder. If it begins with ``.`` or ``..``,
    the path is tried first. ``.`` alone only means the working folder.
    """
    try:
        paths = dict.fromkeys(
            [os.path.normpath(Path(pattern).absolute()), str(Path(pattern).resolve())]
        )
    except (OSError, ValueError, RuntimeError):  # no working folder; a NUL; a symlink loop
        return [pattern]
    first = pattern.split("/", 1)[0]
    if first not in {".", ".."}:
        return list(dict.fromkeys([pattern, *paths]))
    return list(paths) if os.path.normpath(pattern) == "." else [*paths, pattern]
