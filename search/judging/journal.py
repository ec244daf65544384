"""The journal of a dataset: ``judgements.jsonl``, to which each act is appended.

The journal is the truth: qrels and answers are written from it. An act is on disk before anybody
is told that it is saved. Several processes may judge one dataset at the same time: each takes the
file's lock, reads what the others have added, and appends. The end of a line that a crash cut off
was never called saved; the next process removes it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from indexer.durable import sync_folder
from indexer.errors import DatasetError, UnreadableArticle
from indexer.reading import jsonl
from search.evaluation.judged.reading import Notes, reason
from search.judging.acts import Act
from search.judging.book import Book

NAME = "judgements.jsonl"
_TEXTS = ("query_id", "doc_id", "judge", "note")


class Journal:
    """The open journal of a dataset folder. ``book`` has what it says.

    Raises DatasetError if the file cannot be read or written.

    >>> journal = Journal(Path("mine"))
    >>> with journal.locked():
    ...     journal.append(Act("2026-12-01T09:00:00Z", "ann", "q1", "sea.md", grade=2))
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.book = Book()
        self.notes = Notes()
        self._read = 0
        with _telling(self.path):
            # Symlinks are not followed: what is written must stay in the dataset's folder.
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file: IO[bytes] = os.fdopen(os.open(self.path, flags, 0o666), "r+b", buffering=0)
            sync_folder(folder)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the journal's lock, with everything read that other processes have added."""
        with _telling(self.path):
            fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            with _telling(self.path):
                self._catch_up()
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def append(self, *acts: Act) -> None:
        """Write acts to the disk; ``locked`` must be held. Raises DatasetError if that fails."""
        lines = [json.dumps(act.as_json(), ensure_ascii=False).encode() + b"\n" for act in acts]
        with _telling(self.path):
            try:
                self._write(b"".join(lines))
            except OSError:
                # A part of the line may be there. Nobody was told that it is saved.
                os.ftruncate(self._file.fileno(), self._read)
                raise
        self._read += sum(map(len, lines))
        for act in acts:
            self.book.add(act)

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._file.fileno(), rest) :]
        os.fsync(self._file.fileno())

    def _catch_up(self) -> None:
        """Read the lines that were added since. The lock must be held."""
        size = os.fstat(self._file.fileno()).st_size
        if size < self._read:
            raise DatasetError(f"{self.path} became shorter while it was open. Start again")
        self._file.seek(self._read)
        data = self._file.read(size - self._read) if size > self._read else b""
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.split(b"\n")[:-1]:
            self.book.add(self._parsed(line))
        self._read += len(whole)
        if len(whole) < len(data):
            self._mend(data[len(whole) :])

    def _mend(self, rest: bytes) -> None:
        """End the last line if it is complete, which an editor may have left so; else remove it."""
        try:
            act = Act.from_json(jsonl.parse(rest, _TEXTS))
        except (UnreadableArticle, ValueError):
            os.ftruncate(self._file.fileno(), self._read)
            return
        self._write(b"\n")
        self._read += len(rest) + 1
        self.book.add(act)

    def _parsed(self, line: bytes) -> Act | None:
        try:
            return Act.from_json(jsonl.parse(line, _TEXTS))
        except (UnreadableArticle, ValueError) as error:
            number = self.book.lines + 1
            self.notes.add(self.path, number, "not a judgement ({}); line skipped", error)
            return None


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {reason(error)}") from None
