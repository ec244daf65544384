"""Read files in a child process, so that a hostile or broken file costs only itself.

Parsers of other formats than plain text are large, often native, and their input may come from
strangers. One child process reads file after file: it starts once, and has limits of memory and
time (see ``child``). If it hangs, dies or exceeds its memory, the file is skipped. It is tried once
more in a new process only if the old one had read others before, which may be why it failed, or was
killed by another program.
"""

import os
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from threading import Lock
from typing import Any, BinaryIO, cast

from indexer.errors import ReaderFailed, UnreadableArticle
from indexer.reading import frames, process
from indexer.reading.formats.format import Format
from indexer.reading.formats.member import Member
from indexer.reading.process import ChildFailed, ChildProcess, Limits
from indexer.types import Document

_MOST_FAILURES = 8
"""After so many failures in one container the rest of it is not read."""


class Worker:
    """Reads files in a child process, which is started when the first file is read. Thread-safe.

    >>> with Path("report.pdf").open("rb") as file:
    ...     document = Worker().read(file, "report.pdf", FORMATS[".pdf"])
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._given = limits
        self._lock = Lock()
        self._child: ChildProcess | None = None
        self._hopeless: dict[tuple[int, ...], str] = {}

    @property
    def is_running(self) -> bool:
        """Whether there is a child process."""
        return self._child is not None

    def read(self, file: BinaryIO, name: str, its: Format) -> Document:
        """The document in a file; raises UnreadableArticle.

        ReaderFailed if a child failed: what the index has of the file may be current.
        """
        (found,) = self.members(file, name, its)
        if isinstance(found.content, UnreadableArticle):
            raise found.content
        return cast("Document", found.content)

    def members(
        self, file: BinaryIO, name: str, its: Format, text_columns: Sequence[str] = ()
    ) -> Generator[Member, None, None]:
        """The members of a container; of any other file a single one without a name.

        ``text_columns`` are the columns of a table that are the text. Raises UnreadableArticle if
        the container cannot be read, perhaps after some members, and ReaderFailed as ``read``.
        Close it unless it is read to its end: it keeps the worker.
        """
        with self._lock:
            yield from self._members(file, name, its, text_columns)

    def close(self) -> None:
        """End the child process; the next file starts another one."""
        with self._lock:
            self._end()

    def _members(
        self, file: BinaryIO, name: str, its: Format, text_columns: Sequence[str]
    ) -> Iterator[Member]:
        facts = os.fstat(file.fileno())
        identity = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
        if identity in self._hopeless:
            raise ReaderFailed(self._hopeless[identity])
        done = failures = 0
        was_killed = False
        while True:
            reading = _Reading(its, facts.st_size, text_columns)
            child = self._ready()
            is_new = child.files == 1
            try:
                for member in reading.answers(child, file, name, done):
                    yield member
                    done, is_new, was_killed = done + 1, False, False
            except ChildFailed as error:
                self._end()
                if not is_new or (error.from_outside and not was_killed):
                    was_killed = error.from_outside
                    continue
                reason = f"the {reading.its_name} reader {error}"
                failures += 1
                if reading.begun is None or failures == _MOST_FAILURES:
                    self._hopeless[identity] = reason
                    raise ReaderFailed(reason) from None
                yield Member(reading.begun, ReaderFailed(reason))
                done, was_killed = done + 1, False
            except UnreadableArticle:
                raise
            except BaseException:
                self._end()  # its remaining answers would be taken for those of the next file
                raise
            else:
                return

    def _ready(self) -> ChildProcess:
        """The child, which has been started, and is not worn out."""
        if self._child is not None and self._child.is_worn_out:
            self._end()
        if self._child is None:
            self._child = ChildProcess(self._given or process.LIMITS)
        self._child.files += 1
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Reading:
    """The reading of one file by one child.

    ``begun`` is the member that it is parsing, ``its_name`` the name of the format that it parses.
    """

    def __init__(self, its: Format, size: int, text_columns: Sequence[str]) -> None:
        self._its = its
        self._text_columns = list(text_columns)
        self._size = size
        self.begun: str | None = None
        self.its_name = its.name

    def answers(
        self, child: ChildProcess, file: BinaryIO, name: str, after: int
    ) -> Iterator[Member]:
        """The members after so many. Raises ChildFailed, and UnreadableArticle for the file."""
        seconds = child.limits.deadline(self._size)
        file.seek(0)
        kind = [self._its.name, self._its.module, self._its.is_container]
        asked = {"name": name, "format": kind, "after": after, "text_columns": self._text_columns}
        child.ask(asked, file)
        try:
            while "end" not in (answer := child.answer(seconds)):
                if "begun" in answer:
                    self.begun = str(answer["member"])
                    self.its_name = str(answer["begun"]) or self._its.name
                elif "failed" in answer:
                    # The child has an end to send, which must not be taken for the next file's.
                    child.answer(seconds)
                    raise UnreadableArticle(str(answer["failed"]))
                else:
                    self.begun, self.its_name = None, self._its.name
                    yield _member(answer)
            child.resident = int(answer["memory"])
        except (frames.BrokenFrame, AttributeError, KeyError, TypeError, ValueError):
            raise ChildFailed("gave an invalid answer") from None


def _member(answer: dict[str, Any]) -> Member:
    name, end = str(answer.get("member", "")), int(answer.get("at", 0))
    if "error" in answer:
        return Member(name, UnreadableArticle(str(answer["error"])), end=end)
    if "ignored" in answer:
        return Member(name, Counter({str(it): int(n) for it, n in answer["ignored"].items()}))
    return Member(name, frames.unpack_document(answer["document"]), end=end)


WORKER = Worker()
"""The worker of this process."""
