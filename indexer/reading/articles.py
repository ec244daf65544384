"""Sources into articles: a folder, a file or a ``.jsonl`` corpus, in sorted order.

A source lists entries; an entry is read only when its article is wanted, so that what has not
changed costs no more than a look at its size and time. What cannot be read is told to ``skip``,
by name and with the reason, and the rest goes on.

A corpus is read only where it is itself named as the source: beside it in a folder stand questions
and judgements in the same format.
"""

import hashlib
import marshal
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading import formats
from indexer.reading.folders import File, Skip, file_of, list_folder, reason
from indexer.reading.formats import corpus
from indexer.reading.opening import open_file, past_limit, read_file
from indexer.text import is_utf8, printable
from indexer.types import Article, Selection, Skipped

MAX_ARTICLE_BYTES = 16 * 1024 * 1024
"""A longer article is skipped: some three million words, past any that a person wrote."""

_IN_DOUBT_NS = 2_000_000_000
"""A file that changed this shortly before it was looked at may change again within that time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article that a source lists: its name, its size and time, and how to read it.

    ``mtime_ns`` is 0 where there is no time to tell a change by (a line of a corpus; a file that
    has changed just now). ``read`` raises UnreadableArticle. ``holds``, where it is known without
    reading, is the title, None if it is to be made of the text, and the text's SHA-256.
    """

    name: str
    size: int
    mtime_ns: int
    read: Callable[[], Article]
    holds: tuple[str | None, str] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A source that can be read: ``size`` in bytes, and its entries in the order of names.

    ``stamp`` tells what its files look like: while it is the same, they hold the same. It is None
    where one has changed so lately that it may change again unseen. ``unseen`` names files, and
    folders with ``/``, that could not be looked at: what stands of them may be as it was. An empty
    name stands for all that was not listed; a corpus that breaks off adds it while it is read.
    """

    path: Path
    size: int
    files: int
    entries: Iterable[Entry]
    stamp: str | None
    ignored: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    unseen: Sequence[str] = ()


def open_source(path: Path, skip: Skip, selection: Selection | None = None) -> Source:
    """List a source; raises SourceError if there is nothing at ``path`` that can be read."""
    selection = selection or Selection()
    try:
        shown = printable(path)
        path = path.resolve(strict=True)
        shown = printable(path)
        if not is_utf8(str(path)):
            raise SourceError(f"{shown} cannot be a source: its path is not UTF-8. Rename it")
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(path).close()
            return _folder(path, selection, skip)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{shown} is neither a file nor a folder")
        open_file(path).close()
    except UnreadableArticle:  # it was a file a moment ago
        raise SourceError(f"{shown} is neither a file nor a folder") from None
    except OSError as error:
        raise SourceError(f"{shown} cannot be read: {reason(error)}") from None
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a loop of links
        raise SourceError(f"{str(path)!r} cannot be read: {error}") from None
    file = file_of(path.name, found)
    suffix = formats.suffix_of(path.name)
    if suffix == ".jsonl":
        unseen: list[str] = []
        entries = _corpus_entries(path, skip, unseen)
        return Source(path, found.st_size, 1, entries, _stamp([file]), unseen=unseen)
    if suffix not in formats.READERS:
        known = ", ".join([*formats.READERS, ".jsonl"])
        raise SourceError(f"{path} is of a kind that is not read (read are {known})")
    return Source(path, found.st_size, 1, [_entry(path.parent, file)], _stamp([file]))


def _folder(root: Path, selection: Selection, skip: Skip) -> Source:
    listing = list_folder(root, selection, skip)
    files = listing.files
    return Source(
        root,
        sum(map(itemgetter(1), files)),
        len(files),
        (_entry(root, file) for file in files),
        _stamp(files),
        listing.ignored,
        listing.excluded,
        listing.unseen,
    )


def _is_settled(changed_ns: int) -> bool:
    """Whether a file's time will tell its next change."""
    return changed_ns < time.time_ns() - _IN_DOUBT_NS


def _stamp(files: Sequence[File]) -> str | None:
    if not _is_settled(max(map(itemgetter(2), files), default=0)):
        return None
    # The second version of its format is a function of the values alone.
    return hashlib.sha256(marshal.dumps(list(files), 2)).hexdigest()


def _entry(root: Path, file: File) -> Entry:
    name, size, changed_ns, _ = file

    def read() -> Article:
        if size > MAX_ARTICLE_BYTES:
            raise past_limit(size, MAX_ARTICLE_BYTES)
        try:
            data = read_file(root / name, MAX_ARTICLE_BYTES)
        except FileNotFoundError as error:
            raise UnreadableArticle(reason(error)) from None
        except OSError as error:
            raise ArticleOutOfReach(reason(error)) from None
        return Article(name, *formats.read(data, name))

    return Entry(name, size, changed_ns if _is_settled(changed_ns) else 0, read)


def _corpus_entries(path: Path, skip: Skip, unseen: list[str]) -> Iterator[Entry]:
    def refuse(number: int, error: UnreadableArticle) -> None:
        skip(Skipped(f"{path.name}:{number}", str(error)))

    try:
        for length, record in corpus.records(path, MAX_ARTICLE_BYTES, refuse):
            yield Entry(record.name, length, 0, record.article, (record.title, record.sha256))
    except (OSError, UnreadableArticle) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        skip(Skipped(path.name, f"reading broke off ({why}); articles not reached stay indexed"))
        unseen.append("")
