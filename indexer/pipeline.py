"""The whole pipeline in one function: articles -> passages -> vectors -> store.

``build`` updates an index from its sources; its cost depends on what has changed. Any sources can
be indexed into any folder.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from indexer.deriving.analysis import LANGUAGES, UNSTEMMED, Analyzer
from indexer.deriving.checking import Check
from indexer.deriving.languages import AUTO, language_of
from indexer.deriving.publishing import Gate, publish
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import SourceError
from indexer.reading.articles import Entry
from indexer.splitting.passages import embedding_text, split_all
from indexer.storing.database import Connection, open_for_writing
from indexer.storing.drafts import Draft, PackedVectors, Row, passage_key
from indexer.storing.evidence import pack_vectors, pack_words
from indexer.storing.folder import check_is_free
from indexer.storing.schema import DEFAULT_INDEX, is_index
from indexer.storing.staging import Staging
from indexer.storing.state import read_state
from indexer.types import ANALYSIS, Article, Passage, Span, Splitting
from indexer.updating.request import Request
from indexer.updating.source_update import SourceUpdate
from indexer.updating.summary import Summary

_WINDOW = 512
"""How many passages are encoded together and stored in one transaction: enough to batch them by
length, but an interruption loses only seconds of work."""

_BATCH = 200_000
"""How many characters of articles are split together: enough for their tokens to be counted in one
call, little enough that reading them all takes no memory to speak of."""

Step: TypeAlias = Literal["preparing the model", "indexing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run: bytes of the sources processed, their total, and passages stored.

    While the ``step`` is "preparing the model" nothing is processed, and ``total`` may be 0.

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
    load: Callable[[EncoderIdentity], Encoder] = models.load,
    splitting: Splitting | None = None,
    passage_tokens: int | None = None,
    language: str | None = None,
    exclude: Sequence[str] | None = None,
    hidden: bool | None = None,
    forget: Sequence[Path | str] = (),
    rebuild: bool = False,
    allow_download: bool = False,
    gate: Gate | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Update the index in the folder ``index`` from its sources; create it if it does not exist.

    The sources are remembered; if none is given, the remembered ones are read again. ``exclude``
    (patterns in .gitignore syntax) and ``hidden`` select files and are remembered with the sources;
    None keeps the remembered selection. The articles of sources to ``forget`` are removed.

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
    request = Request(folder, tuple(map(Path, sources)), exclude, hidden, tuple(map(Path, forget)))
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
            for window in _windows(_drafts(update, loaded, splitting)):
                rows = _embed(window, staging, loaded, summary)
                staging.store(rows)
                stored += len(rows)
                progress(Progress(done + update.done, total, stored))
            update.finish()
            done += source.size
        summary.settle()
        summary.reused = staging.changes().passages_added - summary.embedded
        publish(folder, staging, current, check, gate, either)
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


def _drafts(
    update: SourceUpdate, load: Callable[[], Encoder], splitting: Splitting
) -> Iterator[Draft]:
    """Yield the articles of a source that are new or have changed, split."""
    for batch in _batches(update.articles()):
        encoder = load()
        split = split_all(
            [(article.title, article.text) for _, article in batch],
            encoder.count_tokens,
            encoder.passage_limit,
            splitting,
        )
        for (entry, article), (context, passages) in zip(batch, split, strict=True):
            yield update.draft(entry, article, context, tuple(passages))


def _batches(
    found: Iterable[tuple[Entry, Article]],
) -> Iterator[list[tuple[Entry, Article]]]:
    """Articles in batches that are split together, of about ``_BATCH`` characters."""
    batch: list[tuple[Entry, Article]] = []
    characters = 0
    for entry, article in found:
        batch.append((entry, article))
        characters += len(article.text)
        if characters >= _BATCH:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _windows(drafts: Iterable[Draft]) -> Iterator[list[tuple[Draft, Passage]]]:
    rows = ((draft, passage) for draft in drafts for passage in draft.passages)
    while window := list(islice(rows, _WINDOW)):
        yield window


def _embed(
    window: Sequence[tuple[Draft, Passage]],
    staging: Staging,
    load: Callable[[], Encoder],
    summary: Summary,
) -> list[Row]:
    """The rows of passages with their vectors, from the index if it has them, else encoded."""
    wanted: dict[bytes, tuple[str, list[Span]]] = {}
    keys = []
    for draft, passage in window:
        text = embedding_text(draft.context, passage.text)
        shift = len(text) - len(passage.text) - passage.start
        parts = [Span(start + shift, end + shift) for start, end in passage.sentences]
        keys.append(passage_key(staging.encoder, text, parts))
        wanted[keys[-1]] = text, parts
    vectors = staging.known_vectors(list(wanted))
    missing = [key for key in wanted if key not in vectors]
    if missing:
        texts, parts_of = zip(*(wanted[key] for key in missing), strict=True)
        vectors.update(zip(missing, _encode(load(), texts, parts_of), strict=True))
        summary.embedded += len(missing)
    return [
        Row(
            draft,
            passage,
            key,
            _packed(draft, passage, Analyzer.of(staging.splitting)),
            vectors[key],
        )
        for (draft, passage), key in zip(window, keys, strict=True)
    ]


def _encode(
    encoder: Encoder, texts: Sequence[str], parts: Sequence[Sequence[Span]]
) -> Iterator[PackedVectors]:
    """The packed vectors of passages, and of their sentences if the encoder computes them."""
    if not encoder.identity.reads_parts:
        for vector in encoder.encode_passages(texts):
            yield PackedVectors(vector.astype("<f2").tobytes(), None)
        return
    vectors, found = encoder.encode_with_parts(texts, parts)
    ends = np.cumsum([len(spans) for spans in parts])
    for vector, its in zip(vectors, np.split(found, ends[:-1]), strict=True):
        yield PackedVectors(vector.astype("<f2").tobytes(), pack_vectors(its))


def _packed(draft: Draft, passage: Passage, analyzer: Analyzer) -> bytes:
    """The words of the title and of each sentence, packed for the store."""
    text = draft.article.text
    runs = [draft.article.title, *(text[start:end] for start, end in passage.sentences)]
    return pack_words([analyzer.word_set(run) for run in runs])
