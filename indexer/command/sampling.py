"""Read, split and embed a sample of files, to estimate what all of them cost.

It measures for some seconds, however many files there are.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from indexer.command.plan import PlannedFormat
from indexer.deriving.analysis import UNSTEMMED
from indexer.deriving.languages import AUTO, language_of
from indexer.encoding.encoder import Encoder
from indexer.errors import UnreadableArticle
from indexer.reading.articles import Entry
from indexer.reading.worker import WORKER
from indexer.splitting.passages import Unsplit, embedding_text, split_all
from indexer.types import Article, Skipped, Span, Splitting
from indexer.updating.skipping import read_without

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
_SAMPLED = 64
"""At most so many files of each format are read."""
_SEED = 1


@dataclass(slots=True)
class FileGroup:
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


class FileSample:
    """Reads, splits and embeds a sample of the files, each within a few seconds."""

    def __init__(
        self, groups: Mapping[str, FileGroup], load: Callable[[], Encoder], settings: Splitting
    ) -> None:
        self.skipped: list[Skipped] = []
        self.partial: list[Skipped] = []
        self._groups = groups
        self._texts: list[tuple[str, list[Span]]] = []
        self._splitting_seconds = 0.0
        self._stored = Counter[str]()
        read = [(group, its) for group in groups.values() for its in self._read(group)]
        WORKER.close()
        if settings.language == AUTO:
            language = language_of((it.text for _, it in read), UNSTEMMED)
            settings = replace(settings, language=language)
        if read:
            self._encoder = load()
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

    def _read(self, group: FileGroup) -> list[Article]:
        """Read the sample of a format, as much as a few seconds allow."""
        begun = time.perf_counter()
        found: list[Article] = []
        for entry in group.sample:
            budget = begun + _READING_SECONDS / len(self._groups) - time.perf_counter()
            if group.read and budget <= 0:
                break
            articles, share = self._articles(entry, budget)
            self.partial += (
                Skipped(it.name, read_without(it.left_out)) for it in articles if it.left_out
            )
            found += articles
            group.read += 1
            group.read_size += entry.size * share
        group.seconds = time.perf_counter() - begun
        return found

    def _articles(self, entry: Entry, budget: float) -> tuple[list[Article], float]:
        """The articles in a file, and about what share of the file they are."""
        begun, found = time.perf_counter(), list[Article]()
        try:
            if entry.members is None:
                return [entry.read()], 1.0
            with closing(entry.members()) as members:
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

    def _split(self, read: list[tuple[FileGroup, Article]], settings: Splitting) -> None:
        begun = time.perf_counter()
        encoder = self._encoder
        split = split_all(
            [Unsplit(it.title, it.text, it.blocks) for _, it in read],
            encoder.count_tokens,
            encoder.passage_limit,
            settings,
        )
        for (group, _), (context, passages) in zip(read, split, strict=True):
            group.passages += len(passages)
            for it in passages:
                text = embedding_text(context, it.text, it.above)
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
        for first in range(0, len(some), _BATCH):
            batch = some[first : first + _BATCH]
            texts, parts = zip(*batch, strict=True)
            if self._encoder.identity.reads_parts:
                self._encoder.encode_with_parts(texts, parts)
            else:
                self._encoder.encode_passages(texts)
            done += len(batch)
            if time.perf_counter() - begun > _EMBEDDING_SECONDS:
                break
        return done / (time.perf_counter() - begun)
