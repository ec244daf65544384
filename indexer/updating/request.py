"""The sources of an index: those it remembers, and which of them a run reads.

A source is remembered with its selection, and with what it looked like when the generation that
readers see was taken from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import SourceError
from indexer.reading.articles import Source, open_source
from indexer.storing.database import Connection, transaction
from indexer.types import Selection
from indexer.updating.summary import Summary
from indexer.utf8 import is_utf8, printable


@dataclass(frozen=True, slots=True)
class Remembered:
    """A source of an index. ``stamp`` is that of the generation that readers see, if it has one."""

    number: int
    path: Path
    selection: Selection
    stamp: str | None


def remembered(connection: Connection) -> dict[Path, Remembered]:
    """The sources of an index by their paths, in the order of these."""
    rows = connection.execute(
        "SELECT id, path, exclude, hidden, stamp FROM sources WHERE NOT forgotten ORDER BY path"
    )
    return {
        Path(path): Remembered(
            number, Path(path), Selection(_patterns(exclude), bool(hidden)), stamp
        )
        for number, path, exclude, hidden, stamp in rows
    }


def _patterns(exclude: str) -> tuple[str, ...]:
    r"""The patterns of a selection, as ``remember`` joins them: each ends at ``\n`` alone."""
    return tuple(exclude.split("\n")) if exclude else ()


def remember(connection: Connection, path: Path, selection: Selection) -> Remembered:
    """Remember a source with this selection from now on."""
    facts = str(path), "\n".join(selection.exclude), selection.hidden
    with transaction(connection) as run:
        run(
            "INSERT INTO sources (path, exclude, hidden) VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE"
            " SET (exclude, hidden, forgotten) = (excluded.exclude, excluded.hidden, FALSE)",
            facts,
        )
    return remembered(connection)[path]


def forget(connection: Connection, path: Path) -> None:
    """Forget a source; its articles end with the next generation."""
    with transaction(connection) as run:
        run("UPDATE sources SET forgotten = TRUE, stamp = NULL WHERE path = ?", (str(path),))


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked: the sources it names and what of them is wanted, those to forget.

    ``exclude`` and ``hidden`` are for the sources named, or for all if none is; None leaves a
    source's selection as it was.
    """

    named: Sequence[Path] = ()
    exclude: Sequence[str] | None = None
    hidden: bool | None = None
    forget: Sequence[Path] = ()

    def finds_articles(self, index: Path, summary: Summary) -> bool:
        """Whether there is anything to make a new index of; raises SourceError if nothing opens."""
        tried = Summary()
        selection = self._selection(Selection())
        opened = [self._open(path, selection, tried) for path in self.named]
        found = [source for source in opened if source is not None]
        if not found:
            raise SourceError(
                "; ".join(tried.problems) or f"no sources: `locus index SOURCE --index {index}`"
            )
        if any(source.files for source in found):
            return True
        for source in found:
            summary.pass_over(source.ignored, source.excluded)
        summary.skipped, summary.problems = tried.skipped, tried.problems
        return False

    def open(
        self, connection: Connection, summary: Summary, *, everything: bool
    ) -> list[tuple[Source, Remembered]]:
        """The sources to read, remembered: those named, all if none is or ``everything`` is asked.

        What cannot be opened becomes a problem in the summary. Raises SourceError if that is all
        that was named; and, of ``everything``, if a source is gone: what stands cannot be kept,
        and its articles would go with it.
        """
        self._forget(connection)
        known = remembered(connection)
        opened: list[tuple[Source, Remembered]] = []
        for path, selection in self._wanted(known, everything=everything).items():
            source = self._open(path, selection, summary)
            if source is not None:
                it = known.get(source.path)
                if it is None or it.selection != selection:
                    it = remember(connection, source.path, selection)
                opened.append((source, it))
            elif everything and path in known:
                raise SourceError(
                    "; ".join(summary.problems)
                    + ": its articles would be lost; the index stays as it is"
                )
        if self.named and not opened:
            raise SourceError("; ".join(summary.problems))
        return opened

    def _wanted(
        self, known: Mapping[Path, Remembered], *, everything: bool
    ) -> dict[Path, Selection]:
        """The paths of the sources to read, each once, with what of them is wanted."""
        if not self.named:
            return {path: self._selection(it.selection) for path, it in known.items()}
        wanted = {}
        for path in map(_resolved, self.named):
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

    def _forget(self, connection: Connection) -> None:
        known = remembered(connection)
        for path in map(_resolved, self.forget):
            if path not in known:
                raise SourceError(
                    f"{printable(path)} is no source of this index: `locus status` names them"
                )
            forget(connection, path)

    @staticmethod
    def _open(path: Path, selection: Selection, summary: Summary) -> Source | None:
        try:
            return open_source(path, summary.skipped.append, selection)
        except SourceError as error:
            summary.problems.append(str(error))
            return None


def _resolved(path: Path) -> Path:
    """The path by which a source is remembered; as it was given, where there is no such place."""
    try:
        return path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return path
