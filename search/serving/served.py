"""An index for a long-running process: always the one that is in the folder now."""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from indexer.encoding.encoder import Encoder
from indexer.storing.schema import DATABASE, MANIFEST
from indexer.storing.shards.store import AnyStore, open_store
from indexer.storing.state import State
from indexer.storing.stored import StoredArticle
from search.searcher import Searcher

if TYPE_CHECKING:
    from search.logged.keeping import Keeping


@dataclass(frozen=True, slots=True)
class Status:
    """What an index contains, and the sources that it was built from.

    ``sources`` are pairs of a path and its number of articles. ``staged`` is the number of articles
    in the next generation so far, and None if no update is running.
    """

    index: str
    state: State
    sources: tuple[tuple[str, int], ...]
    staged: int | None

    def as_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            **self.state.as_json(),
            "sources": [{"path": path, "articles": count} for path, count in self.sources],
            "writing": None if self.staged is None else {"articles": self.staged},
        }


@dataclass(frozen=True, slots=True)
class _Counted:
    """The sources of a generation with their numbers of articles. Counting reads all articles."""

    store: AnyStore
    state: State
    changed: tuple[int, ...] | None
    sources: tuple[tuple[str, int], ...]

    def is_current(self, store: AnyStore, state: State, changed: tuple[int, ...] | None) -> bool:
        """Whether the counts are still right. An update changes nothing until it publishes."""
        return (
            store is self.store
            and state == self.state
            and (changed is None or changed == self.changed)
        )


def _changed(folder: Path) -> tuple[int, ...]:
    """When the database, its write-ahead log and the manifest were changed (ns), if they exist."""
    times = []
    for name in (DATABASE, f"{DATABASE}-wal", MANIFEST):
        with suppress(OSError):  # the log exists only at times
            times.append((folder / name).stat().st_mtime_ns)
    return tuple(times)


class ServedIndex:
    """The index in a folder. It is reopened when the folder has been replaced.

    ``keeping`` keeps the questions of the assistant that uses it; None if they are not kept.
    """

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        """Raises IndexFolderError if the index cannot be read."""
        self.keeping: Keeping | None = None
        self._folder = folder
        self._encoder = encoder
        self._lock = Lock()
        self._counted: _Counted | None = None
        self._open()

    @property
    def folder(self) -> Path:
        """The index folder."""
        return self._folder

    def searcher(self) -> Searcher:
        """The searcher of the current index. An older one stays open while it is in use."""
        if self._store.is_replaced():
            with self._lock:
                if self._store.is_replaced():
                    self._open()
        return self._searcher

    def warm(self) -> int:
        """Load what the first question would have to wait for. Returns the number of articles."""
        return self.searcher().search("warm", 1).articles

    def status(self) -> Status:
        """What the index contains now, and whether it is being updated."""
        self.searcher()
        store = self._store
        is_written = store.has_writer()
        with store.snapshot() as (state, snapshot):
            # An interrupted run leaves its staged articles behind.
            staged = snapshot.staged() if is_written else None
            counted = self._counted
            changed = None if is_written else _changed(store.folder)
            if counted is None or not counted.is_current(store, state, changed):
                counted = _Counted(store, state, changed, tuple(snapshot.sources()))
                self._counted = counted
        folder = os.fsencode(store.folder.resolve()).decode("utf-8", "backslashreplace")
        return Status(folder, state, counted.sources, staged)

    def _open(self) -> None:
        store = open_store(self._folder)
        self._searcher = Searcher(store, self._encoder)
        self._store = store  # last: a thread that sees this store uses the searcher above


def article_as_json(article: StoredArticle) -> dict[str, Any]:
    """An article in the shape of the API. Offsets count characters of its text."""
    return {
        "article": article.name,
        "source": article.source,
        "title": article.title,
        "sha256": article.sha256,
        "text": article.text,
        "passages": [{"start": start, "end": end} for start, end in article.passages],
        "metadata": asdict(article.metadata),
        "blocks": [block._asdict() for block in article.blocks],
        "locations": [location._asdict() for location in article.locations],
    }
