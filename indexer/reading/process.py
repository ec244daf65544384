"""The child process of a worker, as its parent sees it: started, asked, and ended.

It is never forked from this process, whose libraries run threads, and gets nothing of the user's
environment. ``child`` is its other side.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from indexer.errors import ArticleOutOfReach
from indexer.reading import frames
from indexer.reading.child import EXCEEDED

_MIB = 2**20
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What a child inherits of the environment: Python itself may need it to start."""
_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]);"
    " from indexer.reading.child import start; start(sys.argv[1:])"
)
_START_SECONDS = 60
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a child process: seconds for an article, plus those for each MiB of its file.

    No article may take more than ``most_seconds``, because a sparse file can have any size. A child
    is replaced by a new one after so many ``files``, or when it has grown beyond ``size`` bytes.
    """

    seconds: float = 60.0
    seconds_per_mib: float = 1.0
    most_seconds: float = 600.0
    memory: int = 2 * 2**30
    size: int = 500_000_000
    files: int = 1_000

    def deadline(self, size: int) -> float:
        """How many seconds an article may take in a file of ``size`` bytes."""
        return min(self.seconds + self.seconds_per_mib * (size / _MIB), self.most_seconds)


class ChildFailed(Exception):
    """The child hangs, has ended, or answers nonsense; the message continues "the PDF reader".

    ``from_outside`` if another process has killed it: the system for want of memory, or a person.
    """

    def __init__(self, message: str, *, from_outside: bool = False) -> None:
        super().__init__(message)
        self.from_outside = from_outside


class ChildProcess:
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
        except (ChildFailed, frames.BrokenFrame) as error:
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
        """The next frame; raises ChildFailed if there is none in time, BrokenFrame."""
        deadline = time.monotonic() + seconds
        try:
            head = self._received(frames.LENGTH.size, deadline)
            answer = frames.unpacked(self._received(frames.length_of(head), deadline))
        except TimeoutError:
            raise ChildFailed(f"ran longer than {seconds:.0f} s") from None
        if "memory" in answer and "end" not in answer:
            raise ChildFailed(self._too_large())
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

    def _ended(self) -> ChildFailed:
        """Why the child has ended."""
        code = self._process.wait()
        if code == EXCEEDED:
            return ChildFailed(self._too_large())
        if code < 0:
            return ChildFailed(f"crashed (signal {-code})", from_outside=-code == signal.SIGKILL)
        return ChildFailed(f"ended unexpectedly (exit code {code})")

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
