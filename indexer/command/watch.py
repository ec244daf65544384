"""Watch the sources of an index and report changes."""

import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from watchfiles import Change, watch

from indexer.errors import SourceError
from indexer.reading.excludes import IGNORE_FILE
from indexer.reading.folders import file_of, is_editors_copy
from indexer.reading.formats import FORMATS
from indexer.storing.database import Connection, database_errors, open_for_reading
from indexer.storing.schema import identity
from indexer.storing.shards.manifest import databases
from indexer.storing.sources import remembered_sources
from indexer.types import Selection

_LOOK_MS = 500
"""How often to check single files, and whether the folders still exist."""
_QUIET_MS = 100
"""Changes are collected until nothing has changed for this long."""
_BURST_MS = 1000
"""Changes are never collected for longer than this."""


def changes(index: Path) -> Iterator[None]:
    """Yield once when watching has started, then each time the sources may have changed.

    It never ends. Sources that another process adds are watched too. Raises SourceError if the
    system cannot watch a source, and IndexFolderError if the index is missing or cannot be read.
    """
    while True:
        database = identity(index)
        folder = databases(index)[0]  # each shard remembers all sources
        with database_errors(folder), closing(open_for_reading(folder)) as connection:
            sources = _sources(connection)
            before, begun = _look(sources), False
            for changed in _events(sources, index.resolve()):
                # If a source was removed, added or replaced, the watch must be set up again.
                if _look(sources) != before or _sources(connection) != sources:
                    break
                if identity(index) != database or folder not in databases(index):
                    break
                if changed or not begun:
                    begun = True
                    yield


def _sources(connection: Connection) -> dict[Path, Selection]:
    return {path: it.selection for path, it in remembered_sources(connection).items()}


def _look(sources: Mapping[Path, Selection]) -> list[tuple[int, ...]]:
    """Facts that change when a folder is replaced, or a file is replaced or changed."""
    seen: list[tuple[int, ...]] = []
    for path in sources:
        try:
            found = path.stat()
        except OSError:
            seen.append(())
        else:
            is_folder = stat.S_ISDIR(found.st_mode)
            seen.append((found.st_ino,) if is_folder else file_of("", found)[1:])
    return seen


def _events(sources: Mapping[Path, Selection], index: Path) -> Iterator[bool]:
    """Yield, at least every half second, whether something in the folders has changed."""
    folders = [path for path in sources if path.is_dir()]
    while not folders:
        yield False
        time.sleep(_LOOK_MS / 1000)

    def matters(change: Change, name: str) -> bool:
        path = Path(name)
        if path.is_relative_to(index):
            return False
        return any(
            path.is_relative_to(folder)
            and _matters(change, path, path.relative_to(folder).parts, sources[folder])
            for folder in folders
        )

    try:
        yield from map(
            bool,
            watch(
                *folders,
                watch_filter=matters,
                debounce=_BURST_MS,
                step=_QUIET_MS,
                rust_timeout=_LOOK_MS,
                yield_on_timeout=True,
            ),
        )
    except FileNotFoundError:
        return  # a folder was just deleted; the caller checks the sources again
    except OSError as error:
        raise SourceError(f"cannot watch the folders for changes: {error}") from error


def _matters(change: Change, path: Path, parts: tuple[str, ...], selection: Selection) -> bool:
    """Whether a change at ``path`` can affect an article; ``parts`` are relative to the source."""
    if not parts or parts[-1] == IGNORE_FILE:
        return True
    if not selection.hidden and any(part.startswith(".") for part in parts):
        return False
    if is_editors_copy(parts[-1]):
        return False
    # A deleted path may have been a folder with any name.
    return change == Change.deleted or path.suffix.lower() in FORMATS or path.is_dir()
