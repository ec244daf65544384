"""Sources into articles: a folder, a file or a ``.jsonl`` corpus, in sorted order.

A source lists entries; an entry is read only when its article is wanted, so that what has not
changed costs no more than a look at its size and time. What cannot be read is told to ``skip``,
by name and with the reason, and the rest goes on.

In a folder every file with a suffix that has a reader is an article. Hidden files and folders are
passed over, links are followed only to files inside the source, and files of other kinds are
counted by their suffix. A corpus is read only where it is itself named as the source: beside it
in a folder stand questions and judgements in the same format.
"""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from indexer.errors import SourceError, UnreadableArticle
from indexer.readers import READERS, corpus
from indexer.types import Article, Skipped

MAX_ARTICLE_BYTES = 16 * 1024 * 1024
"""A longer article is skipped: some three million words, past any that a person wrote."""

Skip = Callable[[Skipped], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """An article that a source lists: its name, its stamp, and how to read it.

    ``mtime_ns`` is 0 where there is no time to tell a change by (a line of a corpus).
    ``read`` raises UnreadableArticle.
    """

    name: str
    size: int
    mtime_ns: int
    read: Callable[[], Article]


@dataclass(frozen=True, slots=True)
class Source:
    """A source that can be read: ``size`` in bytes, and its entries in the order of names."""

    path: Path
    size: int
    entries: Iterable[Entry]
    ignored: Counter[str] = field(default_factory=Counter)


def open_source(path: Path, skip: Skip) -> Source:
    """List a source; raises SourceError if there is nothing at ``path`` that can be read."""
    try:
        path = path.resolve(strict=True)
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
            return _folder(path, skip)
        if not stat.S_ISREG(mode):
            raise SourceError(f"{path} is neither a file nor a folder")
        path.open("rb").close()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {_reason(error)}") from None
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a loop of links
        raise SourceError(f"{str(path)!r} cannot be read: {error}") from None
    if path.suffix.lower() == ".jsonl":
        return Source(path, path.stat().st_size, _corpus_entries(path, skip))
    if path.suffix.lower() not in READERS:
        known = ", ".join([*READERS, ".jsonl"])
        raise SourceError(f"{path} is of a kind that is not read (read are {known})")
    entry = _file_entry(path, path.name, path.stat())
    return Source(path, entry.size, [entry])


def _folder(root: Path, skip: Skip) -> Source:
    ignored: Counter[str] = Counter()
    entries = []
    for path in _walk(root, root, skip):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() not in READERS:
            ignored[path.suffix.lower() or "no suffix"] += 1
            continue
        try:
            name.encode()
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                raise UnreadableArticle("not a regular file")
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise UnreadableArticle("a link that leads out of the source")
            entries.append(_file_entry(path, name, found))
        except UnicodeEncodeError:
            skip(Skipped(_shown(path, root), "its file name is not UTF-8"))
        except UnreadableArticle as error:
            skip(Skipped(name, str(error)))
        except OSError as error:
            skip(Skipped(name, _reason(error)))
    entries.sort(key=lambda entry: entry.name)
    return Source(root, sum(entry.size for entry in entries), entries, ignored)


def _walk(folder: Path, root: Path, skip: Skip) -> Iterator[Path]:
    """Every file below a folder that is not hidden; linked folders are not entered."""
    try:
        with os.scandir(folder) as listing:
            found = [item for item in listing if not item.name.startswith(".")]
    except OSError as error:
        skip(Skipped(f"{_shown(folder, root)}/", _reason(error)))
        return
    for item in found:
        path = Path(item.path)
        if item.is_dir(follow_symlinks=False):
            yield from _walk(path, root, skip)
        elif item.is_dir():
            skip(Skipped(_shown(path, root), "a linked folder: name it as a source of its own"))
        else:
            yield path


def _shown(path: Path, root: Path) -> str:
    """A name to print, also for one that is not UTF-8."""
    return os.fsencode(path.relative_to(root)).decode("utf-8", "backslashreplace")


def _file_entry(path: Path, name: str, found: os.stat_result) -> Entry:
    def read() -> Article:
        if found.st_size > MAX_ARTICLE_BYTES:
            raise UnreadableArticle(_too_long(found.st_size))
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UnreadableArticle(_reason(error)) from None
        title, text = READERS[path.suffix.lower()](data, name)
        return Article(name, title, text)

    return Entry(name, found.st_size, found.st_mtime_ns, read)


def _corpus_entries(path: Path, skip: Skip) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    for number, length, data in corpus.lines(path, MAX_ARTICLE_BYTES):
        try:
            if data is None:
                raise UnreadableArticle(_too_long(length))
            article = corpus.parse(data)
            first = seen.setdefault(article.name, number)
            if first != number:
                raise UnreadableArticle(f"_id {article.name!r} was given before, on line {first}")
        except UnreadableArticle as error:
            skip(Skipped(f"{path.name}:{number}", str(error)))
        else:
            yield Entry(article.name, length, 0, partial(_same, article))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _same(article: Article) -> Article:
    return article


def _too_long(size: int) -> str:
    limit = MAX_ARTICLE_BYTES // 2**20
    return f"{size:,} bytes long; an article may have {limit} MiB: split it"
