"""What a run is asked: which sources to read, with what selection, and which to forget."""

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import SourceError
from indexer.reading.articles import Source, open_source
from indexer.storing.database import Connection
from indexer.storing.sources import RememberedSource, forget, remember, remembered_sources
from indexer.text import is_utf8, printable
from indexer.types import Selection
from indexer.updating.summary import Summary


@dataclass(frozen=True, slots=True)
class Request:
    """What a run over ``index`` is asked: the sources it names, their selection, those to forget.

    ``exclude`` and ``hidden`` are for the sources named, or for all if none is; None leaves a
    source's selection as it was.
    """

    index: Path
    named: Sequence[Path] = ()
    exclude: Sequence[str] | None = None
    hidden: bool | None = None
    forget: Sequence[Path] = ()

    def finds_articles(self, summary: Summary) -> bool:
        """Whether there is anything to make a new index of; raises SourceError if nothing opens."""
        tried = Summary()
        selection = self._selection(Selection())
        opened = [self._open(path, selection, tried) for path in self.named]
        found = [source for source in opened if source is not None]
        if not found:
            raise SourceError("; ".join(tried.problems)) if tried.problems else self.no_sources()
        if any(source.files for source in found):
            return True
        for source in found:
            summary.pass_over(source.ignored, source.excluded)
        summary.skipped, summary.problems = tried.skipped, tried.problems
        return False

    def no_sources(self) -> SourceError:
        """The error of a run that names no sources, over an index that remembers none."""
        return SourceError(f"no sources: `locus index SOURCE --index {self.index}`")

    def open(
        self, connection: Connection, summary: Summary, *, everything: bool
    ) -> list[tuple[Source, RememberedSource]]:
        """The sources to read, remembered: those named, all if none is or ``everything`` is asked.

        What cannot be opened becomes a problem in the summary. Raises SourceError if that is all
        that was named; and, of ``everything``, if a source is gone: what stands cannot be kept,
        and its articles would go with it.
        """
        known = remembered_sources(connection)
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
        for path in forgotten:
            forget(connection, path)
        return [
            (source, _remembered(connection, known, source.path, selection))
            for source, selection in opened
        ]

    def _wanted(
        self, known: Mapping[Path, RememberedSource], *, everything: bool
    ) -> dict[Path, Selection]:
        """The paths of the sources to read, each once, with what of them is wanted."""
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
        exclude = before.exclude
        if self.exclude is not None:
            exclude = tuple(filter(None, "\n".join(self.exclude).split("\n")))
            if not is_utf8("".join(exclude)):
                raise SourceError("a pattern of --exclude is not UTF-8")
        return Selection(exclude, before.hidden if self.hidden is None else self.hidden)

    def _forgotten(self, known: Collection[Path]) -> list[Path]:
        """The sources to forget; raises SourceError for what is not one."""
        paths = [_place(named, known) for named in self.forget]
        for path in paths:
            if path not in known:
                raise SourceError(
                    f"{printable(path)} is not a source of this index:"
                    f" `locus status --index {shlex.quote(str(self.index))}` lists its sources"
                )
        return paths

    def _gone(self, path: Path, problem: str, *, lost: bool) -> str:
        """What to say of a remembered source that cannot be read."""
        names = shlex.quote(str(path)), shlex.quote(str(self.index))
        forgetting = "`locus index --forget {} --index {}`".format(*names)
        if not lost:
            return f"{problem}; its articles stay in the index: {forgetting} removes them"
        return (
            f"{problem}; its articles would be lost: make it readable, or remove its articles with"
            f" {forgetting}; nothing was changed"
        )

    @staticmethod
    def _open(path: Path, selection: Selection, summary: Summary) -> Source | None:
        try:
            return open_source(path, summary.skipped.append, selection)
        except SourceError as error:
            summary.problems.append(str(error))
            return None


def _remembered(
    connection: Connection,
    known: Mapping[Path, RememberedSource],
    path: Path,
    selection: Selection,
) -> RememberedSource:
    it = known.get(path)
    return it if it and it.selection == selection else remember(connection, path, selection)


def _place(named: Path, known: Collection[Path]) -> Path:
    """The path by which a source is remembered, also once it is gone; else the path as named."""
    try:
        return named.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there; a NUL in the name; a loop of links
        pass
    try:
        absolute = Path(os.path.abspath(named))  # noqa: PTH100 - it leaves links alone
        places = named.resolve(), absolute
    except (OSError, ValueError, RuntimeError):
        return named
    return next((path for path in places if path in known), named)
