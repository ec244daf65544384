"""The request of a run: which sources to read, with which selection, and which to forget."""

import os
import shlex
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from indexer.errors import SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source, open_source
from indexer.reading.part import WHOLE, ShardPart
from indexer.reading.worker import WORKER
from indexer.storing.database import Connection
from indexer.storing.folder import index_option
from indexer.storing.sources import RememberedSource, forget, remember, remembered_sources
from indexer.text import is_utf8, printable
from indexer.types import Selection
from indexer.updating.summary import Summary

_SAMPLES = 40
"""Articles of each source that are read to find out their language."""
_MEMBERS = 5
"""Articles of each container that are read to find out their language."""
_APART = 25
"""Every so manieth article of a ``.jsonl`` file is one."""


@dataclass(frozen=True, slots=True)
class Request:
    """The request of a run over ``index``: the named sources, their selection, those to forget.

    ``exclude``, ``hidden`` and ``text_column`` apply to the named sources, or to all if none is
    named; None keeps what is remembered of a source.
    """

    index: Path
    named: Sequence[Path] = ()
    exclude: Sequence[str] | None = None
    hidden: bool | None = None
    forget: Sequence[Path] = ()
    text_column: Sequence[str] | None = None
    part: ShardPart = WHOLE
    """What to read of each source."""

    def finds_articles(self, summary: Summary) -> bool:
        """Whether there is any file to index; raises SourceError if no source can be opened."""
        tried = Summary()
        selection = self._selection(Selection())
        opened = [self._open(path, selection, tried) for path in self.named]
        found = [source for source in opened if source is not None]
        if not found:
            raise SourceError("; ".join(tried.problems)) if tried.problems else self.no_sources()
        if any(source.files for source in found):
            return True
        for source in found:
            summary.count_files(source.ignored, source.excluded)
        summary.skipped, summary.problems = tried.skipped, tried.problems
        return False

    def no_sources(self) -> SourceError:
        """The error of a run that names no sources, if the index remembers none."""
        example = f"locus index ~/articles{index_option(self.index)}"
        return SourceError(f"nothing to index yet. Name a folder, e.g.: {example}")

    def reaches_all(self, connection: Connection) -> bool:
        """Whether every source that the index remembers, and that is not forgotten, is readable."""
        known = remembered_sources(connection)
        kept = set(known).difference(self._forgotten(known))
        return all(os.access(path, os.R_OK) for path in kept)

    def samples(self, connection: Connection) -> Iterator[str]:
        """The texts of some articles, from all parts of the sources that are read."""
        for path, selection in self._wanted(
            remembered_sources(connection), everything=True
        ).items():
            source = self._open(path, selection, Summary())
            if source is None:
                continue
            step = max(1, source.files // _SAMPLES) if source.files > 1 else _APART
            for entry in islice(source.entries, 0, step * _SAMPLES, step):
                # Unless it is closed, a container keeps the worker.
                with suppress(UnreadableArticle), closing(_articles(entry)) as found:
                    yield from (it.read().text for it in islice(found, _MEMBERS))
        WORKER.close()

    def open(
        self, connection: Connection, summary: Summary, *, everything: bool
    ) -> list[tuple[Source, RememberedSource]]:
        """Open and remember the sources to read: the named ones, or all if none is named.

        With ``everything``, all. Sources that cannot be opened become problems in the summary.
        Raises SourceError if none of the named sources can be opened; and, with ``everything``, if
        any source cannot be opened, because a rebuild would lose its articles.
        """
        known = remembered_sources(connection)
        opened = self.listed(known, summary, everything=everything)
        for path in self._forgotten(known):
            forget(connection, path)
            known.pop(path)
        return [
            (source, _remembered(connection, known, source.path, selection))
            for source, selection in opened
        ]

    def listed(
        self, known: Mapping[Path, RememberedSource], summary: Summary, *, everything: bool
    ) -> list[tuple[Source, Selection]]:
        """What ``open`` opens, if these sources are remembered; nothing is written."""
        forgotten = self._forgotten(known)
        known = {path: it for path, it in known.items() if path not in forgotten}
        opened: list[tuple[Source, Selection]] = []
        for path, selection in self._wanted(known, everything=everything).items():
            source = self._open(path, selection, summary)
            if source is not None:
                opened.append((source, selection))
            elif path in known:
                summary.problems.append(self._gone(path, summary.problems.pop(), lost=everything))
        lost = everything and not known.keys() <= {source.path for source, _ in opened}
        if lost or (self.named and not opened):
            raise SourceError("; ".join(summary.problems))
        return opened

    def _wanted(
        self, known: Mapping[Path, RememberedSource], *, everything: bool
    ) -> dict[Path, Selection]:
        """The paths of the sources to read, each once, with their selections."""
        if not self.named:
            return {path: self._selection(it.selection) for path, it in known.items()}
        wanted = {}
        for named in self.named:
            path = _place(named, known)
            wanted[path] = self._selection(known[path].selection if path in known else Selection())
        if everything:
            wanted = {path: it.selection for path, it in known.items()} | wanted
        return wanted

    def _selection(self, before: Selection) -> Selection:
        exclude, columns = before.exclude, before.text_columns
        if self.exclude is not None:
            exclude = _lines(self.exclude, "an --exclude pattern")
        if self.text_column is not None:
            columns = _lines(self.text_column, "a --text-column")
        return Selection(exclude, before.hidden if self.hidden is None else self.hidden, columns)

    def _forgotten(self, known: Collection[Path]) -> list[Path]:
        """The sources to forget; raises SourceError for a path that is not a source."""
        paths = [_place(named, known) for named in self.forget]
        for path in paths:
            if path not in known:
                raise SourceError(
                    f"{printable(path)} is not a source of this index."
                    f" `locus status{index_option(self.index)}` lists its sources"
                )
        return paths

    def _gone(self, path: Path, problem: str, *, lost: bool) -> str:
        """The message about a remembered source that cannot be read."""
        option, old = index_option(self.index), shlex.quote(str(path))
        forgetting = f"`locus index --forget {old}{option}`"
        if not os.path.lexists(path):
            problem = f"source {path} no longer exists"
        if lost:
            return (
                f"{problem}; rebuilding would lose its articles, so nothing was changed. Restore"
                f" the source, or remove its articles with {forgetting}"
            )
        kept = f"{problem}; its articles stay in the index. To remove them: {forgetting}"
        moved = f". If you moved it: `locus index NEW --forget {old}{option}`"
        return kept if os.path.lexists(path) else kept + moved

    def _open(self, path: Path, selection: Selection, summary: Summary) -> Source | None:
        try:
            return open_source(path, summary.skipped.append, selection, self.part)
        except SourceError as error:
            summary.problems.append(str(error))
            return None


def _lines(given: Sequence[str], what: str) -> tuple[str, ...]:
    """The lines that are not empty; raises SourceError if they cannot be written in UTF-8."""
    found = tuple(filter(None, "\n".join(given).split("\n")))
    if not is_utf8("".join(found)):
        raise SourceError(f"{what} is not valid UTF-8")
    return found


def _articles(entry: Entry) -> Generator[Entry, None, None]:
    """The entry, or those of its members."""
    if entry.members is None:
        yield entry
    else:
        with closing(entry.members()) as members:
            yield from members


def _remembered(
    connection: Connection,
    known: Mapping[Path, RememberedSource],
    path: Path,
    selection: Selection,
) -> RememberedSource:
    it = known.get(path)
    return it if it and it.selection == selection else remember(connection, path, selection)


def _place(named: Path, known: Collection[Path]) -> Path:
    """The path under which a source is remembered, even if it no longer exists; else ``named``."""
    try:
        return named.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing; a NUL in the name; a symlink loop
        pass
    try:
        absolute = Path(os.path.abspath(named))  # noqa: PTH100 - it does not resolve symlinks
        places = named.resolve(), absolute
    except (OSError, ValueError, RuntimeError):
        return named
    return next((path for path in places if path in known), named)
