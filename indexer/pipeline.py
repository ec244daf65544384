"""The whole pipeline in one function: articles -> passages -> vectors -> store.

``build`` updates an index from its sources; its cost depends on what has changed. Any sources can
be indexed into any folder.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from indexer.deriving.checking import Check
from indexer.deriving.publishing import Gate, publish
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import ClusterError
from indexer.sharding.building import ShardedRun
from indexer.sharding.cluster import check_cluster, prepared_on
from indexer.sharding.in_turn import prepare_in_turn
from indexer.storing.database import open_for_writing
from indexer.storing.folder import check_is_free, check_is_no_shard
from indexer.storing.schema import DEFAULT_INDEX, is_index, is_sharded
from indexer.storing.staging import Staging
from indexer.storing.state import read_state
from indexer.types import Splitting
from indexer.updating.encoders import Encoders
from indexer.updating.indexing import IndexingRun, Progress, index_sources
from indexer.updating.request import Request
from indexer.updating.settings import Settings
from indexer.updating.summary import Summary


def build(
    index: Path | str = DEFAULT_INDEX,
    sources: Sequence[Path | str] = (),
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    load: Callable[[EncoderIdentity], Encoder] = models.load_for_indexing,
    splitting: Splitting | None = None,
    passage_tokens: int | None = None,
    language: str | None = None,
    exclude: Sequence[str] | None = None,
    hidden: bool | None = None,
    text_column: str | Sequence[str] | None = None,
    forget: Sequence[Path | str] = (),
    rebuild: bool = False,
    allow_download: bool = False,
    gate: Gate | None = None,
    shards: int | None = None,
    ray: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Update the index in the folder ``index`` from its sources; create it if it does not exist.

    The sources are remembered; if none is given, the remembered ones are read again. ``exclude``
    (patterns in .gitignore syntax) and ``hidden`` select files; the cells of the columns
    ``text_column`` are the texts of tables. These are remembered with the sources; None keeps what
    is remembered, and an empty sequence clears it. The articles of sources to ``forget`` are
    removed.

    ``model`` is a name or a folder; ``encoder`` replaces it. ``load`` is called if the index's own
    encoder is needed; it may return one kept from another run. ``passage_tokens`` and ``language``
    each change one of the settings in ``splitting``. ``language`` may be "auto", which is also the
    default of a new index: it is found out from the articles.

    ``rebuild``, a new model or new settings rebuild everything next to the current index and
    publish it in one step. ``gate`` gets what is about to be published and may raise GateClosed:
    then the current index stays in use, and the new vectors are kept for a later run. ``progress``
    is called after each step.

    ``shards`` divides a new index into so many indexes that are searched as one; a run then updates
    those whose articles have changed. Another number needs a ``rebuild``; None keeps it.

    ``ray`` prepares the shards with tasks on a Ray cluster: the address of one that this machine is
    part of, "auto" for the one that runs on this machine, or "local" to start one here for this
    run. A process that is connected to a cluster already uses that one.

    Raises SourceError if no source can be read, ModelError, ClusterError, and IndexFolderError
    (IndexBusy while another process writes). Everything else that cannot be read is listed in the
    summary.

    >>> summary = build("notes.locus", ["notes/"])
    >>> print(summary.articles, "articles,", summary.embedded, "passages embedded")
    """
    started = time.perf_counter()
    folder, summary = Path(index), Summary()
    paths, ending = tuple(map(Path, sources)), tuple(map(Path, forget))
    columns = [text_column] if isinstance(text_column, str) else text_column
    request = Request(folder, paths, exclude, hidden, ending, columns)
    settings = Settings(splitting, passage_tokens, language)
    settings.check()
    check_is_no_shard(folder)
    if ray is not None:
        check_cluster(ray)
        if shards is None and not is_sharded(folder):
            raise ClusterError(f"{folder} has no shards to prepare with Ray. Add --shards N")
    is_first = not is_index(folder)
    if is_first:
        check_is_free(folder)
        if not request.finds_articles(summary):
            return summary  # no index is created if there is nothing to index
    # Before any file is created, so that an error or interruption here leaves nothing behind.
    asked = _asked(encoder, model, progress, is_first=is_first, allow_download=allow_download)

    encoders = Encoders(encoder, load)
    if shards is not None or is_sharded(folder):
        with prepared_on(ray) if ray is not None else nullcontext(prepare_in_turn) as prepare_all:
            sharded = ShardedRun(
                *(folder, request, shards, settings, asked, encoders, rebuild, gate, progress),
                prepare_all,
            )
            summary = sharded.build()
        summary.seconds = time.perf_counter() - started
        return summary
    with open_for_writing(folder) as connection:
        current = read_state(connection, folder)
        check = Check(folder, current)
        identity = asked or (current.encoder if current else models.identify(models.DEFAULT_MODEL))
        wanted = settings.resolved(current, request, connection)
        staging = Staging(connection, folder, current, identity, wanted, from_scratch=rebuild)
        opened = request.open(connection, summary, everything=staging.rebuilds)
        if current is None and not opened and not summary.problems:
            raise request.no_sources()
        run = IndexingRun(encoders, identity, sum(source.size for source, _ in opened), progress)
        index_sources(opened, staging, summary, run)
        summary.settle()
        summary.reused = staging.changes().passages_added - summary.embedded
        publish(folder, staging, current, check, gate, encoders.of, run.built)
        state = read_state(connection, folder)

    if state is not None:
        summary.generation = state.generation
        summary.articles, summary.passages = state.articles, state.passages
    summary.seconds = time.perf_counter() - started
    return summary


def _asked(
    encoder: Encoder | None,
    model: str | None,
    progress: Callable[[Progress], None],
    *,
    is_first: bool,
    allow_download: bool,
) -> EncoderIdentity | None:
    """The requested encoder; None if the run uses that of the index. Raises ModelError."""
    if encoder is not None:
        return encoder.identity
    if model is None and not is_first:
        return None
    progress(Progress(0, 0, 0, "preparing the model"))
    name = models.DEFAULT_MODEL if model is None else model
    return models.identify(name, allow_download=allow_download)
