"""Find out what ``locus index`` would do, for ``--dry-run``.

The sources are listed, and their files are compared with the index by size and time. Of those that
a run would read, a sample is read and split into passages; some of these are embedded, to measure
the speed. Nothing is written.
"""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from indexer.command.plan import Plan
from indexer.command.sampling import FileGroup, FileSample
from indexer.deriving.analysis import LANGUAGES
from indexer.deriving.languages import AUTO
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import SourceError
from indexer.reading.articles import Entry, Source
from indexer.reading.formats import READERS_VERSION
from indexer.storing.database import Connection, database_errors, open_for_reading
from indexer.storing.folder import check_is_free
from indexer.storing.schema import is_index
from indexer.storing.skips import SkippedFile, known_skips
from indexer.storing.sources import RememberedSource, remembered_sources
from indexer.storing.state import State, read_state
from indexer.types import Selection, Skipped, Splitting
from indexer.updating.request import Request
from indexer.updating.summary import Summary

LINE = "line"
"""The format of an article of a ``.jsonl`` file."""
_SEED = 1


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options of ``locus index`` that decide what a run costs."""

    model: str | None = None
    passage_tokens: int | None = None
    language: str | None = None
    rebuild: bool = False
    allow_download: bool = False

    def settings(self, before: Splitting) -> Splitting:
        """The settings of the run; raises SourceError for an unknown language."""
        found = replace(
            before,
            target_tokens=self.passage_tokens or before.target_tokens,
            language=self.language or before.language,
        )
        if found.language not in {AUTO, *LANGUAGES}:
            raise SourceError(f"unknown language {found.language!r}")
        return found


def plan(
    request: Request, options: PlanOptions, load: Callable[[EncoderIdentity], Encoder]
) -> Plan:
    """Find out what a run would do; raises what it would raise before it writes anything."""
    summary, listing = Summary(), _Listing()
    state: State | None = None
    if is_index(request.index):
        folder = request.index
        with database_errors(folder), closing(open_for_reading(folder)) as connection:
            state = read_state(connection, folder)
            rebuild = options.rebuild or _is_other(state, options)
            known = remembered_sources(connection)
            sources = request.listed(known, summary, everything=rebuild)
            for source, selection in sources:
                its = None if rebuild else known.get(source.path)
                listing.add(source, None if its is None else _Held(connection, its, selection))
    else:
        check_is_free(request.index)
        if not request.named:
            raise request.no_sources()
        sources = request.listed({}, summary, everything=False)
        for source, _ in sources:
            listing.add(source, None)
    before = Splitting(language=AUTO) if state is None else state.splitting
    settings = options.settings(before)
    sampled = FileSample(listing.groups, lambda: load(_identity(state, options)), settings)
    for source, _ in sources:  # after the sample was read, in which archives may be
        summary.count_files(source.ignored, source.excluded)
    skipped = [it for source, _ in sources for it in source.skipped]
    return Plan(
        request.index,
        {name: group.planned() for name, group in sorted(listing.groups.items())},
        listing.unchanged,
        sum(group.read for group in listing.groups.values()),
        sampled.seconds(),
        sampled.size(),
        (*skipped, *listing.skipped, *sampled.skipped),
        tuple(sampled.partial),
        dict(summary.ignored),
        summary.excluded,
        tuple(summary.problems),
    )


def _identity(state: State | None, options: PlanOptions) -> EncoderIdentity:
    if state is not None and options.model is None:
        return state.encoder
    return models.identify(
        options.model or models.DEFAULT_MODEL, allow_download=options.allow_download
    )


def _is_other(state: State | None, options: PlanOptions) -> bool:
    """Whether the options change a setting, so that everything is read again."""
    if state is None:
        return True
    wanted = options.settings(state.splitting)
    changed = wanted.language != AUTO and wanted != state.splitting
    return changed or _identity(state, options).key != state.encoder.key


class _Held:
    """What an index has of a source: the looks of its files, and those that it skipped."""

    def __init__(self, connection: Connection, its: RememberedSource, selection: Selection) -> None:
        source = its.number
        self._has_other_columns = its.selection.text_columns != selection.text_columns
        rows = connection.execute(
            "SELECT coalesce(container, name), size, mtime_ns, sha256 FROM articles"
            " WHERE source = ? AND died IS NULL",
            (source,),
        )
        self._looks: dict[str, set[tuple[int, int]]] = {}
        self._hashes: dict[str, str] = {}
        for name, size, mtime_ns, sha256 in rows:
            self._looks.setdefault(name, set()).add((size, mtime_ns))
            self._hashes[name] = sha256
        self._skips = {it.name: it for it in known_skips(connection, source, READERS_VERSION)}

    def is_current(self, entry: Entry) -> bool:
        """Whether a run would keep the entry without reading it."""
        if entry.members is not None and self._has_other_columns:
            return False
        if entry.known is not None:
            return self._hashes.get(entry.name) == entry.known[1]
        look = entry.size, entry.mtime_ns
        return entry.mtime_ns != 0 and self._looks.get(entry.name) == {look}

    def skipped(self, entry: Entry) -> SkippedFile | None:
        """The entry as an earlier run skipped it, if it has not changed since."""
        if self._has_other_columns:
            return None
        known = self._skips.get(entry.name)
        is_same = known is not None and (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns)
        return known if is_same else None


class _Listing:
    """The files of all sources: those to read by format, and how many have not changed."""

    def __init__(self) -> None:
        self.groups: dict[str, FileGroup] = {}
        self.unchanged = 0
        self.skipped: list[Skipped] = []
        self._chance = random.Random(_SEED)  # noqa: S311 - a sample, no secret

    def add(self, source: Source, held: _Held | None) -> None:
        """Count the files of a source; ``held`` is None if all of them would be read."""
        for entry in source.entries:
            if held is not None and (known := held.skipped(entry)) is not None:
                self.skipped.append(Skipped(known.name, known.reason))
            elif held is not None and held.is_current(entry):
                self.unchanged += 1
            else:
                group = self.groups.setdefault(entry.format or LINE, FileGroup())
                group.add(entry, self._chance)
