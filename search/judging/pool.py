"""The hits of several systems for one question, in an order that hides which system found what.

Each article is in the pool once, as judgements are of articles, with the passages that the systems
found in it. The order is pseudo-random, but the same each time: that of a hash of the seed, the
question and the article. So a judge who comes back finds everything in its place, and another index
or system only adds to it.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexer.storing.stored import StoredArticle
from indexer.types import Span
from search.judging.systems import RankingSystem
from search.types import Hit

Find = Callable[[str], StoredArticle | None]
"""Finds an article by its name, for a system that has no passages."""


@dataclass(frozen=True, slots=True)
class PooledHit:
    """An article that at least one system found, with the best passages, in the article's order."""

    article: str
    source: str
    title: str
    sha256: str
    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """The hits to judge for one question. ``rankings`` has what each system found, by its name.

    ``unread`` are the articles of run files that the index does not have: nobody can judge them.
    """

    query: str
    text: str
    hits: tuple[PooledHit, ...]
    rankings: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...]

    @property
    def articles(self) -> tuple[str, ...]:
        return tuple(hit.article for hit in self.hits)


def pooled(
    query: str,
    text: str,
    systems: Sequence[RankingSystem],
    depth: int,
    find: Find,
    seed: int = 0,
) -> Pool:
    """The first ``depth`` articles of each system for a question.

    >>> pooled("q1", "Why is the sea salt?", systems, 10, find).articles
    ('tides.md', 'sea.md')
    """
    rankings: dict[str, tuple[str, ...]] = {}
    passages: dict[str, dict[int, Hit]] = {}
    for system in systems:
        ranked = system.ranked(query, text, depth)
        rankings[system.name] = ranked.articles
        for article in ranked.articles:
            found = passages.setdefault(article, {})
            hit = ranked.passages.get(article)
            if hit is not None:
                found.setdefault(hit.start, hit)
    hits, unread = [], []
    for article in blind(query, passages, seed):
        hit_of = _with(passages[article].values()) or _without(find(article))
        if hit_of is None:
            unread.append(article)
        else:
            hits.append(hit_of)
    return Pool(query, text, tuple(hits), rankings, tuple(unread))


def blind(query: str, articles: Iterable[str], seed: int = 0) -> list[str]:
    """The articles in an order that depends on nothing but their names, the question and the seed.

    >>> blind("q1", ["sea.md", "tides.md"]) == blind("q1", ["tides.md", "sea.md"])
    True
    """

    def place(article: str) -> bytes:
        key = "\0".join((str(seed), query, article))
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()

    return sorted(articles, key=place)


def _with(hits: Iterable[Hit]) -> PooledHit | None:
    found = sorted(hits, key=lambda hit: hit.start)
    if not found:
        return None
    first = found[0]
    # Passages of another article of the same name, or of another version, cannot be shown with it.
    same = tuple(it for it in found if (it.source, it.sha256) == (first.source, first.sha256))
    return PooledHit(first.article, first.source, first.title, first.sha256, same)


def _without(article: StoredArticle | None) -> PooledHit | None:
    """An article of a run file, shown with its first passage."""
    if article is None:
        return None
    start, end = article.passages[0] if article.passages else Span(0, len(article.text))
    line = article.text.count("\n", 0, start) + 1
    hit = Hit(
        *(1, 0.0, None, None, article.name, article.source, article.title, article.sha256),
        *(start, end, line, article.text[start:end], None),
    )
    return PooledHit(article.name, article.source, article.title, article.sha256, (hit,))
