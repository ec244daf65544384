"""The index that a command uses when nobody names one: the nearest ``.locus``, as git finds .git.

It is looked for in the working folder, then in each parent folder. An index counts once it has its
database.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from indexer.storing.schema import DATABASE, DEFAULT_INDEX


@dataclass(frozen=True, slots=True)
class NearestIndex:
    """The folder of the index to use.

    It is ``.locus`` in the working folder, also where no index exists yet, and the whole path of
    an index in a parent folder. ``skipped`` names the indexes of other users that were passed over.
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
    if _has_database(DEFAULT_INDEX):
        return NearestIndex(DEFAULT_INDEX)
    skipped: list[Path] = []
    for parent in working.parents:
        folder = parent / DEFAULT_INDEX
        if not _has_database(folder):
            continue
        if _is_ours(folder):
            return NearestIndex(folder, is_in_parent=True, skipped=tuple(skipped))
        skipped.append(folder)
    return NearestIndex(DEFAULT_INDEX, skipped=tuple(skipped))


def _has_database(folder: Path) -> bool:
    return os.path.isfile(folder / DATABASE)  # noqa: PTH113 - it is False where Path may raise


def _is_ours(folder: Path) -> bool:
    """Whether the user owns an index that was found without being named.

    Anybody can put a ``.locus`` into a shared folder such as /tmp. Its files could be made to
    attack the libraries that read them, and `locus index` would add articles to it that its owner
    can read. Whoever trusts such an index names it with --index. The name ``.locus`` itself may be
    a link, so that its own owner counts too.
    """
    try:
        found = folder.lstat(), folder.stat(), (folder / DATABASE).stat()
    except OSError:
        return False
    return {facts.st_uid for facts in found} == {os.geteuid()}
