"""Whether a folder can hold an index: one that has other files is left as it is."""

from fnmatch import fnmatch
from pathlib import Path

from indexer.durable import TEMPORARY
from indexer.errors import NotAnIndex
from indexer.storing.schema import DATABASE, DEFAULT_INDEX, LOCK, is_index, vectors_name

_OURS = (DATABASE + "*", LOCK, vectors_name("*"), "lexical", "serve.sock", TEMPORARY)
"""What the folder of an index holds; a run that was killed leaves some of it."""
_SYSTEM = (".DS_Store",)
"""What a system puts into folders that a person has looked into."""
_NAMED = 3


def check_is_free(folder: Path) -> None:
    """Raise NotAnIndex if an index must not be made in ``folder``, because it has other files."""
    if others := _others(folder):
        names = ", ".join(others[:_NAMED]) + (", ..." if len(others) > _NAMED else "")
        raise NotAnIndex(
            f"{folder} holds no Locus index but other files ({names}), and an index needs a folder"
            f" of its own: name a new or an empty one, such as --index {folder / DEFAULT_INDEX}"
        )


def not_an_index(folder: Path) -> NotAnIndex:
    """The error of a folder in which an index is looked for and not found, with what to do."""
    if folder == DEFAULT_INDEX and not folder.exists():
        return NotAnIndex(f"no index here ({folder}). Create one with: locus index FOLDER")
    if not folder.is_dir():
        return NotAnIndex(
            f"{folder} is a file, and an index is a folder"
            if folder.exists()
            else f"{folder} does not exist: make one with `locus index SOURCE --index {folder}`"
        )
    inside = folder / DEFAULT_INDEX
    if is_index(inside):
        return NotAnIndex(f"{folder} holds no Locus index, but {inside} does: --index {inside}")
    place = inside if _others(folder) else folder
    return NotAnIndex(
        f"{folder} holds no Locus index: make one with `locus index SOURCE --index {place}`"
    )


def not_finished(folder: Path) -> NotAnIndex:
    """The error of an index whose first generation is not published."""
    return NotAnIndex(
        f"{folder} holds no finished index yet: `locus index --index {folder}` goes on with it"
    )


def _others(folder: Path) -> list[str]:
    """The names in a folder that are not of an index, in order; none if it cannot be listed."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:  # not there, no folder, or not to be listed: whoever makes the index says so
        return []
    return [it for it in names if not any(fnmatch(it, ours) for ours in (*_OURS, *_SYSTEM))]
