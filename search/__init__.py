"""Search a Locus index: ``open_index(".locus").search("your question", k=10)``.

The names below are the public ones. Each loads on first use, because the command line imports this
package before it knows what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.checking.citation import Citation, Verdict
    from search.loading import SnapshotProvider
    from search.ranking.explanation import Explanation, Place
    from search.ranking.reranking import Reranker, load_reranker
    from search.searcher import Searcher, open_index
    from search.types import Answer, Hit, Mode, Searching, Selecting, Span

__all__ = [
    "Answer",
    "Citation",
    "Explanation",
    "Hit",
    "Mode",
    "Place",
    "Reranker",
    "Searcher",
    "Searching",
    "Selecting",
    "SnapshotProvider",
    "Span",
    "Verdict",
    "load_reranker",
    "open_index",
]

_HOMES = {
    "checking.citation": {"Citation", "Verdict"},
    "loading": {"SnapshotProvider"},
    "ranking.explanation": {"Explanation", "Place"},
    "ranking.reranking": {"Reranker", "load_reranker"},
    "searcher": {"Searcher", "open_index"},
    "types": {"Answer", "Hit", "Mode", "Searching", "Selecting", "Span"},
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"search.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
