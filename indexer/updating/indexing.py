"""Index the articles of all sources of one index: articles -> passages -> vectors -> store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias

from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.reading.articles import Source
from indexer.storing.shards.vectors import OtherShards
from indexer.storing.sources import RememberedSource
from indexer.storing.staging import Staging
from indexer.updating.drafting import windows
from indexer.updating.embedding import Embedded, embedded
from indexer.updating.encoders import Encoders
from indexer.updating.source_update import SourceUpdate
from indexer.updating.steps import Steps
from indexer.updating.summary import Summary

Step: TypeAlias = Literal["preparing the model", "indexing", "building the search indexes"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run: bytes of the sources processed, their total, and passages stored.

    While the ``step`` is "preparing the model" nothing is processed, and ``total`` may be 0. In the
    last step, "building the search indexes", ``done`` and ``total`` count the passages that are
    read for them, not bytes. An update that only adds to these indexes skips this step.

    >>> build(".locus", ["articles"], progress=lambda it: print(f"{it.done} of {it.total} bytes"))
    0 of 48213 bytes
    """

    done: int
    total: int
    passages: int
    step: Step = "indexing"


class IndexingRun:
    """The progress of one run, and its encoder, which is loaded when it is first needed."""

    def __init__(
        self,
        encoders: Encoders,
        identity: EncoderIdentity,
        total: int,
        progress: Callable[[Progress], object],
    ) -> None:
        """``total`` is the number of bytes of the sources."""
        self.stored = 0
        self._encoders = encoders
        self._identity = identity
        self._total = total
        self._progress = progress
        self._done = 0

    def encoder(self) -> Encoder:
        """The encoder of the run."""
        return self._encoders.of(self._identity, self._prepares)

    def indexed(self, done: int, stored: int) -> None:
        """Tell that so many bytes are done, and so many more passages stored."""
        self._done, self.stored = done, self.stored + stored
        self._progress(Progress(done, self._total, self.stored))

    def built(self, done: int, total: int) -> None:
        """Tell how many passages were read for the derived files, of how many."""
        self._progress(Progress(done, total, self.stored, "building the search indexes"))

    def _prepares(self, *, is_ready: bool) -> None:
        step: Step = "indexing" if is_ready else "preparing the model"
        self._progress(Progress(self._done, self._total, self.stored, step))


def index_sources(
    opened: Sequence[tuple[Source, RememberedSource]],
    staging: Staging,
    summary: Summary,
    run: IndexingRun,
    others: OtherShards | None = None,
) -> None:
    """Stage what is new or has changed in some sources, and what is no longer in them.

    Vectors that ``others`` have are reused.
    """
    before = 0
    summary.disappeared.update(staging.retire_forgotten())
    for source, remembered in opened:
        update = SourceUpdate(source, remembered, staging, summary)
        with Steps() as steps:
            for window in _side_by_side(update, run.encoder, staging, steps, others):
                staging.store(window.rows)
                summary.embedded += window.encoded
                run.indexed(before + window.done, len(window.rows))
        update.finish()
        before += source.size


def _side_by_side(
    update: SourceUpdate,
    load: Callable[[], Encoder],
    staging: Staging,
    steps: Steps,
    others: OtherShards | None,
) -> Iterator[Embedded]:
    """The articles to index as passages with their vectors; loads the encoder if there are any."""
    articles = update.articles()
    first = next(articles, None)
    if first is not None:
        encoder = load()
        passages = windows(update, chain([first], articles), encoder, staging.splitting)
        vectors = embedded(steps.ahead(passages), staging, encoder, others)
        yield from steps.ahead(vectors)
