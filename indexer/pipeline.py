"""Articles to passages to vectors to store: the whole pipeline, in one function.

``build`` brings an index up to date with its sources, and costs what has changed. It runs over any
sources into any folder, so that the parts of a corpus can be built apart and searched together.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from indexer import derive, models
from indexer.articles import Source, open_source
from indexer.compare import Comparison, Tally
from indexer.drafts import Draft, Row, passage_key
from indexer.encoder import Encoder, EncoderIdentity
from indexer.errors import SourceError
from indexer.passages import embedding_text, split, title_context
from indexer.schema import DEFAULT_INDEX, is_index
from indexer.staging import Staging, open_for_writing
from indexer.store import State, read_state
from indexer.types import Passage, Splitting

_WINDOW = 512
"""Passages encoded together and stored in one transaction: enough to sort them by length, and
little enough that an interruption costs seconds."""


@dataclass(slots=True)
class Summary(Tally):
    """What a run did, and the index after it.

    ``problems`` are sources that were named and could not be read at all. ``reused`` counts the
    passages of new and changed articles whose vectors the index already had.
    """

    problems: list[str] = field(default_factory=list)
    embedded: int = 0
    reused: int = 0
    articles: int = 0
    passages: int = 0
    generation: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: bytes of the sources read, of all of them, and passages stored."""

    done: int
    total: int
    passages: int


def build(
    index: Path | str = DEFAULT_INDEX,
    sources: Sequence[Path | str] = (),
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    splitting: Splitting | None = None,
    rebuild: bool = False,
    allow_download: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Bring the index in the folder ``index`` up to date with its sources; make it if need be.

    The sources are remembered; without any, those remembered are read again. ``model`` is a name
    or a folder, ``encoder`` an encoder in its place. ``rebuild``, a new model or new ``splitting``
    makes everything anew, beside the index as it stands, and publishes it in one step.

    Raises SourceError if no source can be read, ModelError, and IndexFolderError (IndexBusy while
    another process writes). What cannot be read besides is in the summary, and the rest goes on.
    """
    started = time.perf_counter()
    folder, summary = Path(index), Summary()
    named = _open(sources, summary)
    if not named and (sources or not is_index(folder)):
        raise SourceError(
            "; ".join(summary.problems) or f"no sources: `locus index SOURCE --index {folder}`"
        )

    if not is_index(folder) and all(source.entries == [] for source in named):
        for source in named:
            summary.ignore(source.ignored)
        return summary  # nothing to make an index of

    with open_for_writing(folder) as connection:
        current = read_state(connection)
        identity = _identity(encoder, model, current, allow_download=allow_download)
        splitting = splitting or (current.splitting if current else Splitting())
        staging = Staging(connection, current, identity, splitting, afresh=rebuild)
        opened = _with_remembered(named, staging, summary)
        load = cache(lambda: encoder or models.load(identity))

        done, stored, total = 0, 0, sum(source.size for source in opened)
        for source in opened:
            comparison = Comparison(source, staging, summary)
            drafts = _drafts(comparison, load, splitting)
            for window in _windows(drafts):
                rows = _embed(window, staging, load, summary)
                staging.store(rows)
                stored += len(rows)
                progress(Progress(done + comparison.done, total, stored))
            comparison.finish()
            done += source.size
        summary.reused = staging.changes().passages_added - summary.embedded
        derive.publish(folder, staging, current)
        state = read_state(connection)

    if state is not None:
        summary.generation = state.generation
        summary.articles, summary.passages = state.articles, state.passages
    summary.seconds = time.perf_counter() - started
    return summary


def _open(paths: Iterable[Path | str], summary: Summary) -> list[Source]:
    """The sources that can be read, each once; the others become problems."""
    opened: dict[Path, Source] = {}
    for path in paths:
        try:
            source = open_source(Path(path), summary.skipped.append)
        except SourceError as error:
            summary.problems.append(str(error))
        else:
            opened[source.path] = source
    return list(opened.values())


def _with_remembered(named: list[Source], staging: Staging, summary: Summary) -> list[Source]:
    """The named sources, and those remembered where they are to be read too.

    Where nothing that stands can be kept, every source is needed: one that is gone would take its
    articles with it.
    """
    remembered = [path for path in staging.sources() if path not in {s.path for s in named}]
    if staging.anew:
        found = _open(remembered, summary)
        if len(found) < len(remembered):
            raise SourceError(
                "; ".join(summary.problems)
                + ": its articles would be lost; the index stays as it is"
            )
        return named + found
    return named or _open(remembered, summary)


def _identity(
    encoder: Encoder | None, model: str | None, current: State | None, *, allow_download: bool
) -> EncoderIdentity:
    if encoder is not None:
        return encoder.identity
    if model is None and current is not None:
        return current.encoder
    return models.identify(model or models.DEFAULT_MODEL, allow_download=allow_download)


def _drafts(
    comparison: Comparison, load: Callable[[], Encoder], splitting: Splitting
) -> Iterator[Draft]:
    for entry, article in comparison.to_index():
        encoder = load()
        count, limit = encoder.count_tokens, encoder.passage_limit
        context = title_context(article.title, count, limit)
        passages = split(article.text, context, count, limit, splitting)
        yield comparison.draft(entry, article, context, tuple(passages))


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
    """Passages with their vectors: from the index where it has them, else from the encoder."""
    texts = {}
    keys = []
    for draft, passage in window:
        text = embedding_text(draft.context, passage.text)
        keys.append(passage_key(staging.encoder, text))
        texts[keys[-1]] = text
    vectors = staging.known_vectors(list(texts))
    missing = [key for key in texts if key not in vectors]
    if missing:
        encoded = load().encode_passages([texts[key] for key in missing]).astype("<f2")
        vectors.update(zip(missing, map(np.ndarray.tobytes, encoded), strict=True))
        summary.embedded += len(missing)
    return [
        Row(draft, passage, key, vectors[key])
        for (draft, passage), key in zip(window, keys, strict=True)
    ]
