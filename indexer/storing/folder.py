"""Check whether a folder is, or can become, an index folder; folders with other files cannot."""

import os
import shlex
from fnmatch import fnmatch
from pathlib import Path

from indexer.durable import TEMPORARY
from indexer.errors import IndexFolderError, NotAnIndex
from indexer.storing.schema import (
    DATABASE,
    DEFAULT_INDEX,
    LOCK,
    MANIFEST,
    is_index,
    is_sharded,
    layout_name,
    vectors_name,
)
from indexer.text import is_utf8, printable

_OURS = (
    *(DATABASE + "*", LOCK, vectors_name("*"), "lexical", "serve.sock", TEMPORARY),
    *(MANIFEST, layout_name("*")),
)
"""The files of an index folder; a run that was killed leaves some of them."""
_SYSTEM = (".DS_Store",)
"""Files that a system creates in folders by itself."""
_NAMED = 3


def check_is_free(folder: Path) -> None:
    """Raise NotAnIndex if no index may be created in ``folder``: it contains other files.

    Also if its path is not UTF-8, because tantivy cannot open files there.
    """
    if not is_utf8(str(folder)):
        raise NotAnIndex(
            f"{printable(folder)}: the path of an index must be valid UTF-8. Rename the folder, or"
            " choose another with --index"
        )
    if others := _others(folder):
        names = ", ".join(others[:_NAMED]) + (", ..." if len(others) > _NAMED else "")
        raise NotAnIndex(
            f"{folder} contains other files ({names}), but an index needs its own folder. Name a"
            f" new or empty one, e.g. --index {shlex.quote(str(folder / DEFAULT_INDEX))}"
        )


def check_is_no_shard(folder: Path) -> None:
    """Raise IndexFolderError if a folder is a shard, which only its whole index can update."""
    owner = folder.absolute().parent.parent
    if is_sharded(owner) and fnmatch(folder.absolute().parent.name, layout_name("*")):
        raise IndexFolderError(
            f"{folder} is a shard of the index {owner}. Update that one: --index"
            f" {shlex.quote(str(owner))}"
        )


def not_an_index(folder: Path) -> NotAnIndex:
    """The error, with advice, for a folder that should be an index but is not."""
    if folder.exists() and not folder.is_dir():
        return NotAnIndex(f"{folder} is a file; --index needs a folder")
    inside = folder / DEFAULT_INDEX
    if is_index(inside):
        path = shlex.quote(str(inside))
        return NotAnIndex(f"{folder} is not a Locus index, but {inside} is. Use --index {path}")
    if _others(folder):
        return NotAnIndex(
            f"{folder} is not a Locus index. To index the files in it, run"
            f" `locus index {shlex.quote(str(folder))}`"
        )
    if option := index_option(folder):
        return NotAnIndex(f"no index in {folder}. Create one with `locus index SOURCE{option}`")
    return NotAnIndex(
        f"no index here ({folder}). Create one with: locus index FOLDER"
        " (or name another index with --index)"
    )


def not_finished(folder: Path) -> NotAnIndex:
    """The error of an index whose first generation is not published."""
    return NotAnIndex(
        f"the index in {folder} is not finished yet. Run the same `locus index` command again"
    )


def index_option(folder: Path) -> str:
    """The option that names an index in advice: `` --index DIR``, or empty if it is the default."""
    if folder == DEFAULT_INDEX and not os.environ.get("LOCUS_INDEX"):
        return ""
    return f" --index {shlex.quote(str(folder))}"


def _others(folder: Path) -> list[str]:
    """The sorted names in a folder that are not an index's; empty if it cannot be listed."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:  # missing, not a folder, or not readable: creating the index will report it
        return []
    return [it for it in names if not any(fnmatch(it, ours) for ours in (*_OURS, *_SYSTEM))]
