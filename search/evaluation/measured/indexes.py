"""Choose the index for a dataset: the user's own index, or a separate one in the cache.

An index contains a dataset if it has every judged article, under its name and with the same text.
Other articles in it make the questions harder, as they do for its user. An index in the cache
contains the articles of one dataset only; each source and model has a folder of its own. It is
kept, and later runs only index what has changed.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from indexer.encoding.caching import datasets_folder
from indexer.encoding.models import DEFAULT_MODEL
from indexer.errors import NotAnIndex
from indexer.storing.shards.store import open_store
from search.evaluation.judged.datasets import Dataset


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the judged articles (``judged``) an index contains unchanged (``there``).

    ``lacks`` is a sentence that says what is missing; it is empty if nothing is.
    """

    there: int
    judged: int
    lacks: str

    @property
    def is_whole(self) -> bool:
        return not self.lacks


def coverage(index: Path, dataset: Dataset) -> Coverage:
    """How much of a dataset an index contains; nothing if the folder is not an index."""
    judged = len(dataset.hashes)
    try:
        with open_store(index) as store, store.snapshot() as (_, snapshot):
            indexed = snapshot.article_hashes()
    except NotAnIndex:
        return Coverage(0, judged, f"{index} contains no index")
    missing = [name for name, sha256 in dataset.hashes.items() if (name, sha256) not in indexed]
    if not missing:
        return Coverage(judged, judged, "")
    lacks = (
        f"{index} does not contain {len(missing):,} of the {judged:,} judged articles of"
        f" {dataset.name}, or has different text for them (e.g. {missing[0]!r})"
    )
    return Coverage(judged - len(missing), judged, lacks)


def articles_of(dataset: Path) -> Path:
    """What to index for a dataset: its corpus, or its folder if the articles are files."""
    corpus = dataset / "corpus.jsonl"
    return corpus if corpus.exists() else dataset


def cached_index(source: Path, model: str = DEFAULT_MODEL) -> Path:
    """The folder in the user's cache where the index of a dataset's articles is kept."""
    place = source.resolve()
    key = hashlib.sha256(f"{place}\0{model}".encode()).hexdigest()[:16]
    name = (place.parent if place.is_file() else place).name
    return datasets_folder() / f"{name}-{key}"
