"""What a source says against what the index holds: which articles to index, keep and let go."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from indexer.articles import Entry, Source
from indexer.drafts import Draft
from indexer.errors import UnreadableArticle
from indexer.staging import Staging
from indexer.types import Article, Passage, Skipped

_IN_DOUBT_NS = 2_000_000_000
"""A file that changed this shortly before it was read may change again within the same time."""


@dataclass(slots=True)
class Tally:
    """Articles by what became of them; ``ignored`` counts files of other kinds by suffix."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)

    def ignore(self, files: Mapping[str, int]) -> None:
        """Count files of other kinds, given by their suffix."""
        for suffix, count in files.items():
            self.ignored[suffix] = self.ignored.get(suffix, 0) + count


class Comparison:
    """One source against the index. Run through ``to_index``, then call ``finish``."""

    def __init__(self, source: Source, staging: Staging, tally: Tally) -> None:
        self.done = 0
        """Bytes of the source that have been dealt with."""
        self._entries = source.entries
        self._staging = staging
        self._tally = tally
        self._number = staging.source(source.path)
        self._published = staging.published(self._number)
        self._standing = staging.standing(self._number)
        self._kept: set[int] = set()
        self._stamps: list[tuple[int, int, int]] = []
        tally.ignore(source.ignored)

    def to_index(self) -> Iterator[tuple[Entry, Article]]:
        """The articles that are new or have changed; what may stay is kept and counted."""
        for entry in self._entries:
            self.done += entry.size
            standing = self._standing.get(entry.name)
            if standing and entry.mtime_ns and standing.stamp == (entry.size, entry.mtime_ns):
                self._keep(standing.id, entry.name, standing.sha256)
                continue
            try:
                article = entry.read()
            except UnreadableArticle as error:
                self._tally.skipped.append(Skipped(entry.name, str(error)))
                continue
            sha256 = article.sha256
            if standing and (standing.sha256, standing.title) == (sha256, article.title):
                self._stamps.append((standing.id, entry.size, _settled(entry)))
                self._keep(standing.id, entry.name, sha256)
            else:
                self._count(entry.name, sha256)
                yield entry, article

    def draft(
        self, entry: Entry, article: Article, context: str, passages: tuple[Passage, ...]
    ) -> Draft:
        """An article of this source, split."""
        return Draft(self._number, article, entry.size, _settled(entry), context, passages)

    def finish(self) -> None:
        """Stage what the run has shown: new stamps, and the end of what is no longer there."""
        self._staging.stamp(self._stamps)
        self._staging.retire(self._number, self._kept)
        self._tally.removed += len(self._published)

    def _keep(self, number: int, name: str, sha256: str) -> None:
        self._kept.add(number)
        self._count(name, sha256)

    def _count(self, name: str, sha256: str) -> None:
        before = self._published.pop(name, None)
        if before is None:
            self._tally.added += 1
        elif before == sha256:
            self._tally.unchanged += 1
        else:
            self._tally.changed += 1


def _settled(entry: Entry) -> int:
    """The entry's time, or 0 if that cannot be relied on to tell the next change."""
    return entry.mtime_ns if entry.mtime_ns < time.time_ns() - _IN_DOUBT_NS else 0
