"""Questions typed at earlier prompts, one per line, in a file that only the user can read.

The history is a convenience: if it cannot be read or written, there is none, without a message.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

MOST = 1_000
"""The maximum number of questions that are kept."""


class History:
    """Questions, oldest first. Each is written to the file when it is added."""

    def __init__(self, path: Path | None) -> None:
        """Without a path, nothing is written."""
        self._path = path
        self.questions = self._read()

    @classmethod
    def of_user(cls) -> "History":
        """The history in the file that LOCUS_HISTORY names, else in the user's state folder.

        An empty LOCUS_HISTORY means no file.
        """
        named = os.environ.get("LOCUS_HISTORY")
        if named is None:
            return cls(platformdirs.user_state_path("locus") / "history")
        return cls(Path(named) if named else None)

    def add(self, question: str) -> None:
        """Add a question, unless it repeats the last one."""
        line = " ".join(question.split())
        if self.questions[-1:] == [line]:
            return
        self.questions.append(line)
        if self._path is not None:
            with suppress(OSError):
                self._path.parent.mkdir(0o700, parents=True, exist_ok=True)
                _write(self._path, line + "\n", os.O_APPEND)

    def _read(self) -> list[str]:
        try:
            if self._path is None or not self._path.is_file():
                return []
            lines = self._path.read_bytes().decode("utf-8", "replace").split("\n")
        except OSError:
            return []
        questions = [line for line in lines if line]
        if len(questions) > MOST:
            questions = questions[-MOST:]
            with suppress(OSError):
                _write(self._path, "".join(f"{it}\n" for it in questions), os.O_TRUNC)
        return questions


def _write(path: Path, text: str, how: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):  # it may be /dev/null
            os.fchmod(file, 0o600)
        os.write(file, text.encode("utf-8", "replace"))
    finally:
        os.close(file)
