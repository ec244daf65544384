"""Compare one source with its articles in the index: which to index, to keep and to remove."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from indexer.errors import ArticleOutOfReach, ReaderFailed, SourceError
from indexer.reading.ahead import ReadEntry, read_ahead
from indexer.reading.articles import Entry, Source, given
from indexer.reading.places import places
from indexer.reading.worker import WORKER
from indexer.storing.drafts import Draft, LiveArticle
from indexer.storing.sources import RememberedSource
from indexer.storing.staging import Staging
from indexer.storing.structure import pack_metadata, pack_structure
from indexer.types import Article, Passage
from indexer.updating.containers import Containers
from indexer.updating.skipping import Skipping
from indexer.updating.summary import Summary


class SourceUpdate:
    """The update of one source's articles in the index.

    Index the articles that ``articles`` yields, then call ``finish``.
    """

    def __init__(
        self, source: Source, remembered: RememberedSource, staging: Staging, summary: Summary
    ) -> None:
        self._passed = self._within = 0
        """Bytes of the files that have been processed, and of the container that is being read."""
        self._source = source
        self._remembered = remembered
        self._staging = staging
        self._summary = summary
        self._is_same = _looks_the_same(source, remembered, staging)
        # A source that looks the same is kept without loading its articles.
        live = [] if self._is_same else staging.live_articles(remembered.number)
        self._published = {it.name: it for it in live if it.born < staging.generation}
        self._keepable = {it.name: it for it in live if staging.keeps(it)}
        """The stored articles that can be kept and were not yet found in the source."""
        self._found: dict[str, LiveArticle] = {}
        """Those that were found, and whose files are being read."""
        self._ending = {it.id for it in live}
        self._ambiguous = _shared_looks(live)
        self._restamped: list[tuple[int, int, int]] = []
        self._skipping = Skipping(source, remembered, staging, summary)
        self._containers = Containers(live)
        if source.lines is not None:
            known = ((_look(it), name) for name, it in self._keepable.items() if it.mtime_ns != 0)
            source.lines.update(known)

    @property
    def done(self) -> int:
        """How many bytes of the source have been processed."""
        return min(self._passed + self._within, self._source.size)

    def articles(self) -> Iterator[tuple[Entry, Article]]:
        """The articles that are new or have changed; the others are kept, or skipped.

        They are those listed by the source, then indexed ones that could not be examined. An
        article that the system refuses to read is kept; in a rebuild its text is taken from the
        index. Raises SourceError if that text is damaged.
        """
        if self._is_same:
            return
        for outcome in read_ahead(self._to_read()):
            yield from self._decided(outcome)
        if self._source.unseen:
            indexed = {**self._published, **self._keepable}
            yield from self._kept_anyway(it for it in indexed.values() if self._is_unseen(it))

    def draft(
        self, entry: Entry, article: Article, context: str, passages: tuple[Passage, ...]
    ) -> Draft:
        """The draft of an article of this source, from its passages."""
        source, structure = self._remembered, pack_structure(article)
        return Draft(
            source.number,
            str(source.path),
            article,
            entry.size,
            entry.mtime_ns,
            context,
            passages,
            entry.container,
            places(article, (it.start for it in passages)),
            pack_metadata(article.metadata, structure),
            structure,
        )

    def finish(self) -> None:
        """Stage and count the rest: changed file times, and articles no longer in the source."""
        WORKER.close()
        number = self._remembered.number
        self._summary.count_files(self._source.ignored, self._source.excluded)
        if self._is_same:
            self._summary.unchanged += self._staging.count(number)
            self._skipping.keep_all_left_out()
        self._staging.restamp(self._restamped)
        self._staging.retire(self._ending)
        self._staging.restamp_containers(number, self._containers.complete)
        self._summary.disappeared.update((it.title, it.sha256) for it in self._published.values())
        # Without a stamp the next run compares all files again, and reports the skipped ones again.
        stamp = None if self._skipping.has_skipped else self._source.stamp
        self._staging.note(number, stamp, self._skipping.rows())

    def _to_read(self) -> Iterator[Entry]:
        """The entries that have to be read; what is known to be current is kept."""
        for entry in self._source.entries:
            reason = self._skipping.known_reason(entry)
            if reason is not None:
                # Reading it would fail again, and can take minutes.
                refused = partial(given, ReaderFailed(reason))
                yield replace(entry, read=refused, members=None, is_apart=False)
            elif entry.members is not None:
                if self._keeps_members(entry):
                    self._pass(entry)
                else:
                    yield entry
            else:
                live = self._keepable.pop(entry.name, None)
                if live and self._is_unchanged(entry, live):
                    self._keep(live)
                    self._skipping.keep_left_out(live.name)
                    self._pass(entry)
                    continue
                if live:
                    self._found[entry.name] = live
                yield entry

    def _keeps_members(self, entry: Entry) -> bool:
        """Keep the articles of a container, if it has not changed."""
        if entry.mtime_ns == 0 or _look(entry) in self._ambiguous:
            return False
        members = [it for it in self._containers.unchanged(entry) if it.name in self._keepable]
        if not members and not self._skipping.has_known_members(entry):
            return False
        for it in members:
            self._keep(self._keepable.pop(it.name))
            self._skipping.keep_left_out(it.name)
        self._skipping.skip_known_members(entry)
        return True

    def _pass(self, entry: Entry) -> None:
        if entry.container is None:
            self._passed, self._within = self._passed + entry.size, 0
        else:
            self._within = max(self._within, min(entry.end, entry.size))

    def _decided(self, outcome: ReadEntry) -> Iterator[tuple[Entry, Article]]:
        """The article of an outcome, if it has to be indexed; and what is kept if it fails."""
        entry, found = outcome.entry, outcome.found
        self._pass(entry)
        live = self._found.pop(entry.name, None) or self._keepable.pop(entry.name, None)
        if isinstance(found, Article):
            self._summary.count_read(entry.format, found.encoding)
            self._skipping.note_left_out(entry, found.left_out)
            yield from self._compared(entry, found, live)
        elif found is None:
            self._summary.count_read(entry.format)
            self._containers.complete.append((entry.name, entry.size, entry.mtime_ns))
            self._skipping.complete(entry)
        else:
            self._skipping.skip(entry, found)
            indexed = live or self._published.get(entry.name)
            if indexed and isinstance(found, ArticleOutOfReach):
                yield from self._compared_with_itself(indexed, live)
            yield from self._kept_anyway(
                it
                for it in self._containers.articles(entry.name)
                if it.name in self._keepable or it.name in self._published
            )

    def _kept_anyway(self, indexed: Iterable[LiveArticle]) -> Iterator[tuple[Entry, Article]]:
        """Keep articles whose files could not be read; in a rebuild they have to be indexed."""
        for it in list(indexed):
            yield from self._compared_with_itself(it, self._keepable.pop(it.name, None))

    def _compared_with_itself(
        self, indexed: LiveArticle, live: LiveArticle | None
    ) -> Iterator[tuple[Entry, Article]]:
        self._skipping.keep_left_out(indexed.name)
        if live is not None:
            self._keep(live)
            return
        entry = self._stored(indexed)
        yield from self._compared(entry, entry.read(), None)

    def _compared(
        self, entry: Entry, article: Article, live: LiveArticle | None
    ) -> Iterator[tuple[Entry, Article]]:
        """The article, unless it is that of the index; ``live`` is the stored one, if kept."""
        if live and _identity(live) == (*_content(article), entry.container):
            if entry.container is None and _look(live) != _look(entry):
                self._restamped.append((live.id, entry.size, entry.mtime_ns))
            self._keep(live)
            return
        self._count(entry.name, _content(article))
        yield entry, article

    def _stored(self, live: LiveArticle) -> Entry:
        """An entry that reads an article from the index, with the size and time stored there."""

        def read() -> Article:
            try:
                article = self._staging.article(live)
                is_intact = article.sha256 == live.sha256
            except ValueError:
                is_intact = False
            if not is_intact:
                raise SourceError(
                    f"cannot read {live.name} in {self._remembered.path}, and its text in the"
                    " index is damaged, so it would be lost. Nothing was changed. Make the file"
                    " readable and run the command again"
                )
            return article

        return Entry(live.name, live.size, live.mtime_ns, read, container=live.container)

    def _is_unseen(self, live: LiveArticle) -> bool:
        return any(
            live.file == unseen
            or (unseen.endswith("/") and live.name.startswith(unseen))
            or not unseen
            for unseen in self._source.unseen
        )

    def _is_unchanged(self, entry: Entry, live: LiveArticle) -> bool:
        """Whether the stored article is known to be current without reading its file."""
        if live.container is not None:
            return False
        if entry.known is not None:
            return entry.known == (live.title, live.sha256)
        look = _look(entry)
        return entry.mtime_ns != 0 and look == _look(live) and look not in self._ambiguous

    def _keep(self, live: LiveArticle) -> None:
        self._ending.discard(live.id)
        self._count(live.name, (live.title, live.sha256, live.metadata))

    def _count(self, name: str, content: tuple[str, str, str | None]) -> None:
        before = self._published.pop(name, None)
        title, sha256, metadata = content
        if before is None and self._staging.is_first:
            self._summary.added += 1  # nothing can have moved, so no article is remembered
        elif before is None:
            self._summary.appeared[title, sha256] += 1
        elif (before.title, before.sha256, before.metadata) == (title, sha256, metadata):
            self._summary.unchanged += 1
        else:
            self._summary.changed += 1


def _content(article: Article) -> tuple[str, str, str | None]:
    """What makes an article a changed one."""
    metadata = pack_metadata(article.metadata, pack_structure(article))
    return article.title, article.sha256, metadata


def _identity(live: LiveArticle) -> tuple[str, str, str | None, str | None]:
    return live.title, live.sha256, live.metadata, live.container


def _look(of: Entry | LiveArticle) -> tuple[int, int]:
    return of.size, of.mtime_ns


def _looks_the_same(source: Source, remembered: RememberedSource, staging: Staging) -> bool:
    """Whether all files of a source look as they did when the published generation was built."""
    stamp = source.stamp
    return stamp is not None and stamp == remembered.stamp and staging.untouched(remembered.number)


def _shared_looks(live: Iterable[LiveArticle]) -> set[tuple[int, int]]:
    """Pairs of size and time that articles of several files share.

    Renaming a folder does not change the times of its files, so one of these articles could replace
    another one unnoticed. They are therefore always read.
    """
    names: dict[tuple[int, int], str] = {}
    return {_look(it) for it in live if names.setdefault(_look(it), it.file) != it.file}
