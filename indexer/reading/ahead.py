"""Read files ahead of their use: while one core embeds passages, the other one reads the next file.

A thread waits for the worker's child process and keeps what it has read until it is asked for: a
limited number of articles and characters. Files that need no worker are read when they are asked
for.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Condition, Thread

from indexer.errors import UnreadableArticle
from indexer.reading.articles import Entry
from indexer.types import Article

_MOST_FILES = 16
_MOST_ARTICLES = 256
_MOST_CHARACTERS = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """An entry and its article, or why it is unreadable.

    The outcome of a container comes after those of its members: None if it was read to its end.
    """

    entry: Entry
    found: Article | UnreadableArticle | None


def read_ahead(entries: Iterable[Entry]) -> Iterator[ReadEntry]:
    """The outcome of each entry, in order; those of a container's members before its own.

    Other exceptions than UnreadableArticle are passed on.
    """
    waiting: deque[Entry] = deque()
    reader, rest = _Reader(), iter(entries)
    try:
        while True:
            # Without a file that is read apart there is nothing to gain from looking ahead.
            while len(waiting) < _MOST_FILES and (not waiting or waiting[0].is_apart):
                entry = next(rest, None)
                if entry is None:
                    break
                waiting.append(entry)
                if entry.is_apart:
                    reader.add(entry)
            if not waiting:
                return
            entry = waiting.popleft()
            yield from reader.outcomes(entry) if entry.is_apart else _outcomes(entry)
    finally:
        reader.stop()


def _outcomes(entry: Entry) -> Generator[ReadEntry, None, None]:
    try:
        if entry.members is None:
            yield ReadEntry(entry, entry.read())
            return
        with closing(entry.members()) as members:
            for member in members:
                yield from _outcomes(member)
    except UnreadableArticle as error:
        yield ReadEntry(entry, error)
    else:
        yield ReadEntry(entry, None)


class _Stopped(Exception):
    """Nobody asks for more."""


class _Reader:
    """Reads entries in a thread, one after another, as far ahead as the limits allow."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._entries: deque[Entry] = deque()
        self._read: deque[ReadEntry | BaseException] = deque()
        self._characters = 0
        self._is_stopped = False
        self._thread: Thread | None = None

    def add(self, entry: Entry) -> None:
        """Read this entry after those added before."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()
        if self._thread is None:
            self._thread = Thread(target=self._run, name="reading ahead", daemon=True)
            self._thread.start()

    def outcomes(self, of: Entry) -> Iterator[ReadEntry]:
        """The outcomes of the entry that was added first and not asked for yet."""
        while True:
            outcome = self._taken()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
            if outcome.entry is of:
                return

    def stop(self) -> None:
        """Read nothing more; a file that is being read is read to its end."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            while True:
                with closing(_outcomes(self._next())) as outcomes:
                    for outcome in outcomes:
                        self._keep(outcome)
        except _Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where the article is wanted
            with self._changed:
                self._read.append(error)
                self._changed.notify_all()

    def _next(self) -> Entry:
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._is_stopped)
            if self._is_stopped:
                raise _Stopped
            return self._entries.popleft()

    def _keep(self, outcome: ReadEntry) -> None:
        with self._changed:
            self._changed.wait_for(self._has_room)
            if self._is_stopped:
                raise _Stopped
            self._read.append(outcome)
            self._characters += _size(outcome)
            self._changed.notify_all()

    def _has_room(self) -> bool:
        few = len(self._read) < _MOST_ARTICLES and self._characters < _MOST_CHARACTERS
        return self._is_stopped or few

    def _taken(self) -> ReadEntry | BaseException:
        with self._changed:
            self._changed.wait_for(lambda: self._read)
            found = self._read.popleft()
            if isinstance(found, ReadEntry):
                self._characters -= _size(found)
            self._changed.notify_all()
            return found


def _size(outcome: ReadEntry) -> int:
    return len(outcome.found.text) if isinstance(outcome.found, Article) else 0
