"""Append to a log of questions: a file that only its user can read.

The user turns it on with ``LOCUS_LOG`` or ``--log``, which name the file, or a folder for it.
Several processes may append at once: each entry is one write at the end of the file. Keeping a
question never fails or delays its answer. If the file cannot be written, one warning says why.

A process that deletes entries holds a lock (flock) on the file while it replaces it. Those that
append share a lock, and afterwards check that the file is still the one at its path.
"""

import errno
import fcntl
import os
import shlex
import stat
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from indexer.text import printable
from search.logged.entries import FIRST_BYTES, Entry, as_line

NAME = "questions.jsonl"
"""The file in a folder that was named as the log."""
LARGEST = 64 * 2**20
"""Bytes after which nothing more is kept: more than 100,000 questions."""
_TRIES = 20
_PAUSE = 0.025
"""Seconds between tries while another process replaces the file: half a second in all."""


class Unkept(Exception):
    """An entry was not kept; the message says why."""


class QuestionLog:
    """The log in a file. ``say`` is called with the message if the file cannot be written."""

    def __init__(self, named: str | Path, say: Callable[[str], object]) -> None:
        """``named`` is the file, or a folder that has or gets it."""
        self.path = log_file(named)
        self._say = say
        self._lock = Lock()
        self._has_warned = False

    @property
    def notice(self) -> str:
        """A message that tells the user about the log."""
        named = os.environ.get("LOCUS_LOG")
        is_default = bool(named) and log_file(named or "") == self.path
        file = "" if is_default else f" {shlex.quote(printable(self.path))}"
        kept = f"questions are kept in {printable(self.path)}"
        return f"{kept}. To delete them: locus log --delete{file}"

    def keep(self, entry: Entry) -> bool:
        """Append an entry, and return whether it is kept. It never raises.

        The first time that it cannot be kept, ``say`` is called with the reason.
        """
        try:
            _append(self.path, as_line(entry))
        except (OSError, Unkept) as error:
            reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            with self._lock:
                is_first, self._has_warned = not self._has_warned, True
            if is_first:
                self._say(f"this question was not kept in {printable(self.path)}: {reason}")
            return False
        return True


def log_file(named: str | Path) -> Path:
    """The file of a log, from the name of the file or of its folder."""
    path = Path(named).absolute()
    is_folder = path.is_dir() or str(named).endswith(os.sep)
    return (path / NAME if is_folder else path).resolve()


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    for _ in range(_TRIES):
        # Without O_NONBLOCK, opening a pipe would wait for a reader.
        how = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(path, how, 0o600)
        try:
            facts = os.fstat(file)
            if not stat.S_ISREG(facts.st_mode):
                raise Unkept("it is not a regular file")
            if _is_locked(file) and _is_at(path, facts):
                _write(file, line)
                return
        finally:
            os.close(file)  # and release the lock
        time.sleep(_PAUSE)
    raise Unkept("another process is deleting questions from it")


def _is_locked(file: int) -> bool:
    """Whether this process shares the lock now, or there are no locks on this file system."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
    return True


def _is_at(path: Path, facts: os.stat_result) -> bool:
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino) == (facts.st_dev, facts.st_ino)


def _write(file: int, line: bytes) -> None:
    facts = os.fstat(file)
    size = facts.st_size
    if size:
        start = os.pread(file, len(FIRST_BYTES), 0)
        if not FIRST_BYTES.startswith(start):
            raise Unkept("this file is not a log of questions. Name another file")
        if size + len(line) > LARGEST:
            raise Unkept(
                f"it has reached its largest size ({LARGEST // 2**20} MiB). Delete old questions"
                " with: locus log --delete --before DATE"
            )
        if os.pread(file, 1, size - 1) != b"\n":  # a process was stopped in the middle of a line
            line = b"\n" + line
    if stat.S_IMODE(facts.st_mode) & 0o077:
        os.fchmod(file, 0o600)
    written = os.write(file, line)
    if written < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
