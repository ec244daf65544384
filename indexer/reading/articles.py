"""Read sources into articles: a folder, a file or a ``.jsonl`` file, in sorted order.

A source lists entries. An entry is read only when its article is needed, so an unchanged file costs
only a look at its size and time. A file that contains several articles is one entry, with
``members``. What cannot be read is passed to ``skip`` with its name and the reason, and the other
articles are still read.

A ``.jsonl`` file is read only if it is named as a source. Inside a folder it is ignored, because
queries and judgements of datasets have the same format.
"""

import hashlib
import marshal
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading import formats
from indexer.reading.folders import File, Skip, file_of, list_folder, reason
from indexer.reading.formats import corpus
from indexer.reading.opening import open_file, past_limit
from indexer.reading.part import WHOLE, ShardPart
from indexer.reading.worker import WORKER
from indexer.text import is_utf8, printable
from indexer.types import Article, Document, Selection, Skipped

MAX_ARTICLE_BYTES = 16 * 1024 * 1024
"""Longer articles are skipped. The limit is about three million words."""

_IN_DOUBT_NS = 2_000_000_000
"""A file whose last change is more recent may change again without a new modification time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article listed by a source: its name, size in bytes, time, and a function to read it.

    ``mtime_ns`` is 0 if no time can show a later change (a file that has just changed; a member of
    a file before its last one is read). A line of a ``.jsonl`` file has a hash of its bytes instead
    of a time. ``read`` raises UnreadableArticle. ``known`` is the title and the text's SHA-256, if
    they are known without reading.

    ``members`` is for a container, whose own ``read`` is never called: it reads the entries of its
    articles, and raises UnreadableArticle, perhaps after some of them. ``container`` is the file
    that contains the article of the entry, if it contains several, and ``end`` is about where the
    article ends in that file, in bytes. ``format`` is the name of the file's format, empty if the
    entry is not a file. ``is_apart`` says that the worker reads it, so that it can be read ahead.
    """

    name: str
    size: int
    mtime_ns: int
    read: Callable[[], Article]
    known: tuple[str, str] | None = None
    members: Callable[[], Generator["Entry", None, None]] | None = None
    container: str | None = None
    format: str = ""
    is_apart: bool = False
    end: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A readable source: ``size`` in bytes, and its entries sorted by name.

    ``stamp`` is a hash of the files' names, sizes and times: equal stamps mean unchanged content.
    It is None if a file changed so recently that a later change could go unnoticed. ``unseen``
    names the files and folders (ending in ``/``) that could not be examined; their indexed articles
    may still be current. An empty name means everything not listed: it is added if reading a
    ``.jsonl`` file stops early. ``skipped`` are the files that were skipped so far.

    ``lines`` is only for a ``.jsonl`` file: the ids of the lines that are known, by their length
    and hash. What is added before the entries are listed is not parsed.
    """

    path: Path
    size: int
    files: int
    entries: Iterable[Entry]
    stamp: str | None
    ignored: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    unseen: Sequence[str] = ()
    skipped: list[Skipped] = field(default_factory=list)
    lines: dict[tuple[int, int], str] | None = None


def open_source(
    path: Path, skip: Skip, selection: Selection | None = None, part: ShardPart = WHOLE
) -> Source:
    """List a source, or the ``part`` of it that belongs to one shard.

    Raises SourceError if ``path`` does not exist or cannot be read.
    """
    skipped: list[Skipped] = []

    def note(it: Skipped) -> None:
        if part.has(it.article):
            skipped.append(it)
            skip(it)

    return replace(_opened(path, note, selection or Selection(), part), skipped=skipped)


def _opened(path: Path, skip: Skip, selection: Selection, part: ShardPart) -> Source:
    try:
        shown = printable(path)
        path = path.resolve(strict=True)
        if not is_utf8(str(path)):
            raise SourceError(f"{printable(path)}: the path is not valid UTF-8; rename it")
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(path).close()
            return _folder(path, selection, skip, part)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{shown} is not a file or folder")
        open_file(path).close()
    except UnreadableArticle:  # it was a file a moment ago
        raise SourceError(f"{shown} is not a file or folder") from None
    except FileNotFoundError as error:
        raise SourceError(f"{shown}: {reason(error)}") from None
    except OSError as error:
        raise SourceError(f"cannot read {shown}: {reason(error)}") from None
    except (ValueError, RuntimeError) as error:  # a NUL in the name; a symlink loop
        raise SourceError(f"cannot read {str(path)!r}: {error}") from None
    file = file_of(path.name, found)
    suffix = formats.suffix_of(path.name)
    if suffix == ".jsonl":
        unseen: list[str] = []
        lines: dict[tuple[int, int], str] = {}
        every = _corpus_entries(path, skip, unseen, lines)
        own = (entry for entry in every if part.has(entry.name))
        stamp, size = _stamp([file]), found.st_size // part.count
        return Source(path, size, 1, own, stamp, unseen=unseen, lines=lines)
    if suffix not in formats.FORMATS:
        raise SourceError(f"cannot index {shown}: {formats.unsupported(suffix)}")
    ignored = Counter[str]()
    files = [file] if part.has(path.name) else []
    entries = [_entry(path.parent, it, selection.text_columns, ignored) for it in files]
    return Source(path, sum(it[1] for it in files), len(files), entries, _stamp(files), ignored)


def _folder(root: Path, selection: Selection, skip: Skip, part: ShardPart) -> Source:
    listing = list_folder(root, selection, skip)
    files = listing.files if part is WHOLE else [it for it in listing.files if part.has(it[0])]
    ignored = listing.ignored if part.is_first else Counter[str]()
    return Source(
        root,
        sum(map(itemgetter(1), files)),
        len(files),
        (_entry(root, file, selection.text_columns, ignored) for file in files),
        _stamp(files),
        ignored,
        listing.excluded if part.is_first else 0,
        listing.unseen,
    )


def _is_settled(changed_ns: int) -> bool:
    """Whether the file's next change is certain to set a later time."""
    return changed_ns < time.time_ns() - _IN_DOUBT_NS


def _stamp(files: Sequence[File]) -> str | None:
    if not _is_settled(max(map(itemgetter(2), files), default=0)):
        return None
    # In version 2 of its format, equal values always give equal bytes.
    return hashlib.sha256(marshal.dumps(list(files), 2)).hexdigest()


def read_article(path: Path, name: str) -> Article:
    """The article in a file, which is called ``name`` in its source.

    Raises UnreadableArticle; ArticleOutOfReach if the system refuses to read the file.
    """
    with _opened_file(path) as file:
        return Article.of(name, _document(file, name))


def read_members(
    path: Path, name: str, text_columns: Sequence[str] = (), ignored: Counter[str] | None = None
) -> Generator[tuple[str, Article | UnreadableArticle, int], None, None]:
    """The articles in a container, each with its name in the source, or why it is unreadable.

    The third value is about where it ends in the file. ``text_columns`` are the columns of a table
    that are the text. Files of other types are counted in ``ignored`` by suffix. Raises
    UnreadableArticle if the rest of the file cannot be read. Close it unless it is read to its end:
    until then no other file can be read in the worker.
    """
    names: set[str] = set()
    its_format = formats.format_of(name)
    with (
        _opened_file(path) as file,
        closing(WORKER.members(file, name, its_format, text_columns)) as members,
    ):
        for member in members:
            if isinstance(member.content, Counter):
                if ignored is not None:
                    ignored.update(member.content)
                continue
            # A message has the name of its file, and its attachments are members of that.
            its = f"{name}/{member.name}" if member.name else name
            if not is_utf8(its):
                its = printable(its)
            its = _unused(its, names)
            if isinstance(member.content, Document):
                yield its, Article.of(its, member.content), member.end
            elif isinstance(member.content, UnreadableArticle):
                yield its, member.content, member.end


def _document(file: BinaryIO, name: str) -> Document:
    its = formats.format_of(name)
    limit = MAX_ARTICLE_BYTES if its.is_safe else its.limit
    size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise past_limit(size, limit)
    if its.is_safe:
        data = file.read(limit + 1)
        if len(data) > limit:
            raise past_limit(len(data), limit)
        return formats.read(data, name)
    return WORKER.read(file, name, its)


@contextmanager
def _opened_file(path: Path) -> Iterator[BinaryIO]:
    try:
        with open_file(path) as file:
            yield file
    except FileNotFoundError as error:
        raise UnreadableArticle(reason(error)) from None
    except OSError as error:
        raise ArticleOutOfReach(reason(error)) from None


def _unused(name: str, names: set[str]) -> str:
    """A name that no earlier member has: ``name``, or else with a number."""
    found, number = name, 1
    while found in names:
        number += 1
        found = f"{name} ({number})"
    names.add(found)
    return found


def _entry(root: Path, file: File, text_columns: Sequence[str], ignored: Counter[str]) -> Entry:
    name, size, changed_ns, _ = file
    mtime_ns = changed_ns if _is_settled(changed_ns) else 0
    its = formats.FORMATS[formats.suffix_of(name)]

    def read() -> Article:
        return read_article(root / name, name)

    def members() -> Generator[Entry, None, None]:
        with closing(read_members(root / name, name, text_columns, ignored)) as articles:
            for member, found, end in articles:
                yield Entry(member, size, 0, partial(given, found), container=name, end=end)

    of = members if its.is_container else None
    return Entry(name, size, mtime_ns, read, None, of, None, its.name, is_apart=not its.is_safe)


def given(found: Article | UnreadableArticle) -> Article:
    """What has been read already; raises it if it is an error."""
    if isinstance(found, UnreadableArticle):
        raise found
    return found


def _corpus_entries(
    path: Path, skip: Skip, unseen: list[str], known: corpus.Names
) -> Iterator[Entry]:
    def refuse(number: int, error: UnreadableArticle) -> None:
        skip(Skipped(f"{path.name}:{number}", str(error)))

    try:
        for length, found in corpus.known_or_parsed(path, MAX_ARTICLE_BYTES, refuse, known):
            yield Entry(found.name, length, found.look, found.article)
    except (OSError, UnreadableArticle) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        kept = "the articles after that point are kept as they were indexed"
        skip(Skipped(path.name, f"reading stopped early ({why}); {kept}"))
        unseen.append("")
