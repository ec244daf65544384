"""Find out what ``locus index`` would do, for ``--dry-run``.

The sources are listed, and their files are compared with the index by size and time. Of those that
a run would read, a sample is read and split into passages; some of these are embedded, to measure
the speed. Nothing is written.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice

from indexer.command.plan import Plan, PlannedFormat
from indexer.deriving.analysis import LANGUAGES, UNSTEMMED
from indexer.deriving.languages import AUTO, language_of
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source
from indexer.reading.formats import READERS_VERSION
from indexer.reading.worker import WORKER
from indexer.splitting.passages import embedding_text, split_all
from indexer.storing.database import Connection, database_errors, open_for_reading
from indexer.storing.folder import check_is_free
from indexer.storing.schema import is_index
from indexer.storing.skips import SkippedFile, known_skips
from indexer.storing.sources import remembered_sources
from indexer.storing.state import State, read_state
from indexer.types import Article, Skipped, Span, Splitting
from indexer.updating.request import Request
from indexer.updating.summary import Summary

LINE = "line"
"""The format of an article of a ``.jsonl`` file."""
_SAMPLED = 64
"""At most so many files of each format are read."""
_SEED = 1
_READING_SECONDS = 6.0
_EMBEDDING_SECONDS = 3.0
_BATCH = 32
_MOST_EMBEDDED = 1_024
_WORD_BYTES = 5.0
"""What the words of a passage take in the database and the lexical index, per word."""
_TEXTS = 2.4
"""How often a text is stored: in its article, in a passage, and in part in the lexical index."""
_VECTORS = 4
"""Bytes per component of a vector: two in the database and two in the file of vectors."""


@dataclass(frozen=True, slots=True)
class Options:
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


def plan(request: Request, options: Options, load: Callable[[EncoderIdentity], Encoder]) -> Plan:
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
            for source, _ in sources:
                its = None if rebuild else known.get(source.path)
                listing.add(source, None if its is None else _Held(connection, its.number))
    else:
        check_is_free(request.index)
        if not request.named:
            raise request.no_sources()
        sources = request.listed({}, summary, everything=False)
        for source, _ in sources:
            listing.add(source, None)
    for source, _ in sources:
        summary.count_files(source.ignored, source.excluded)
    encoder = load(_identity(state, options))
    sampled = _Sample(listing.groups, encoder, options.settings(_before(state)))
    skipped = [it for source, _ in sources for it in source.skipped]
    return Plan(
        request.index,
        {name: group.planned() for name, group in sorted(listing.groups.items())},
        listing.unchanged,
        sum(group.read for group in listing.groups.values()),
        sampled.seconds(),
        sampled.size(),
        (*skipped, *listing.skipped, *sampled.skipped),
        dict(summary.ignored),
        summary.excluded,
        tuple(summary.problems),
    )


def _before(state: State | None) -> Splitting:
    return Splitting(language=AUTO) if state is None else state.splitting


def _identity(state: State | None, options: Options) -> EncoderIdentity:
    if state is not None and options.model is None:
        return state.encoder
    return models.identify(
        options.model or models.DEFAULT_MODEL, allow_download=options.allow_download
    )


def _is_other(state: State | None, options: Options) -> bool:
    """Whether the options change a setting, so that everything is read again."""
    if state is None:
        return True
    wanted = options.settings(state.splitting)
    changed = wanted.language != AUTO and wanted != state.splitting
    return changed or _identity(state, options).key != state.encoder.key


class _Held:
    """What an index has of a source: the looks of its files, and those that it skipped."""

    def __init__(self, connection: Connection, source: int) -> None:
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
        if entry.known is not None:
            return self._hashes.get(entry.name) == entry.known[1]
        look = entry.size, entry.mtime_ns
        return entry.mtime_ns != 0 and self._looks.get(entry.name) == {look}

    def skipped(self, entry: Entry) -> SkippedFile | None:
        """The entry as an earlier run skipped it, if it has not changed since."""
        known = self._skips.get(entry.name)
        is_same = known is not None and (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns)
        return known if is_same else None


@dataclass(slots=True)
class _Group:
    """The files of one format that a run would read, and a random sample of them."""

    files: int = 0
    size: int = 0
    sample: list[Entry] = field(default_factory=list)
    read: int = 0
    read_size: float = 0.0
    seconds: float = 0.0
    passages: int = 0

    def add(self, entry: Entry, chance: random.Random) -> None:
        """Count an entry; each one gets into the sample with the same probability."""
        self.files += 1
        self.size += entry.size
        if len(self.sample) < _SAMPLED:
            self.sample.append(entry)
        elif (place := chance.randrange(self.files)) < _SAMPLED:
            self.sample[place] = entry

    @property
    def scale(self) -> float:
        """How many times as much all files are as those that were read."""
        if self.read == self.files:
            return 1.0
        return self.size / self.read_size if self.read_size else 0.0

    def planned(self) -> PlannedFormat:
        return PlannedFormat(self.files, self.size, round(self.passages * self.scale))


class _Listing:
    """The files of all sources: those to read by format, and how many have not changed."""

    def __init__(self) -> None:
        self.groups: dict[str, _Group] = {}
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
                group = self.groups.setdefault(entry.format or LINE, _Group())
                group.add(entry, self._chance)


class _Sample:
    """Reads, splits and embeds a sample of the files, each within a few seconds."""

    def __init__(self, groups: dict[str, _Group], encoder: Encoder, settings: Splitting) -> None:
        self.skipped: list[Skipped] = []
        self._groups = groups
        self._encoder = encoder
        self._texts: list[tuple[str, list[Span]]] = []
        self._splitting_seconds = 0.0
        self._stored = Counter[str]()
        read = [(group, its) for group in groups.values() for its in self._read(group)]
        WORKER.close()
        if settings.language == AUTO:
            language = language_of((it.text for _, it in read), UNSTEMMED)
            settings = replace(settings, language=language)
        self._split(read, settings)

    def seconds(self) -> float:
        """About how long a run takes: it reads in one process and embeds in another."""
        reading = sum(it.seconds * it.scale for it in self._groups.values())
        if not self._texts:
            return reading
        splitting = self._splitting_seconds / len(self._texts)
        return max(reading, self._passages() * (splitting + 1 / self._speed()))

    def size(self) -> int:
        """About how many bytes the new articles take in the index."""
        if not self._texts:
            return 0
        dimension = self._encoder.identity.dimension
        held, count = self._stored, len(self._texts)
        parts = held["sentences"] * dimension * self._encoder.identity.reads_parts
        mean = _TEXTS * held["bytes"] + _WORD_BYTES * held["words"] + parts
        return round(self._passages() * (mean / count + _VECTORS * dimension))

    def _passages(self) -> int:
        return sum(group.planned().passages for group in self._groups.values())

    def _read(self, group: _Group) -> Iterable[Article]:
        """Read the sample of a format, as much as a few seconds allow."""
        begun = time.perf_counter()
        found = []
        for entry in group.sample:
            budget = begun + _READING_SECONDS / len(self._groups) - time.perf_counter()
            if group.read and budget <= 0:
                break
            articles, share = self._articles(entry, budget)
            found += articles
            group.read += 1
            group.read_size += entry.size * share
        group.seconds = time.perf_counter() - begun
        return found

    def _articles(self, entry: Entry, budget: float) -> tuple[list[Article], float]:
        """The articles in a file, and about what share of the file they are."""
        begun, found, members = time.perf_counter(), list[Article](), None
        try:
            if entry.members is None:
                return [entry.read()], 1.0
            members = entry.members()
            for member in members:
                try:
                    found.append(member.read())
                except UnreadableArticle as error:
                    self.skipped.append(Skipped(member.name, str(error)))
                if time.perf_counter() - begun > budget:
                    size = sum(len(it.text.encode()) for it in found)
                    return found, min(1.0, size / max(entry.size, 1))
        except UnreadableArticle as error:
            self.skipped.append(Skipped(entry.name, str(error)))
        return found, 1.0

    def _split(self, read: list[tuple[_Group, Article]], settings: Splitting) -> None:
        begun = time.perf_counter()
        encoder = self._encoder
        split = split_all(
            [(it.title, it.text) for _, it in read],
            encoder.count_tokens,
            encoder.passage_limit,
            settings,
        )
        for (group, _), (context, passages) in zip(read, split, strict=True):
            group.passages += len(passages)
            for it in passages:
                text = embedding_text(context, it.text)
                shift = len(text) - len(it.text) - it.start
                spans = [Span(start + shift, end + shift) for start, end in it.sentences]
                self._texts.append((text, spans))
                self._stored["bytes"] += len(it.text.encode())
                self._stored["words"] += len(it.text.split())
                self._stored["sentences"] += len(spans)
        self._splitting_seconds = time.perf_counter() - begun

    def _speed(self) -> float:
        """Passages that are embedded in a second."""
        chance = random.Random(_SEED)  # noqa: S311 - a sample, no secret
        some = chance.sample(self._texts, min(len(self._texts), _MOST_EMBEDDED))
        begun, done = time.perf_counter(), 0
        batches = iter(lambda: list(islice(rest, _BATCH)), [])
        rest = iter(some)
        for batch in batches:
            texts, parts = zip(*batch, strict=True)
            if self._encoder.identity.reads_parts:
                self._encoder.encode_with_parts(texts, parts)
            else:
                self._encoder.encode_passages(texts)
            done += len(batch)
            if time.perf_counter() - begun > _EMBEDDING_SECONDS:
                break
        return done / (time.perf_counter() - begun)
