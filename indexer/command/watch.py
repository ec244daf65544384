"""Following the sources of an index: each change in them wakes the one who indexes."""

import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from watchfiles import Change, watch

from indexer.errors import SourceError
from indexer.reading.excludes import IGNORE_FILE
from indexer.reading.folders import file_of, is_editors_copy
from indexer.reading.formats import READERS
from indexer.storing.database import Connection, database_errors, open_for_reading
from indexer.storing.schema import identity
from indexer.storing.sources import remembered_sources
from indexer.types import Selection

_LOOK_MS = 500
"""How often single files are looked at, and whether the folders are still there."""
_QUIET_MS = 100
"""Changes are taken together until nothing has changed for this long."""
_BURST_MS = 1000
"""But no longer than this."""


def changes(index: Path) -> Iterator[None]:
    """Yield once the watch has begun, and from then on when the sources may have changed.

    It does not end. Sources that another process adds are watched too. Raises SourceError if the
    system cannot watch a source, and IndexFolderError if the index is gone or cannot be read.
    """
    while True:
        database = identity(index)
        with database_errors(index), closing(open_for_reading(index)) as connection:
            sources = _sources(connection)
            before, begun = _look(sources), False
            for woken in _wakes(sources, index.resolve()):
                # A source went, came or is another one: what was watched is not what is.
                if _look(sources) != before or _sources(connection) != sources:
                    break
                if identity(index) != database:
                    break
                if woken or not begun:
                    begun = True
                    yield


def _sources(connection: Connection) -> dict[Path, Selection]:
    return {path: it.selection for path, it in remembered_sources(connection).items()}


def _look(sources: Mapping[Path, Selection]) -> list[tuple[int, ...]]:
    """What tells a folder from another in its place, and a file from a changed one."""
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


def _wakes(sources: Mapping[Path, Selection], index: Path) -> Iterator[bool]:
    """Every half second or sooner: whether something in the folders has changed."""
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
        return  # a folder that has just gone: whoever watches looks again
    except OSError as error:
        raise SourceError(f"the sources cannot be watched: {error}") from error


def _matters(change: Change, path: Path, parts: tuple[str, ...], selection: Selection) -> bool:
    """Whether a change at ``path`` can be an article's; ``parts`` lead there from the source."""
    if not parts or parts[-1] == IGNORE_FILE:
        return True
    if not selection.hidden and any(part.startswith(".") for part in parts):
        return False
    if is_editors_copy(parts[-1]):
        return False
    # What is gone may have been a folder of any name.
    return change == Change.deleted or path.suffix.lower() in READERS or path.is_dir()
