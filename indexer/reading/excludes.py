"""Decide which files and folders to exclude: patterns in ``.gitignore`` syntax.

Patterns come from the command line, for the whole source, and from files named ``.locusignore``,
each for its own folder. As in Git, the last matching pattern decides, ``!`` re-includes a file, and
a deeper file has priority over a higher one. The command line has priority over all files.

A folder is decided before its content: an excluded folder is not entered, so no pattern can
re-include a file below it. In a folder that is not excluded each file is decided on its own: a
pattern that matches the folder does not apply to its files.
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
    """Consecutive patterns that all exclude, or all re-include: tested in one step.

    ``names`` is matched against the name, ``paths`` against the path relative to the folder of the
    patterns.
    """

    excludes: bool
    names: _Matches | None
    paths: _Matches | None


@dataclass(frozen=True, slots=True)
class _Level:
    """The patterns of one folder (its name ends in ``/``, or is empty), last patterns first."""

    folder: str
    for_files: tuple[_Run, ...]
    for_folders: tuple[_Run, ...]

    @classmethod
    def of(cls, folder: str, patterns: Sequence[Pattern]) -> Self:
        return cls(folder, _runs(it for it in patterns if not it.folders_only), _runs(patterns))


@dataclass(frozen=True, slots=True)
class Excludes:
    """The patterns that apply in one folder; levels with priority come first."""

    _levels: tuple[_Level, ...] = ()
    _given: int = 0

    @classmethod
    def given(cls, patterns: Sequence[str]) -> Self:
        """The patterns of the command line; raises SourceError for an invalid one."""
        if not patterns:
            return cls()
        found, wrong = _translated(patterns)
        if wrong:
            raise SourceError(
                f"--exclude {patterns[wrong[0]]!r}: not a valid pattern (.gitignore syntax)"
            )
        return cls((_Level.of("", found),), 1)

    def within(self, folder: str, text: str) -> tuple[Self, list[int]]:
        """Add the patterns in the ignore file of ``folder`` (ends in ``/``, or is empty).

        Returns the result and the numbers, from 0, of invalid lines, which are ignored.
        """
        found, wrong = _translated([line.removesuffix("\r") for line in text.split("\n")])
        first, rest = self._levels[: self._given], self._levels[self._given :]
        return type(self)((*first, _Level.of(folder, found), *rest), self._given), wrong

    def __bool__(self) -> bool:
        return bool(self._levels)

    def exclude(self, path: str, name: str, *, is_folder: bool = False) -> bool:
        """Whether to exclude ``path``, relative to the source, without ``/`` at its end.

        ``name`` is the last part of the path.
        """
        for level in self._levels:
            for run in level.for_folders if is_folder else level.for_files:
                if (run.names and run.names(name)) or (
                    run.paths and run.paths(path[len(level.folder) :])
                ):
                    return run.excludes
        return False


def _translated(lines: Sequence[str]) -> tuple[list[Pattern], list[int]]:
    """The patterns, and the numbers, from 0, of invalid lines."""
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
        _run(includes=includes, patterns=list(run))
        for includes, run in groupby(patterns, key=lambda it: it.includes)
    ]
    return tuple(reversed(runs))


def _run(*, includes: bool, patterns: Sequence[Pattern]) -> _Run:
    names = [it.regex for it in patterns if not it.by_path]
    paths = [it.regex for it in patterns if it.by_path]
    return _Run(not includes, _any_of(names), _any_of(paths))


def _any_of(regexes: Sequence[str]) -> _Matches | None:
    return re.compile("|".join(regexes)).fullmatch if regexes else None
