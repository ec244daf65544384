"""An index that a long-lived process answers from: always the one that lies in the folder now."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from indexer.encoding.encoder import Encoder
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


class ServedIndex:
    """The index in a folder, opened again when the folder is made anew under the same name."""

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        """Raises IndexFolderError if the index cannot be read."""
        self._folder = folder
        self._encoder = encoder
        self._lock = Lock()
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
        with store.snapshot() as (state, snapshot):
            sources, staged = snapshot.sources(), snapshot.staged()
        if not store.has_writer():  # a run that was cut short leaves what it staged
            staged = None
        return Status(str(store.folder.resolve()), state, tuple(sources), staged)

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
