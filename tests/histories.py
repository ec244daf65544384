"""Shared by tests of indexing: small runs, what a reader sees, and changes of a source."""

import os
from pathlib import Path

from indexer.pipeline import build
from indexer.storing.shards.store import open_store
from indexer.types import Splitting
from indexer.updating.summary import Summary
from search import open_index
from tests.hashing import HashingEncoder

SMALL = Splitting(target_tokens=12)

Contents = list[tuple[str, int, int, str, bytes]]
"""Article, start, end, text and vector of every passage a reader can see, in order."""


def run(
    index: Path,
    *sources: Path,
    encoder: HashingEncoder | None = None,
    shards: int | None = None,
    rebuild: bool = False,
) -> Summary:
    """Bring an index up to date with a small encoder and short passages."""
    encoder = encoder or HashingEncoder()
    return build(index, sources, encoder=encoder, splitting=SMALL, shards=shards, rebuild=rebuild)


def ask(index: Path, question: str, encoder: HashingEncoder | None = None) -> list[str]:
    """The articles of the hits, best first."""
    with open_index(index, encoder=encoder or HashingEncoder()) as searcher:
        return [hit.article for hit in searcher.search(question, 20).hits]


def contents(index: Path) -> Contents:
    """Everything that a reader can see, without ids."""
    with open_store(index) as store, store.snapshot() as (_, snapshot):
        vectors = {
            int(number): vector.tobytes()
            for ids, block in snapshot.vectors()
            for number, vector in zip(ids, block, strict=True)
        }
        found = snapshot.passages(list(vectors))
        return sorted((p.article, p.start, p.end, p.text, vectors[n]) for n, p in found.items())


def write(path: Path, text: str) -> None:
    """Write a file with a time that shows the change, as if seconds had passed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, ns=(10**18 + len(text), 10**18 + hash(text) % 10**9))
