"""What to leave out of a folder: patterns as ``.gitignore`` has them.

They come from the command line, for the whole source, and from files named ``.locusignore``, each
for the folder it stands in. As in Git the last pattern that matches decides, ``!`` takes back, and
a deeper file goes before a higher one. The command line goes before all files.

A folder is decided before what is in it: whoever walks does not enter a folder that is left out,
so nothing below it is taken back. What is in a folder that is kept is decided by itself: a pattern
that matches the folder says nothing of its files.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from indexer.errors import SourceError
from indexer.reading.patterns import Pattern, translate

IGNORE_FILE = ".locusignore"

_Matches = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring patterns that all leave out, or all take back: one look tells if any matches.

    ``names`` looks at the name, ``paths`` at the path below the folder of the patterns.
    """

    leaves_out: bool
    names: _Matches | None
    paths: _Matches | None


@dataclass(frozen=True, slots=True)
class _Level:
    """The patterns of one folder (its name ends in ``/``, or is empty), the last ones first."""

    folder: str
    for_files: tuple[_Run, ...]
    for_folders: tuple[_Run, ...]

    @classmethod
    def of(cls, folder: str, patterns: Sequence[Pattern]) -> Self:
        return cls(folder, _runs(it for it in patterns if not it.folders_only), _runs(patterns))


@dataclass(frozen=True, slots=True)
class Excludes:
    """Patterns in force in one folder: the levels that decide first come first."""

    _levels: tuple[_Level, ...] = ()
    _given: int = 0

    @classmethod
    def given(cls, patterns: Sequence[str]) -> Self:
        """From the command line; raises SourceError for what is no pattern."""
        if not patterns:
            return cls()
        found, wrong = _translated(patterns)
        if wrong:
            raise SourceError(
                f"--exclude {patterns[wrong[0]]!r} is no pattern of .gitignore's kind"
            )
        return cls((_Level.of("", found),), 1)

    def within(self, folder: str, text: str) -> tuple[Self, list[int]]:
        """With the patterns of a folder's ignore file (its name ends in ``/``, or is empty).

        Lines that are no patterns are left out; their numbers, from 0, are returned beside.
        """
        found, wrong = _translated([line.removesuffix("\r") for line in text.split("\n")])
        first, rest = self._levels[: self._given], self._levels[self._given :]
        return type(self)((*first, _Level.of(folder, found), *rest), self._given), wrong

    def __bool__(self) -> bool:
        return bool(self._levels)

    def leave_out(self, path: str, name: str, *, is_folder: bool = False) -> bool:
        """Whether what is at ``path``, from the source and without ``/`` at its end, is left out.

        ``name`` is the last part of the path.
        """
        for level in self._levels:
            for run in level.for_folders if is_folder else level.for_files:
                if (run.names and run.names(name)) or (
                    run.paths and run.paths(path[len(level.folder) :])
                ):
                    return run.leaves_out
        return False


def _translated(lines: Sequence[str]) -> tuple[list[Pattern], list[int]]:
    """The patterns, and the numbers of the lines that are none."""
    found, wrong = [], []
    for number, line in enumerate(lines):
        try:
            pattern = translate(line)
        except ValueError:
            wrong.append(number)
        else:
            if pattern is not None:
                found.append(pattern)
    return found, wrong


def _runs(patterns: Iterable[Pattern]) -> tuple[_Run, ...]:
    """Runs of patterns, the last run first."""
    runs = [
        _run(takes_back=takes_back, patterns=list(run))
        for takes_back, run in groupby(patterns, key=lambda it: it.takes_back)
    ]
    return tuple(reversed(runs))


def _run(*, takes_back: bool, patterns: Sequence[Pattern]) -> _Run:
    names = [it.regex for it in patterns if not it.by_path]
    paths = [it.regex for it in patterns if it.by_path]
    return _Run(not takes_back, _any_of(names), _any_of(paths))


def _any_of(regexes: Sequence[str]) -> _Matches | None:
    return re.compile("|".join(regexes)).fullmatch if regexes else None
