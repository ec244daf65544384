"""Find the index of a command that names none: the nearest ``.locus``, as git finds ``.git``.

The working folder is searched first, then each parent folder. A ``.locus`` without a database
or a manifest of shards is not an index.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from indexer.storing.schema import DATABASE, DEFAULT_INDEX, MANIFEST


@dataclass(frozen=True, slots=True)
class NearestIndex:
    """The folder of the index to use.

    An index in a parent folder is given by its whole path. Otherwise ``folder`` is ``.locus`` in
    the working folder, even if no index exists there yet. ``skipped`` lists nearer indexes that
    were not used because other users own them.
    """

    folder: Path
    is_in_parent: bool = False
    skipped: tuple[Path, ...] = ()


def nearest_index() -> NearestIndex:
    """Find the index nearest to the working folder.

    >>> nearest_index().folder
    PosixPath('.locus')
    """
    try:
        working = Path.cwd()
    except OSError:  # it was deleted
        return NearestIndex(DEFAULT_INDEX)
    if _is_index(DEFAULT_INDEX):
        return NearestIndex(DEFAULT_INDEX)
    skipped: list[Path] = []
    for parent in working.parents:
        folder = parent / DEFAULT_INDEX
        if not _is_index(folder):
            continue
        if _is_ours(folder):
            return NearestIndex(folder, is_in_parent=True, skipped=tuple(skipped))
        skipped.append(folder)
    return NearestIndex(DEFAULT_INDEX, skipped=tuple(skipped))


def _is_index(folder: Path) -> bool:
    return _file_in(folder) is not None


def _file_in(folder: Path) -> Path | None:
    """The database or the manifest in a folder; None if it is not an index."""
    for name in (MANIFEST, DATABASE):
        if os.path.isfile(folder / name):  # noqa: PTH113 - returns False if Path would raise
            return folder / name
    return None


def _is_ours(folder: Path) -> bool:
    """Whether the user owns an index that was found without being named.

    Anybody can create a ``.locus`` in a shared folder such as /tmp. Its files could attack the
    libraries that read them, and `locus index` would add articles to it that its owner can read. To
    use such an index, the user must name it with --index. ``.locus`` can be a symlink, so the owner
    of the link is checked too.
    """
    file = _file_in(folder)
    try:
        found = folder.lstat(), folder.stat(), (file or folder).stat()
    except OSError:
        return False
    return {facts.st_uid for facts in found} == {os.geteuid()}
