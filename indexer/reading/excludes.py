"""What to leave out of a folder: patterns as ``.gitignore`` has them.

They come from the command line, for the whole source, and from files named ``.locusignore``, each
for the folder it stands in. As in Git the last pattern that matches decides, ``!`` takes back, a
deeper file goes before a higher one, and nothing is taken back below a folder that is left out.
The command line goes before all files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from indexer.errors import SourceError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".locusignore"


@dataclass(frozen=True, slots=True)
class Excludes:
    """Patterns in force in one folder: those that decide first come first."""

    _levels: "tuple[tuple[str, GitIgnoreSpec], ...]" = ()
    _given: int = 0

    @classmethod
    def given(cls, patterns: Sequence[str]) -> Self:
        """From the command line; raises SourceError for what is no pattern."""
        if not patterns:
            return cls()
        spec, wrong = _compiled(patterns)
        if wrong:
            raise SourceError(
                f"--exclude {patterns[wrong[0]]!r} is no pattern of .gitignore's kind"
            )
        return cls((("", spec),), 1)

    def within(self, folder: str, lines: Sequence[str]) -> tuple[Self, list[int]]:
        """With the patterns of a folder's ignore file (its name ends in ``/``, or is empty).

        Lines that are no patterns are left out; their numbers, from 0, are returned beside.
        """
        spec, wrong = _compiled(lines)
        first, rest = self._levels[: self._given], self._levels[self._given :]
        return type(self)((*first, (folder, spec), *rest), self._given), wrong

    def __bool__(self) -> bool:
        return bool(self._levels)

    def leave_out(self, name: str) -> bool:
        """Whether a file is left out, or a folder if the name ends in ``/``."""
        for folder, spec in self._levels:
            decided = spec.check_file(name[len(folder) :]).include
            if decided is not None:
                return decided
        return False


def _compiled(lines: Sequence[str]) -> "tuple[GitIgnoreSpec, list[int]]":
    """The patterns, and the numbers of the lines that are none."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines), []
    except ValueError:
        wrong = [number for number, line in enumerate(lines) if not _is_pattern(line)]
        sound = [line for number, line in enumerate(lines) if number not in wrong]
        return GitIgnoreSpec.from_lines(sound), wrong


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
