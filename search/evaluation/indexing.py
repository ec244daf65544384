"""The index that answers a dataset's questions: the user's, or a separate one that is kept."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.command.progress import progress_bar
from indexer.encoding.encoder import Encoder
from indexer.errors import DatasetError, IndexBusy
from indexer.pipeline import build
from indexer.text import plain
from indexer.types import Selection, Splitting
from indexer.updating.summary import counted
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured.indexes import articles_of, cached_index, coverage

_BUSY_SECONDS = 0.5


def index_for(
    dataset: Dataset, folder: Path, index: Path, say: Callable[[str], object], *, is_named: bool
) -> Path:
    """The ``index`` if it contains the dataset in ``folder``, or a separate one in the cache.

    An index that the user named is used even if it contains only a part of the dataset; notes say
    what it lacks.
    """
    covered = coverage(index, dataset)
    if covered.is_whole or (is_named and covered.there):
        say(f"using index {index}")
        return index
    source = articles_of(folder)
    separate = cached_index(source)
    say(f"{plain(covered.lacks)}, so a separate index of {source} is used: {separate}")
    update(separate, [source], say)
    return separate


def update(
    index: Path,
    sources: Sequence[Path],
    say: Callable[[str], object],
    *,
    encoder: Encoder | None = None,
    splitting: Splitting | None = None,
    selection: Selection | None = None,
) -> None:
    """Update an index from ``sources``, after waiting for any other process that updates it.

    Without sources, from those that it remembers. The other options are as in ``build``. Raises
    DatasetError if there are no articles, and what ``build`` raises.
    """
    told = False
    while True:
        try:
            with progress_bar() as show:
                summary = build(
                    index,
                    sources,
                    encoder=encoder,
                    splitting=splitting,
                    exclude=selection.exclude if selection else None,
                    hidden=selection.hidden if selection else None,
                    text_column=selection.text_columns if selection else None,
                    progress=show,
                )
            break
        except IndexBusy:
            if not told:
                say(f"waiting for another locus process that is updating {index}")
            told = True
            time.sleep(_BUSY_SECONDS)
    if not summary.articles:
        raise DatasetError(f"no articles to index in {', '.join(map(str, sources)) or index}")
    if summary.skipped:
        first = summary.skipped[0]
        skipped = counted(len(summary.skipped), "article")
        say(plain(f"skipped {skipped} (e.g. {first.article}: {first.reason})"))
    if summary.has_changes:
        say(
            f"indexed {counted(summary.articles, 'article')} in {summary.seconds:.1f} s,"
            f" {counted(summary.embedded, 'passage')} embedded"
        )
