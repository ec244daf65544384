"""An index that a long-lived process answers from: always the one that lies in the folder now."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from indexer.encoding.encoder import Encoder
from indexer.storing.schema import DATABASE
from indexer.storing.snapshot import StoredArticle
from indexer.storing.state import State
from indexer.storing.store import Store
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and was made from; ``staged`` is not None while it is being written.

    ``staged`` counts the articles that the next generation has so far.
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
    """The sources of a generation, whose articles were counted: that takes a walk over them all."""

    store: Store
    state: State
    changed: tuple[int, ...] | None
    sources: tuple[tuple[str, int], ...]

    def holds(self, store: Store, state: State, changed: tuple[int, ...] | None) -> bool:
        """Whether it holds still: a writer's commits change nothing before it publishes or ends."""
        return (
            store is self.store
            and state == self.state
            and (changed is None or changed == self.changed)
        )


def _changed(folder: Path) -> tuple[int, ...]:
    """When the database was changed, in nanoseconds: its file, and its log if it has one."""
    times = []
    for name in (DATABASE, f"{DATABASE}-wal"):
        with suppress(OSError):  # the log comes and goes
            times.append((folder / name).stat().st_mtime_ns)
    return tuple(times)


class ServedIndex:
    """The index in a folder, opened again when the folder is made anew under the same name."""

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        """Raises IndexFolderError if the index cannot be read."""
        self._folder = folder
        self._encoder = encoder
        self._lock = Lock()
        self._counted: _Counted | None = None
        self._open()

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self._folder

    def searcher(self) -> Searcher:
        """What is to answer now; one that was taken earlier stays open while it is in use."""
        if self._store.is_replaced():
            with self._lock:
                if self._store.is_replaced():
                    self._open()
        return self._searcher

    def warm(self) -> None:
        """Load what the first question would have to wait for."""
        self.searcher().search("warm", 1)

    def status(self) -> Status:
        """What the index holds now, and whether it is being written."""
        self.searcher()
        store = self._store
        is_written = store.has_writer()
        with store.snapshot() as (state, snapshot):
            # A run that was cut short leaves what it staged.
            staged = snapshot.staged() if is_written else None
            counted = self._counted
            changed = None if is_written else _changed(store.folder)
            if counted is None or not counted.holds(store, state, changed):
                counted = _Counted(store, state, changed, tuple(snapshot.sources()))
                self._counted = counted
        folder = os.fsencode(store.folder.resolve()).decode("utf-8", "backslashreplace")
        return Status(folder, state, counted.sources, staged)

    def _open(self) -> None:
        store = Store(self._folder)
        self._searcher = Searcher(store, self._encoder)
        self._store = store  # last: who finds it current takes the searcher for current too


def article_as_json(article: StoredArticle) -> dict[str, Any]:
    """An article as it is given out; offsets are in characters, as everywhere."""
    return {
        "article": article.name,
        "source": article.source,
        "title": article.title,
        "sha256": article.sha256,
        "text": article.text,
        "passages": [{"start": start, "end": end} for start, end in article.passages],
    }
