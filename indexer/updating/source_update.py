"""One source against what the index holds of it: which articles to index, to keep and to end."""

from collections.abc import Iterable, Iterator

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source
from indexer.storing.drafts import Draft, Standing
from indexer.storing.sources import RememberedSource
from indexer.storing.staging import Staging
from indexer.types import Article, Passage, Skipped
from indexer.updating.summary import Summary


class SourceUpdate:
    """The update of one source's articles in the index.

    Give each of ``entries`` to ``to_index``, index the articles that it returns, then ``finish``.
    """

    def __init__(
        self, source: Source, remembered: RememberedSource, staging: Staging, summary: Summary
    ) -> None:
        self.done = 0
        """Bytes of the source that have been dealt with."""
        self._source = source
        self._remembered = remembered
        self._staging = staging
        self._summary = summary
        self._skipped_before = len(summary.skipped)
        self._is_same = _looks_the_same(source, remembered, staging)
        # Nothing of a source that looks the same is loaded: it stays as it is.
        standing = [] if self._is_same else staging.standing(remembered.number)
        self._published = {it.name: it for it in standing if it.born < staging.generation}
        self._keepable = {it.name: it for it in standing if staging.keeps(it)}
        """What may stay as it is stored, until the source has named it."""
        self._ending = {it.id for it in standing}
        self._ambiguous = _shared_looks(standing)
        self._restamped: list[tuple[int, int, int]] = []

    def entries(self) -> Iterator[Entry]:
        """The articles to decide on: those listed, then those held that could not be looked at."""
        if self._is_same:
            return
        yield from self._source.entries
        if self._source.unseen:
            held = {**self._published, **self._keepable}
            yield from (self._stored(it) for it in held.values() if self._is_unseen(it.name))

    def to_index(self, entry: Entry) -> tuple[Entry, Article] | None:
        """An article that is new or has changed; None if it stays as it is, or is skipped.

        An article that the system refuses to read stays. Where nothing can stay as it is stored,
        it comes from the index itself. Raises SourceError if the index's text of it is damaged.
        """
        self.done = min(self.done + entry.size, self._source.size)
        return self._decided(entry, self._keepable.pop(entry.name, None))

    def draft(
        self, entry: Entry, article: Article, context: str, passages: tuple[Passage, ...]
    ) -> Draft:
        """An article of this source, split."""
        source = self._remembered
        stamp = entry.size, entry.mtime_ns
        return Draft(source.number, str(source.path), article, *stamp, context, passages)

    def finish(self) -> None:
        """Stage and count what the run has shown: new times, and what is no longer there."""
        self._summary.pass_over(self._source.ignored, self._source.excluded)
        if self._is_same:
            self._summary.unchanged += self._staging.count(self._remembered.number)
        self._staging.restamp(self._restamped)
        self._staging.retire(self._ending)
        self._summary.gone.update((it.title, it.sha256) for it in self._published.values())
        skips = len(self._summary.skipped) > self._skipped_before
        # What was skipped is to be said again by the next run, which therefore has to look.
        self._staging.stamp(self._remembered.number, None if skips else self._source.stamp)

    def _decided(self, entry: Entry, standing: Standing | None) -> tuple[Entry, Article] | None:
        """What ``to_index`` returns; ``standing`` is the article if it may stay as it is stored."""
        if standing and self._is_as_it_was(entry, standing):
            self._keep(standing)
            return None
        try:
            article = entry.read()
        except UnreadableArticle as error:
            self._summary.skipped.append(Skipped(entry.name, str(error)))
            held = standing or self._published.get(entry.name)
            is_kept = held is not None and isinstance(error, ArticleOutOfReach)
            return self._decided(self._stored(held), standing) if held and is_kept else None
        if standing and (standing.title, standing.sha256) == (article.title, article.sha256):
            if (standing.size, standing.mtime_ns) != (entry.size, entry.mtime_ns):
                self._restamped.append((standing.id, entry.size, entry.mtime_ns))
            self._keep(standing)
            return None
        self._count(entry.name, article.title, article.sha256)
        return entry, article

    def _stored(self, standing: Standing) -> Entry:
        """An article as the index holds it, with the size and time that its text was read at."""

        def read() -> Article:
            article = Article(standing.name, standing.title, self._staging.text(standing))
            if article.sha256 != standing.sha256:
                raise SourceError(
                    f"{standing.name} in {self._remembered.path} cannot be read, and its text in"
                    " the index is damaged: it would be lost; make it readable; nothing was changed"
                )
            return article

        holds = standing.title, standing.sha256
        return Entry(standing.name, standing.size, standing.mtime_ns, read, holds)

    def _is_unseen(self, name: str) -> bool:
        return any(
            name == unseen or (unseen.endswith("/") and name.startswith(unseen)) or not unseen
            for unseen in self._source.unseen
        )

    def _is_as_it_was(self, entry: Entry, standing: Standing) -> bool:
        """Whether an article is known as the one that stands without reading its file."""
        if entry.holds is not None:
            title, sha256 = entry.holds
            # The text is at hand: to make a title of it reads nothing.
            return sha256 == standing.sha256 and (title or entry.read().title) == standing.title
        look = entry.size, entry.mtime_ns
        is_same = entry.mtime_ns != 0 and look == (standing.size, standing.mtime_ns)
        return is_same and look not in self._ambiguous

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


def _looks_the_same(source: Source, remembered: RememberedSource, staging: Staging) -> bool:
    """Whether a source has all files as they were when the published generation was made."""
    stamp = source.stamp
    return stamp is not None and stamp == remembered.stamp and staging.untouched(remembered.number)


def _shared_looks(standing: Iterable[Standing]) -> set[tuple[int, int]]:
    """Sizes and times that several articles have.

    Renaming a folder changes no time of the files in it. So one of these articles can take the
    place of another unseen, and is read.
    """
    names: dict[tuple[int, int], str] = {}
    return {
        (it.size, it.mtime_ns)
        for it in standing
        if names.setdefault((it.size, it.mtime_ns), it.name) != it.name
    }
