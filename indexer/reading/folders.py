"""List the article files of a folder with their sizes and times, without reading them.

Every file with a supported suffix is an article. Hidden files and folders (unless requested),
editors' copies (``name~``, ``~$name``, ``#name#``) and excluded files are left out. Symlinks are
followed only to files inside the source. Files of other types are counted by suffix.

Listing costs little more than the system calls: ten thousand files take a few hundredths of a
second, so that a run over unchanged files is quick.
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
from indexer.reading.formats import FORMATS, suffix_of
from indexer.reading.opening import NOT_REGULAR, read_file
from indexer.text import printable
from indexer.types import NO_SUFFIX, Selection, Skipped

Skip = Callable[[Skipped], None]

_MAX_IGNORE_FILE_BYTES = 2**20


_IN_DOUBT = (".gz", ".tsv")
_JUDGEMENTS = "qrels/"
"""The folder in which a dataset has its judgements, as tables."""

File = tuple[str, int, int, int]
"""A file: path relative to the source (with ``/``), size in bytes, time and inode.

The time, in nanoseconds, is the later of mtime and ctime; no program can set ctime back. The inode
shows when renaming a folder has put another file at this path.
"""


@dataclass(slots=True)
class Listing:
    """The content of a folder: its article files sorted by name, and counts of the rest."""

    files: list[File] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    """How many files and folders the patterns exclude; a folder counts as one."""
    unseen: list[str] = field(default_factory=list)
    """Existing files, and folders (ending in ``/``), that could not be examined."""


def file_of(name: str, found: os.stat_result) -> File:
    """The File of a path and its ``stat`` result."""
    return name, found.st_size, max(found.st_mtime_ns, found.st_ctime_ns), found.st_ino


def reason(error: OSError) -> str:
    """The system's reason for an error, worded for a message."""
    if error.errno == errno.ENOENT:
        return "no such file or folder"
    return (error.strerror or str(error)).lower()


def is_editors_copy(name: str) -> bool:
    """Whether a name is one that editors give to temporary copies."""
    return name[-1] == "~" or name.startswith("~$") or (name[0] == name[-1] == "#")


def list_folder(root: Path, selection: Selection, skip: Skip) -> Listing:
    """List a folder recursively; raises SourceError for an invalid --exclude pattern."""
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
        """List a folder of the source: ``""``, or a path that ends in ``/``."""
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
            elif not self._excludes(folder, item.name, excludes, is_folder=True):
                self.enter(f"{folder}{item.name}/", excludes)

    def _take_files(
        self, folder: str, items: Sequence["os.DirEntry[str]"], excludes: Excludes
    ) -> list["os.DirEntry[str]"]:
        """Add the files that are articles; returns the items that are not files.

        A run over unchanged files spends its time here, so every call counts.
        """
        others = []
        files, suffixes, filtered = self.listing.files, FORMATS, bool(excludes)
        for item in items:
            if not item.is_file(follow_symlinks=False):
                others.append(item)
                continue
            name = item.name
            path = folder + name
            suffix = name[name.rfind(".", 1) :].lower()
            if (
                suffix not in suffixes
                or name.startswith("~$")
                or (suffix in _IN_DOUBT and _is_other(folder, name))
            ):
                self._ignore(name)
            elif not path.isascii() and printable(path) != path:
                why = "its file name is not valid UTF-8; rename it"
                self._skip(Skipped(printable(path), why))
            elif not (filtered and self._excludes(folder, name, excludes)):
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
        """Skip an item that has an article's suffix but is not a file; else count its suffix."""
        if suffix_of(name) in FORMATS:
            self._skip(Skipped(printable(folder + name), NOT_REGULAR))
        else:
            self._ignore(name)

    def _ignore(self, name: str) -> None:
        if not is_editors_copy(name):
            self.listing.ignored[printable(Path(name).suffix.lower()) or NO_SUFFIX] += 1

    def _excludes(
        self, folder: str, name: str, excludes: Excludes, *, is_folder: bool = False
    ) -> bool:
        out = bool(excludes) and excludes.exclude(folder + name, name, is_folder=is_folder)
        self.listing.excluded += out
        return out

    def _cannot_look(self, path: str, error: OSError) -> None:
        self._skip(Skipped(printable(path) or "./", reason(error)))
        if not isinstance(error, FileNotFoundError):
            self.listing.unseen.append(path)

    def _follow(self, folder: str, name: str, excludes: Excludes) -> None:
        """Add a symlink to a file inside the source; skip any other symlink with the reason."""
        path = folder + name
        link = self._root / path
        if link.is_dir():
            if not self._excludes(folder, name, excludes, is_folder=True):
                why = "symlinked folder, not followed; to index it, name it as a source"
                self._skip(Skipped(printable(path), why))
        elif suffix_of(name) not in FORMATS:
            self._ignore(link.name)
        elif not self._excludes(folder, name, excludes):
            try:
                target = link.resolve(strict=True)
                if not target.is_relative_to(self._root):
                    why = "symlink to a file outside the source folder, not followed"
                    self._skip(Skipped(printable(path), why))
                elif not target.is_file():
                    self._skip(Skipped(printable(path), NOT_REGULAR))
                else:
                    self.listing.files.append(file_of(path, link.stat()))
            except (OSError, RuntimeError) as error:
                # Before Python 3.13, a symlink loop is a RuntimeError.
                if isinstance(error, OSError) and error.errno != errno.ELOOP:
                    self._cannot_look(path, error)
                else:
                    self._skip(Skipped(printable(path), "symlink loop"))

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
            why = "not a valid .gitignore pattern"
            self._skip(Skipped(f"{printable(name)}:{number + 1}", why))
        return more


def _is_other(folder: str, name: str) -> bool:
    """Whether a file is no article, although others with the end of its name are."""
    return suffix_of(name) not in FORMATS or f"/{folder}".endswith(f"/{_JUDGEMENTS}")
