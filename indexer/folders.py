"""The files of a folder that are articles, with their sizes and times: a look, and no reading.

Every file with a suffix that has a reader is an article. Passed over are hidden files and folders
unless they are asked for, editors' copies (``name~``, ``~$name``, ``#name#``), and what is
excluded. Links are followed only to files inside the source. Files of other kinds are counted by
their suffix.

Looking costs little more than the system's own calls: ten thousand files are a few hundredths of
a second, so that to find nothing changed is quick.
"""

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from indexer.excludes import IGNORE_FILE, Excludes
from indexer.readers import READERS
from indexer.types import Selection, Skipped

Skip = Callable[[Skipped], None]


class File(NamedTuple):
    """A file, by its path from the source, with ``/``."""

    name: str
    size: int
    changed_ns: int
    """The later of the times of its content and of its inode: nothing sets the second back."""


@dataclass(slots=True)
class Listing:
    """What a folder holds: its articles' files in the order of names, and what was passed over."""

    files: list[File] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    """Files and folders that patterns leave out, each folder as one."""
    unseen: list[str] = field(default_factory=list)
    """Files, and folders with ``/``, that are there and could not be looked at."""


def file_of(name: str, found: os.stat_result) -> File:
    """What is kept of a look at a file."""
    return File(name, found.st_size, max(found.st_mtime_ns, found.st_ctime_ns))


def reason(error: OSError) -> str:
    """The system's reason, as it stands in a message."""
    return (error.strerror or str(error)).lower()


def list_folder(root: Path, selection: Selection, skip: Skip) -> Listing:
    """Look through a folder; raises SourceError for an exclude that is no pattern."""
    walk = _Walk(root, skip, hidden=selection.hidden)
    walk.enter("", Excludes.given(selection.exclude))
    walk.listing.files.sort()
    return walk.listing


class _Walk:
    def __init__(self, root: Path, skip: Skip, *, hidden: bool) -> None:
        self.listing = Listing()
        self._root = root
        self._skip = skip
        self._hidden = hidden

    def enter(self, folder: str, excludes: Excludes) -> None:
        """Look through a folder of the source: ``""``, or a path that ends in ``/``."""
        try:
            with os.scandir(f"{self._root}/{folder}") as listing:
                found = list(listing)
        except OSError as error:
            self._cannot_look(folder, error)
            return
        if any(item.name == IGNORE_FILE for item in found):
            excludes = self._with_ignore_file(folder, excludes)
        for item in found:
            name = item.name
            if (name[0] == "." and not self._hidden) or is_editors_copy(name):
                continue
            path = folder + name
            if item.is_symlink():
                self._follow(path, excludes)
            elif item.is_dir(follow_symlinks=False):
                if not self._leaves_out(path + "/", excludes):
                    self.enter(path + "/", excludes)
            elif self._is_wanted(path, excludes):
                self._add(path, item.stat)

    def _is_wanted(self, path: str, excludes: Excludes) -> bool:
        suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - a Path would take ten times as long
        if suffix in READERS:
            return not self._leaves_out(path, excludes)
        self.listing.ignored[suffix or "no suffix"] += 1
        return False

    def _leaves_out(self, path: str, excludes: Excludes) -> bool:
        if excludes and excludes.leave_out(path):
            self.listing.excluded += 1
            return True
        return False

    def _add(self, path: str, look: Callable[[], os.stat_result]) -> None:
        try:
            path.encode()
            found = look()
        except UnicodeEncodeError:
            self._skip(Skipped(_shown(path), "its file name is not UTF-8"))
        except OSError as error:
            self._cannot_look(path, error)
        else:
            if stat.S_ISREG(found.st_mode):
                self.listing.files.append(file_of(path, found))
            else:
                self._skip(Skipped(path, "not a regular file"))

    def _cannot_look(self, path: str, error: OSError) -> None:
        self._skip(Skipped(_shown(path) or "./", reason(error)))
        if not isinstance(error, FileNotFoundError):
            self.listing.unseen.append(path)

    def _follow(self, path: str, excludes: Excludes) -> None:
        """Take in a link to a file inside the source; say why another is not followed."""
        link = self._root / path
        if link.is_dir():
            if not self._leaves_out(path + "/", excludes):
                why = "a linked folder: name it as a source of its own"
                self._skip(Skipped(_shown(path), why))
        elif self._is_wanted(path, excludes):
            try:
                inside = link.resolve().is_relative_to(self._root)
            except (OSError, RuntimeError):  # a loop of links
                inside = True  # what is wrong with it shows at a look
            if inside:
                self._add(path, link.stat)
            else:
                self._skip(Skipped(_shown(path), "a link that leads out of the source"))

    def _with_ignore_file(self, folder: str, excludes: Excludes) -> Excludes:
        name = folder + IGNORE_FILE
        try:
            text = (self._root / name).read_bytes().decode("utf-8-sig", "replace")
        except OSError as error:
            self._skip(Skipped(_shown(name), reason(error)))
            return excludes
        more, wrong = excludes.within(folder, text.split("\n"))
        for number in wrong:
            why = "no pattern of .gitignore's kind"
            self._skip(Skipped(f"{_shown(name)}:{number + 1}", why))
        return more


def is_editors_copy(name: str) -> bool:
    """Whether a name is one that editors give to a copy they will remove."""
    return (name[-1] in "~#" and (name[-1] == "~" or name[0] == "#")) or name.startswith("~$")


def _shown(path: str) -> str:
    """A name to print, also for one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
