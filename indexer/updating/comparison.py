"""What a source says against what the index holds: which articles to index, keep and let go."""

from collections.abc import Iterator

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source
from indexer.storing.drafts import Draft, Standing
from indexer.storing.staging import Staging
from indexer.types import Article, Passage, Skipped
from indexer.updating.request import Remembered
from indexer.updating.summary import Summary


class Comparison:
    """One source against the index. Run through ``to_index``, then call ``finish``.

    ``_keepable`` has what may stay as it is stored, until the source has named it.
    """

    def __init__(
        self, source: Source, remembered: Remembered, staging: Staging, summary: Summary
    ) -> None:
        self.done = 0
        """Bytes of the source that have been dealt with."""
        self._source = source
        self._remembered = remembered
        self._staging = staging
        self._summary = summary
        self._skipped_before = len(summary.skipped)
        self._published: dict[str, Standing] = {}
        self._keepable: dict[str, Standing] = {}
        self._ending: set[int] = set()
        self._restamped: list[tuple[int, int, int]] = []

    def to_index(self) -> Iterator[tuple[Entry, Article]]:
        """The articles that are new or have changed; what may stay is kept and counted."""
        self._summary.pass_over(self._source.ignored, self._source.excluded)
        if self._looks_the_same():
            self._summary.unchanged += self._staging.count(self._remembered.number)
            return
        self._recall()
        for entry in self._source.entries:
            self.done += entry.size
            standing = self._keepable.pop(entry.name, None)
            if standing and _is_as_it_was(entry, standing):
                self._keep(standing)
                continue
            try:
                article = entry.read()
            except UnreadableArticle as error:
                self._summary.skipped.append(Skipped(entry.name, str(error)))
                if standing and isinstance(error, ArticleOutOfReach):
                    self._keep(standing)
                continue
            sha256 = article.sha256
            if standing and (standing.title, standing.sha256) == (article.title, sha256):
                if (standing.size, standing.mtime_ns) != (entry.size, entry.mtime_ns):
                    self._restamped.append((standing.id, entry.size, entry.mtime_ns))
                self._keep(standing)
            else:
                self._count(entry.name, article.title, sha256)
                yield entry, article

    def _recall(self) -> None:
        """Load what the index has of this source."""
        for standing in self._staging.standing(self._remembered.number):
            self._ending.add(standing.id)
            if standing.born < self._staging.generation:
                self._published[standing.name] = standing
            if self._staging.keeps(standing):
                self._keepable[standing.name] = standing

    def draft(
        self, entry: Entry, article: Article, context: str, passages: tuple[Passage, ...]
    ) -> Draft:
        """An article of this source, split."""
        source = self._remembered
        stamp = entry.size, entry.mtime_ns
        return Draft(source.number, str(source.path), article, *stamp, context, passages)

    def finish(self) -> None:
        """Stage what the run has shown: new times, and the end of what is no longer there.

        Raises SourceError if reading the source broke off and nothing of it can be kept.
        """
        if self._staging.anew and "" in self._source.unseen and self._published:
            raise SourceError(
                f"{self._source.path} could not be read to its end: its articles would be lost;"
                " the index stays as it is"
            )
        for standing in self._keepable.values():
            if self._is_unseen(standing.name):
                self._keep(standing)
        self._staging.restamp(self._restamped)
        self._staging.retire(self._ending)
        self._summary.gone.update((it.title, it.sha256) for it in self._published.values())
        skips = len(self._summary.skipped) > self._skipped_before
        # What was skipped is to be said again by the next run, which therefore has to look.
        self._staging.stamp(self._remembered.number, None if skips else self._source.stamp)

    def _looks_the_same(self) -> bool:
        stamp = self._source.stamp
        return (
            stamp is not None
            and stamp == self._remembered.stamp
            and self._staging.untouched(self._remembered.number)
        )

    def _is_unseen(self, name: str) -> bool:
        return any(
            name == unseen or (unseen.endswith("/") and name.startswith(unseen)) or not unseen
            for unseen in self._source.unseen
        )

    def _keep(self, standing: Standing) -> None:
        self._ending.discard(standing.id)
        self._count(standing.name, standing.title, standing.sha256)

    def _count(self, name: str, title: str, sha256: str) -> None:
        before = self._published.pop(name, None)
        if before is None:
            self._summary.came[title, sha256] += 1
        elif (before.title, before.sha256) == (title, sha256):
            self._summary.unchanged += 1
        else:
            self._summary.changed += 1


def _is_as_it_was(entry: Entry, standing: Standing) -> bool:
    """Whether an article needs no reading to be known as the one that stands."""
    if entry.holds is not None:
        title, sha256 = entry.holds
        return sha256 == standing.sha256 and title in {None, standing.title}
    stamp = entry.size, entry.mtime_ns
    return entry.mtime_ns != 0 and stamp == (standing.size, standing.mtime_ns)
