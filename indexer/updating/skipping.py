"""What an update of a source skips: named in the summary, and noted in the index.

Reading a file in the worker can take minutes before it fails. So a file that failed there is not
read again until it changes, but it is skipped again, with the same reason.
"""

from collections import defaultdict
from collections.abc import Sequence

from indexer.errors import ArticleOutOfReach, ReaderFailed, UnreadableArticle
from indexer.reading.articles import Entry, Source
from indexer.reading.formats import READERS_VERSION
from indexer.storing.skips import SkippedFile, known_partial, known_skips
from indexer.storing.sources import RememberedSource
from indexer.storing.staging import Staging
from indexer.types import Skipped
from indexer.updating.summary import Summary

_NAMED_PARTS = 5


def read_without(left_out: Sequence[str]) -> str:
    """The sentence that names the parts of a file that could not be read.

    >>> read_without(["page 3 (damaged)"])
    'read without page 3 (damaged)'
    """
    more = len(left_out) - _NAMED_PARTS
    return f"read without {', '.join(left_out[:_NAMED_PARTS])}" + (
        f" and {more:,} more" if more > 0 else ""
    )


class Skipping:
    """The skipped files of one source in this run, and those known from the last one."""

    def __init__(
        self, source: Source, remembered: RememberedSource, staging: Staging, summary: Summary
    ) -> None:
        self._source = source
        self._summary = summary
        self._listed = len(source.skipped)
        self._noted: dict[str, SkippedFile] = {}
        self._files: dict[str, SkippedFile] = {}
        self._members: defaultdict[str, list[SkippedFile]] = defaultdict(list)
        self._partial: dict[str, SkippedFile] = {}
        self._known_partial: dict[str, SkippedFile] = {}
        if staging.rebuilds:
            return
        for it in known_partial(staging.connection, remembered.number):
            self._known_partial[it.name] = it
        for it in known_skips(staging.connection, remembered.number, READERS_VERSION):
            if it.container is None:
                self._files[it.name] = it
            else:
                self._members[it.container].append(it)

    @property
    def has_skipped(self) -> bool:
        """Whether an article that is listed was skipped."""
        return len(self._source.skipped) > self._listed

    def rows(self) -> list[SkippedFile]:
        """What was skipped or read in part, for the index."""
        skipped = [
            self._noted.get(it.article) or SkippedFile(it.article, it.reason)
            for it in self._source.skipped
        ]
        return [*skipped, *self._partial.values()]

    def note_left_out(self, entry: Entry, left_out: Sequence[str]) -> None:
        """Note the parts of an article's file that could not be read."""
        if left_out:
            reason = read_without(left_out)
            it = SkippedFile(entry.name, reason, entry.container, partial=True)
            self._partial[entry.name] = it
            self._summary.partial.append(Skipped(entry.name, reason))

    def keep_left_out(self, name: str) -> None:
        """Keep what is known of an article that is kept without reading its file."""
        if (known := self._known_partial.get(name)) is not None:
            self._partial[name] = known

    def keep_all_left_out(self) -> None:
        """Keep what is known of all articles."""
        self._partial |= self._known_partial

    def known_reason(self, entry: Entry) -> str | None:
        """Why the file failed in an earlier run, if it has not changed since."""
        known = self._files.get(entry.name)
        return known.reason if known is not None and _is_look_of(entry, known) else None

    def has_known_members(self, entry: Entry) -> bool:
        """Whether articles in a container were skipped when it last was as it is now."""
        return any(_is_look_of(entry, it) for it in self._members.get(entry.name, ()))

    def skip_known_members(self, entry: Entry) -> None:
        """Skip the articles in a container that has not changed, and that were skipped before."""
        for it in self._members.get(entry.name, ()):
            if _is_look_of(entry, it):
                self._skip(it)

    def skip(self, entry: Entry, error: UnreadableArticle) -> None:
        """Skip an entry; ``error`` says why."""
        self._summary.count_skipped(entry.format, str(error))
        is_file = entry.format != "" and entry.mtime_ns != 0
        may_pass = isinstance(error, ArticleOutOfReach) and not isinstance(error, ReaderFailed)
        it = SkippedFile(entry.name, str(error), entry.container, version=READERS_VERSION)
        if is_file and not may_pass:
            it = it._replace(size=entry.size, mtime_ns=entry.mtime_ns)
        self._skip(it)

    def complete(self, entry: Entry) -> None:
        """Note the size and time of a container that was read to its end, for its articles."""
        if entry.mtime_ns == 0:
            return
        for name, it in self._noted.items():
            if it.container == entry.name:
                self._noted[name] = it._replace(size=entry.size, mtime_ns=entry.mtime_ns)

    def _skip(self, it: SkippedFile) -> None:
        self._noted[it.name] = it
        skipped = Skipped(it.name, it.reason)
        self._source.skipped.append(skipped)
        self._summary.skipped.append(skipped)


def _is_look_of(entry: Entry, known: SkippedFile) -> bool:
    return entry.mtime_ns != 0 and (entry.size, entry.mtime_ns) == (known.size, known.mtime_ns)
