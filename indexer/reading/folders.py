"""The files of a folder that are articles, with their sizes and times: a look, and no reading.

Every file with a suffix that has a reader is an article. Passed over are hidden files and folders
unless they are asked for, editors' copies (``name~``, ``~$name``, ``#name#``), and what is
excluded. Links are followed only to files inside the source. Files of other kinds are counted by
their suffix.

Looking costs little more than the system's own calls: ten thousand files are a few hundredths of
a second, so that to find nothing changed is quick.
"""

import codecs
import errno
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.errors import UnreadableArticle
from indexer.reading.excludes import IGNORE_FILE, Excludes
from indexer.reading.formats import READERS, suffix_of
from indexer.reading.opening import read_file
from indexer.text import printable
from indexer.types import Selection, Skipped

Skip = Callable[[Skipped], None]

_MAX_IGNORE_FILE_BYTES = 2**20

File = tuple[str, int, int, int]
"""A file: its path from the source, with ``/``, its size, when it was changed, and its inode.

The time, in nanoseconds, is the later of its content's and its inode's: nothing sets the second
back. The inode tells a file from another that a renamed folder has put in its place.
"""


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
    return name, found.st_size, max(found.st_mtime_ns, found.st_ctime_ns), found.st_ino


def reason(error: OSError) -> str:
    """The system's reason, as it stands in a message."""
    return (error.strerror or str(error)).lower()


def is_editors_copy(name: str) -> bool:
    """Whether a name is one that editors give to a copy they will remove."""
    return name[-1] == "~" or name.startswith("~$") or (name[0] == name[-1] == "#")


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
                items = list(listing)
        except OSError as error:
            self._cannot_look(folder, error)
            return
        if any(item.name == IGNORE_FILE for item in items):
            excludes = self._with_ignore_file(folder, excludes)
        if not self._hidden:
            items = [item for item in items if item.name[0] != "."]
        for item in self._take_files(folder, items, excludes):
            if item.is_symlink():
                self._follow(folder, item.name, excludes)
            elif not item.is_dir(follow_symlinks=False):
                self._pass_over(folder, item.name)
            elif not self._leaves_out(folder, item.name, excludes, is_folder=True):
                self.enter(f"{folder}{item.name}/", excludes)

    def _take_files(
        self, folder: str, items: Sequence["os.DirEntry[str]"], excludes: Excludes
    ) -> list["os.DirEntry[str]"]:
        """Take in the files that are articles; returns what is no file.

        What a run that finds nothing changed spends its time on: no call here is to spare.
        """
        others = []
        files, suffixes, filtered = self.listing.files, READERS, bool(excludes)
        for item in items:
            if not item.is_file(follow_symlinks=False):
                others.append(item)
                continue
            name = item.name
            path = folder + name
            if name[name.rfind(".", 1) :].lower() not in suffixes or name.startswith("~$"):
                self._ignore(name)
            elif not path.isascii() and printable(path) != path:
                self._skip(Skipped(printable(path), "its file name is not UTF-8"))
            elif not (filtered and self._leaves_out(folder, name, excludes)):
                try:
                    found = item.stat(follow_symlinks=False)
                except OSError as error:
                    self._cannot_look(path, error)
                else:
                    changed, moved = found.st_mtime_ns, found.st_ctime_ns
                    latest = changed if changed > moved else moved  # noqa: FURB136 - max is slower
                    files.append((path, found.st_size, latest, found.st_ino))
        return others

    def _pass_over(self, folder: str, name: str) -> None:
        """Skip what has an article's name and is no file; what has not, is of another kind."""
        if suffix_of(name) in READERS:
            self._skip(Skipped(printable(folder + name), "not a regular file"))
        else:
            self._ignore(name)

    def _ignore(self, name: str) -> None:
        if not is_editors_copy(name):
            self.listing.ignored[Path(name).suffix.lower() or "no suffix"] += 1

    def _leaves_out(
        self, folder: str, name: str, excludes: Excludes, *, is_folder: bool = False
    ) -> bool:
        out = bool(excludes) and excludes.leave_out(folder + name, name, is_folder=is_folder)
        self.listing.excluded += out
        return out

    def _cannot_look(self, path: str, error: OSError) -> None:
        self._skip(Skipped(printable(path) or "./", reason(error)))
        if not isinstance(error, FileNotFoundError):
            self.listing.unseen.append(path)

    def _follow(self, folder: str, name: str, excludes: Excludes) -> None:
        """Take in a link to a file inside the source; say why another is not followed."""
        path = folder + name
        link = self._root / path
        if link.is_dir():
            if not self._leaves_out(folder, name, excludes, is_folder=True):
                why = "a linked folder: name it as a source of its own"
                self._skip(Skipped(printable(path), why))
        elif suffix_of(name) not in READERS:
            self._ignore(link.name)
        elif not self._leaves_out(folder, name, excludes):
            try:
                target = link.resolve(strict=True)
                if not target.is_relative_to(self._root):
                    self._skip(Skipped(printable(path), "a link that leads out of the source"))
                elif not target.is_file():
                    self._skip(Skipped(printable(path), "not a regular file"))
                else:
                    self.listing.files.append(file_of(path, link.stat()))
            except (OSError, RuntimeError) as error:
                # Before Python 3.13, a loop of links is a RuntimeError.
                if isinstance(error, OSError) and error.errno != errno.ELOOP:
                    self._cannot_look(path, error)
                else:
                    self._skip(Skipped(printable(path), "a link that leads to itself"))

    def _with_ignore_file(self, folder: str, excludes: Excludes) -> Excludes:
        name = folder + IGNORE_FILE
        try:
            data = read_file(self._root / name, _MAX_IGNORE_FILE_BYTES)
        except UnreadableArticle as error:
            self._skip(Skipped(printable(name), str(error)))
            return excludes
        except OSError as error:
            self._skip(Skipped(printable(name), reason(error)))
            return excludes
        text = os.fsdecode(data.removeprefix(codecs.BOM_UTF8))
        more, wrong = excludes.within(folder, text)
        for number in wrong:
            why = "no pattern of .gitignore's kind"
            self._skip(Skipped(f"{printable(name)}:{number + 1}", why))
        return more
