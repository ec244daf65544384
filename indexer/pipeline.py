"""The whole pipeline in one function: articles -> passages -> vectors -> store.

``build`` updates an index from its sources; its cost depends on what has changed. Any sources can
be indexed into any folder.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias

from indexer.deriving.analysis import LANGUAGES, UNSTEMMED
from indexer.deriving.checking import Check
from indexer.deriving.languages import AUTO, language_of
from indexer.deriving.publishing import Gate, publish
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import SourceError
from indexer.storing.database import Connection, open_for_writing
from indexer.storing.folder import check_is_free
from indexer.storing.schema import DEFAULT_INDEX, is_index
from indexer.storing.staging import Staging
from indexer.storing.state import read_state
from indexer.types import ANALYSIS, Splitting
from indexer.updating.drafting import windows
from indexer.updating.embedding import Embedded, embedded
from indexer.updating.request import Request
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

    Raises SourceError if no source can be read, ModelError, and IndexFolderError (IndexBusy while
    another process writes). Everything else that cannot be read is listed in the summary.

    >>> summary = build("notes.locus", ["notes/"])
    >>> print(summary.articles, "articles,", summary.embedded, "passages embedded")
    """
    started = time.perf_counter()
    folder, summary = Path(index), Summary()
    paths, ending = tuple(map(Path, sources)), tuple(map(Path, forget))
    columns = [text_column] if isinstance(text_column, str) else text_column
    request = Request(folder, paths, exclude, hidden, ending, columns)
    _settings(splitting or Splitting(), passage_tokens, language)
    is_first = not is_index(folder)
    if is_first:
        check_is_free(folder)
        if not request.finds_articles(summary):
            return summary  # no index is created if there is nothing to index
    # Before any file is created, so that an error or interruption here leaves nothing behind.
    asked = _asked(encoder, model, progress, is_first=is_first, allow_download=allow_download)

    with open_for_writing(folder) as connection:
        current = read_state(connection, folder)
        check = Check(folder, current)
        identity = asked or (current.encoder if current else models.identify(models.DEFAULT_MODEL))
        before = splitting or (current.splitting if current else Splitting(language=AUTO))
        before = _settings(before, passage_tokens, language)
        splitting = _resolved(before, request, connection)
        staging = Staging(connection, folder, current, identity, splitting, from_scratch=rebuild)
        opened = request.open(connection, summary, everything=staging.rebuilds)
        if current is None and not opened and not summary.problems:
            raise request.no_sources()
        done, stored, total = 0, 0, sum(source.size for source, _ in opened)

        @cache
        def loaded() -> Encoder:
            if encoder is not None:
                return encoder
            progress(Progress(done, total, stored, "preparing the model"))
            found = load(identity)
            progress(Progress(done, total, stored))
            return found

        def either(wanted: EncoderIdentity) -> Encoder:
            return loaded() if wanted.key == identity.key else load(wanted)

        summary.disappeared.update(staging.retire_forgotten())
        for source, remembered in opened:
            update = SourceUpdate(source, remembered, staging, summary)
            with Steps() as steps:
                for window in _side_by_side(update, loaded, staging, steps):
                    staging.store(window.rows)
                    stored += len(window.rows)
                    summary.embedded += window.encoded
                    progress(Progress(done + window.done, total, stored))
            update.finish()
            done += source.size
        summary.settle()
        summary.reused = staging.changes().passages_added - summary.embedded
        publish(
            *(folder, staging, current, check, gate, either),
            lambda built, of: progress(Progress(built, of, stored, "building the search indexes")),
        )
        state = read_state(connection, folder)

    if state is not None:
        summary.generation = state.generation
        summary.articles, summary.passages = state.articles, state.passages
    summary.seconds = time.perf_counter() - started
    return summary


def _side_by_side(
    update: SourceUpdate, load: Callable[[], Encoder], staging: Staging, steps: Steps
) -> Iterator[Embedded]:
    """The articles to index as passages with their vectors; loads the encoder if there are any."""
    articles = update.articles()
    first = next(articles, None)
    if first is not None:
        encoder = load()
        passages = windows(update, chain([first], articles), encoder, staging.splitting)
        vectors = embedded(steps.ahead(passages), staging, encoder)
        yield from steps.ahead(vectors)


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


def _settings(settings: Splitting, passage_tokens: int | None, language: str | None) -> Splitting:
    """The settings of a run; raises SourceError for an unknown language."""
    if passage_tokens is not None:
        settings = replace(settings, target_tokens=passage_tokens)
    if language is not None:
        settings = replace(settings, language=language)
    if settings.language not in {AUTO, *LANGUAGES}:
        known = ", ".join(name for name in LANGUAGES if name != UNSTEMMED)
        raise SourceError(
            f"unknown language {settings.language!r}. Choose from: {known}, {UNSTEMMED} or {AUTO}"
        )
    return settings


def _resolved(settings: Splitting, request: Request, connection: Connection) -> Splitting:
    """The settings with a language that is found out, if it is not given, and newest analysis.

    An index of an older analysis keeps it until all of its sources can be read again.
    """
    if settings.language == AUTO:
        language = language_of(request.samples(connection), UNSTEMMED)
        settings = replace(settings, language=language)
    if settings.analysis < ANALYSIS and request.reaches_all(connection):
        settings = replace(settings, analysis=ANALYSIS)
    return settings
