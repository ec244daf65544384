"""Search a Locus index: ``open_index(".locus").search("your question", k=10)``.

The names below are the public ones. They load on first use, because the command line imports this
package before it knows what it will need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.ranking.reranking import Reranker, load_reranker
    from search.searcher import Searcher, open_index
    from search.types import Answer, Hit, Mode, Span

__all__ = [
    "Answer",
    "Hit",
    "Mode",
    "Reranker",
    "Searcher",
    "Span",
    "load_reranker",
    "open_index",
]

_HOMES = {
    "Reranker": "search.ranking.reranking",
    "Searcher": "search.searcher",
    "load_reranker": "search.ranking.reranking",
    "open_index": "search.searcher",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "search.types")), name)
