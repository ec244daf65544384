"""Read files in a child process, so that a hostile or broken file costs only itself.

Parsers of other formats than plain text are large, often native, and their input may come from
strangers. One child process reads file after file: it starts once, has limits of memory and time
(see ``child``), and is never forked from this process, whose libraries run threads. If it hangs,
dies or exceeds its memory, the file is tried once more in a new child, and then skipped.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any, BinaryIO, cast

from indexer.errors import ArticleOutOfReach, ReaderFailed, UnreadableArticle
from indexer.reading import frames
from indexer.reading.child import EXCEEDED
from indexer.reading.formats.format import Format
from indexer.reading.formats.member import Member
from indexer.types import Document

_MIB = 2**20
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What a child inherits of the environment: Python itself may need it to start."""
_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]);"
    " from indexer.reading.child import start; start(sys.argv[1:])"
)
_START_SECONDS = 60
_CHUNK = 2**20
_MOST_FAILURES = 8
"""After so many failures in one container the rest of it is not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a child process: seconds for an article, plus those for each MiB of its file.

    It is replaced by a new one after so many ``files``, or when it has grown beyond ``size`` bytes.
    """

    seconds: float = 60.0
    seconds_per_mib: float = 1.0
    memory: int = 2 * 2**30
    size: int = 500_000_000
    files: int = 1_000

    def deadline(self, size: int) -> float:
        """How many seconds an article may take in a file of ``size`` bytes."""
        return self.seconds + self.seconds_per_mib * (size / _MIB)


class _Failed(Exception):
    """The child hangs, has ended, or answers nonsense; the message continues "the PDF reader"."""


class Worker:
    """Reads files in a child process, which is started when the first file is read. Thread-safe.

    >>> with Path("report.pdf").open("rb") as file:
    ...     document = Worker().read(file, "report.pdf", FORMATS[".pdf"])
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._given = limits
        self._lock = Lock()
        self._child: _Child | None = None
        self._hopeless: dict[tuple[int, ...], str] = {}

    def read(self, file: BinaryIO, name: str, its: Format) -> Document:
        """The document in a file; raises UnreadableArticle.

        ReaderFailed if a child failed twice: what the index has of the file may be current.
        """
        (found,) = self.members(file, name, its)
        if isinstance(found.content, UnreadableArticle):
            raise found.content
        return cast("Document", found.content)

    def members(self, file: BinaryIO, name: str, its: Format) -> Generator[Member, None, None]:
        """The members of a container; of any other file a single one without a name.

        Raises UnreadableArticle if the container cannot be read, perhaps after some members, and
        ReaderFailed as ``read``. Close it unless it is read to its end: it keeps the worker.
        """
        with self._lock:
            yield from self._members(file, name, its)

    def close(self) -> None:
        """End the child process; the next file starts another one."""
        with self._lock:
            self._end()

    def _members(self, file: BinaryIO, name: str, its: Format) -> Iterator[Member]:
        facts = os.fstat(file.fileno())
        identity = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
        if identity in self._hopeless:
            raise ReaderFailed(self._hopeless[identity])
        done = failures = 0
        retried = False
        while True:
            reading = _Reading(its, facts.st_size)
            try:
                for member in reading.answers(self._ready(), file, name, done):
                    yield member
                    done, retried = done + 1, False
            except _Failed as error:
                self._end()
                if not retried:
                    retried = True
                    continue
                reason = f"the {reading.its_name} reader {error}"
                failures += 1
                if reading.begun is None or failures == _MOST_FAILURES:
                    self._hopeless[identity] = reason
                    raise ReaderFailed(reason) from None
                yield Member(reading.begun, ReaderFailed(reason))
                done, retried = done + 1, False
            except UnreadableArticle:
                raise
            except BaseException:
                self._end()  # its remaining answers would be taken for those of the next file
                raise
            else:
                return

    def _ready(self) -> "_Child":
        """The child, which has been started, and is not worn out."""
        if self._child is not None and self._child.is_worn_out:
            self._end()
        if self._child is None:
            self._child = _Child(self._given or LIMITS)
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

    def __init__(self, its: Format, size: int) -> None:
        self._its = its
        self._size = size
        self.begun: str | None = None
        self.its_name = its.name

    def answers(self, child: "_Child", file: BinaryIO, name: str, after: int) -> Iterator[Member]:
        """The members after so many. Raises _Failed, and UnreadableArticle for the file."""
        seconds = child.limits.deadline(self._size)
        file.seek(0)
        kind = [self._its.name, self._its.module, self._its.is_container]
        child.ask({"name": name, "format": kind, "after": after}, file)
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
        except (frames.BrokenFrame, KeyError, TypeError, ValueError):
            raise _Failed("gave an invalid answer") from None


def _member(answer: dict[str, Any]) -> Member:
    name = str(answer.get("member", ""))
    if "error" in answer:
        return Member(name, UnreadableArticle(str(answer["error"])))
    return Member(name, frames.unpack_document(answer["document"]))


class _Child:
    """A child process that has been started; raises ArticleOutOfReach if it cannot be."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.files = 0
        self.resident = 0
        ours, its = socket.socketpair()
        ends_with_us, self._life = os.pipe()
        settings = {"memory": limits.memory, "life": ends_with_us}
        paths = [str(Path(path).absolute()) for path in sys.path]
        self._requests = ours
        try:
            self._process = subprocess.Popen(  # noqa: S603 - it is this Python
                [
                    *(sys.executable, "-I", "-B", "-X", "utf8", "-c", _PROGRAM),
                    *(json.dumps(settings), json.dumps(paths)),
                ],
                stdin=its.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[ends_with_us],
                env=_environment(),
                cwd="/",
            )
        except OSError as error:
            self._close()
            raise ArticleOutOfReach(f"cannot start the reading process ({error})") from None
        finally:
            its.close()
            os.close(ends_with_us)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)
        try:
            self.answer(_START_SECONDS)
        except (_Failed, frames.BrokenFrame) as error:
            self.end()
            raise ArticleOutOfReach(f"cannot start the reading process (it {error})") from None

    @property
    def is_worn_out(self) -> bool:
        """Whether a new child should replace this one, whose libraries keep memory."""
        return self.files >= self.limits.files or self.resident > self.limits.size

    def ask(self, request: dict[str, Any], file: BinaryIO) -> None:
        """Send a request and the file to read."""
        try:
            socket.send_fds(self._requests, [frames.packed(request)], [file.fileno()])
        except OSError:
            raise self._ended() from None

    def answer(self, seconds: float) -> dict[str, Any]:
        """The next frame; raises _Failed if there is none in time, BrokenFrame."""
        deadline = time.monotonic() + seconds
        try:
            head = self._received(frames.LENGTH.size, deadline)
            answer = frames.unpacked(self._received(frames.length_of(head), deadline))
        except TimeoutError:
            raise _Failed(f"ran longer than {seconds:.0f} s") from None
        if "memory" in answer and "end" not in answer:
            raise _Failed(self._too_large())
        return answer

    def _received(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                raise TimeoutError
            piece = os.read(self._answers.fileno(), min(_CHUNK, size - len(data)))
            if not piece:
                raise self._ended()
            data += piece
        return bytes(data)

    def _too_large(self) -> str:
        return f"used more than {self.limits.memory / 2**30:g} GiB of memory"

    def _ended(self) -> _Failed:
        """Why the child has ended."""
        code = self._process.wait()
        if code == EXCEEDED:
            return _Failed(self._too_large())
        if code < 0:
            return _Failed(f"crashed (signal {-code})")
        return _Failed(f"ended unexpectedly (exit code {code})")

    def end(self) -> None:
        """Kill the process and wait until it has ended."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        self._close()

    def _close(self) -> None:
        self._requests.close()
        os.close(self._life)


def _environment() -> dict[str, str]:
    """The environment of a child: nothing of the user's."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")
    return {"PATH": os.defpath, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **one, **kept}


LIMITS = Limits()
"""The limits of each child that is started from now on."""
WORKER = Worker()
"""The worker of this process."""
