"""Which index answers a dataset's questions: the user's own, or one of the dataset in the cache.

An index holds a dataset if it has every judged article, by name and with the dataset's text; what
it holds besides makes the questions harder, as it does for its user. The index in the cache is of
one dataset's articles alone, in a folder for each source and model; it stays, and costs what has
changed since.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from indexer.encoding.caching import datasets_folder
from indexer.encoding.models import DEFAULT_MODEL
from indexer.errors import NotAnIndex
from indexer.storing.store import Store
from search.evaluation.judged.datasets import Dataset


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many judged articles an index has as they are in the dataset, of how many.

    ``lacks`` says what is missing, in words; it is empty if nothing is.
    """

    there: int
    judged: int
    lacks: str

    @property
    def is_whole(self) -> bool:
        return not self.lacks


def coverage(index: Path, dataset: Dataset) -> Coverage:
    """What of a dataset the index in a folder holds: nothing, where there is no index."""
    judged = len(dataset.hashes)
    try:
        with Store(index) as store, store.snapshot() as (_, snapshot):
            held = snapshot.article_hashes()
    except NotAnIndex:
        return Coverage(0, judged, f"{index} holds no index")
    missing = [name for name, sha256 in dataset.hashes.items() if (name, sha256) not in held]
    if not missing:
        return Coverage(judged, judged, "")
    lacks = (
        f"{index} lacks {len(missing):,} of {judged:,} judged articles of {dataset.name},"
        f" or has another text of them, such as {missing[0]!r}"
    )
    return Coverage(judged - len(missing), judged, lacks)


def articles_of(dataset: Path) -> Path:
    """What to index of a dataset's folder: its corpus, or the folder if its articles are files."""
    corpus = dataset / "corpus.jsonl"
    return corpus if corpus.exists() else dataset


def cached_index(source: Path, model: str = DEFAULT_MODEL) -> Path:
    """The folder in the user's cache for the index of a dataset's articles."""
    place = source.resolve()
    key = hashlib.sha256(f"{place}\0{model}".encode()).hexdigest()[:16]
    name = (place.parent if place.is_file() else place).name
    return datasets_folder() / f"{name}-{key}"
