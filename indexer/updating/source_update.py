"""Compare one source with its articles in the index: which to index, to keep and to remove."""

from collections.abc import Iterable, Iterator

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source
from indexer.storing.drafts import Draft, LiveArticle
from indexer.storing.sources import RememberedSource
from indexer.storing.staging import Staging
from indexer.types import Article, Passage, Skipped
from indexer.updating.summary import Summary


class SourceUpdate:
    """The update of one source's articles in the index.

    Index the ``articles``, then ``finish``.
    """

    def __init__(
        self, source: Source, remembered: RememberedSource, staging: Staging, summary: Summary
    ) -> None:
        self.done = 0
        """How many bytes of the source have been processed."""
        self._source = source
        self._remembered = remembered
        self._staging = staging
        self._summary = summary
        self._skipped_before = len(summary.skipped)
        self._is_same = _looks_the_same(source, remembered, staging)
        # A source that looks the same is kept without loading its articles.
        live = [] if self._is_same else staging.live_articles(remembered.number)
        self._published = {it.name: it for it in live if it.born < staging.generation}
        self._keepable = {it.name: it for it in live if staging.keeps(it)}
        """The stored articles that can be kept and were not yet found in the source."""
        self._ending = {it.id for it in live}
        self._ambiguous = _shared_looks(live)
        self._restamped: list[tuple[int, int, int]] = []

    def entries(self) -> Iterator[Entry]:
        """The articles listed by the source, then indexed ones that could not be examined."""
        if self._is_same:
            return
        yield from self._source.entries
        if self._source.unseen:
            indexed = {**self._published, **self._keepable}
            yield from (self._stored(it) for it in indexed.values() if self._is_unseen(it.name))

    def articles(self) -> Iterator[tuple[Entry, Article]]:
        """The articles that are new or have changed; the others are kept, skipped or removed."""
        return filter(None, map(self.to_index, self.entries()))

    def to_index(self, entry: Entry) -> tuple[Entry, Article] | None:
        """The article if it is new or has changed; None if it is kept or skipped.

        An article that the system refuses to read is kept; in a rebuild its text is taken from the
        index. Raises SourceError if that text is damaged.
        """
        self.done = min(self.done + entry.size, self._source.size)
        return self._decided(entry, self._keepable.pop(entry.name, None))

    def draft(
        self, entry: Entry, article: Article, context: str, passages: tuple[Passage, ...]
    ) -> Draft:
        """The draft of an article of this source, from its passages."""
        source = self._remembered
        stamp = entry.size, entry.mtime_ns
        return Draft(source.number, str(source.path), article, *stamp, context, passages)

    def finish(self) -> None:
        """Stage and count the rest: changed file times, and articles no longer in the source."""
        self._summary.count_files(self._source.ignored, self._source.excluded)
        if self._is_same:
            self._summary.unchanged += self._staging.count(self._remembered.number)
        self._staging.restamp(self._restamped)
        self._staging.retire(self._ending)
        self._summary.disappeared.update((it.title, it.sha256) for it in self._published.values())
        skips = len(self._summary.skipped) > self._skipped_before
        # Without a stamp the next run compares all files again, and reports the skipped ones again.
        self._staging.stamp(self._remembered.number, None if skips else self._source.stamp)

    def _decided(self, entry: Entry, live: LiveArticle | None) -> tuple[Entry, Article] | None:
        """What ``to_index`` returns; ``live`` is the stored article if it can be kept."""
        if live and self._is_unchanged(entry, live):
            self._keep(live)
            return None
        try:
            article = entry.read()
        except UnreadableArticle as error:
            self._summary.skipped.append(Skipped(entry.name, str(error)))
            indexed = live or self._published.get(entry.name)
            is_kept = indexed is not None and isinstance(error, ArticleOutOfReach)
            return self._decided(self._stored(indexed), live) if indexed and is_kept else None
        if live and (live.title, live.sha256) == (article.title, article.sha256):
            if (live.size, live.mtime_ns) != (entry.size, entry.mtime_ns):
                self._restamped.append((live.id, entry.size, entry.mtime_ns))
            self._keep(live)
            return None
        self._count(entry.name, article.title, article.sha256)
        return entry, article

    def _stored(self, live: LiveArticle) -> Entry:
        """An entry that reads an article from the index, with the size and time stored there."""

        def read() -> Article:
            article = Article(live.name, live.title, self._staging.text(live))
            if article.sha256 != live.sha256:
                raise SourceError(
                    f"cannot read {live.name} in {self._remembered.path}, and its text in the"
                    " index is damaged, so it would be lost. Nothing was changed. Make the file"
                    " readable and run the command again"
                )
            return article

        return Entry(live.name, live.size, live.mtime_ns, read, (live.title, live.sha256))

    def _is_unseen(self, name: str) -> bool:
        return any(
            name == unseen or (unseen.endswith("/") and name.startswith(unseen)) or not unseen
            for unseen in self._source.unseen
        )

    def _is_unchanged(self, entry: Entry, live: LiveArticle) -> bool:
        """Whether the stored article is known to be current without reading its file."""
        if entry.known is not None:
            return entry.known == (live.title, live.sha256)
        look = entry.size, entry.mtime_ns
        is_same = entry.mtime_ns != 0 and look == (live.size, live.mtime_ns)
        return is_same and look not in self._ambiguous

    def _keep(self, live: LiveArticle) -> None:
        self._ending.discard(live.id)
        self._count(live.name, live.title, live.sha256)

    def _count(self, name: str, title: str, sha256: str) -> None:
        before = self._published.pop(name, None)
        if before is None and self._staging.is_first:
            self._summary.added += 1  # nothing can have moved, so no article is remembered
        elif before is None:
            self._summary.appeared[title, sha256] += 1
        elif (before.title, before.sha256) == (title, sha256):
            self._summary.unchanged += 1
        else:
            self._summary.changed += 1


def _looks_the_same(source: Source, remembered: RememberedSource, staging: Staging) -> bool:
    """Whether all files of a source look as they did when the published generation was built."""
    stamp = source.stamp
    return stamp is not None and stamp == remembered.stamp and staging.untouched(remembered.number)


def _shared_looks(live: Iterable[LiveArticle]) -> set[tuple[int, int]]:
    """Pairs of size and time that several articles share.

    Renaming a folder does not change the times of its files, so one of these articles could replace
    another one unnoticed. They are therefore always read.
    """
    names: dict[tuple[int, int], str] = {}
    return {
        (it.size, it.mtime_ns)
        for it in live
        if names.setdefault((it.size, it.mtime_ns), it.name) != it.name
    }
