"""Say for each citation what became of its text, by the articles of one generation.

A text is looked for in the article of its name first. If it is not there any more, it may have
moved to another one, as when a file was renamed: to an article with the same content, or to one
that has passages with the same words.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from indexer.deriving.lexical import LexicalIndex
from indexer.storing.same_text import articles_with
from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredArticle
from indexer.types import Span
from search.checking.again import LEAST, ArticleWords, exactly
from search.checking.citation import STANDINGS, Citation, Verdict
from search.checking.rewording import diff

_ASKED = 2_000
"""Characters at the beginning of a text whose words find other articles."""
_PASSAGES = 10
"""Passages with the same words whose articles are read."""
_KEPT = 32_000_000
"""Characters of articles to keep in memory, at most, unless one article has more."""

_Named = tuple[str, str]
"""The name and the source of an article."""


class Checker:
    """Checks citations against one generation of an index, whose words are ``words``."""

    def __init__(
        self, snapshot: Snapshot, words: LexicalIndex, citations: Sequence[Citation]
    ) -> None:
        self._snapshot = snapshot
        self._words = words
        self._citations = citations
        self._articles: dict[_Named, StoredArticle] = {}
        self._worded: dict[str, ArticleWords] = {}
        self._characters = 0

    def verdicts(self) -> list[Verdict]:
        """The verdict on each citation, in their order. Raises IndexFolderError."""
        groups: dict[str, list[Citation]] = {}
        for it in dict.fromkeys(self._citations):
            groups.setdefault(it.article, []).append(it)
        found: dict[Citation, Verdict] = {}
        for name, group in groups.items():
            named = self._snapshot.named(name)
            shifts = [(it.start, shift) for it in group for shift in _shifts(it, named)]
            for it in group:
                _, shift = min(shifts, key=lambda other: abs(other[0] - it.start), default=(0, 0))
                found[it] = self._verdict(it, named, max(0, it.start + shift))
        return [found[it] for it in self._citations]

    def _verdict(self, it: Citation, named: Sequence[StoredArticle], near: int) -> Verdict:
        """The verdict on a citation whose text is expected at ``near`` in an article of its name.

        If that article still exists, a text that is only similar in another one is none of its.
        """
        own = [article for article in named if article.source == it.source] or named
        best = _best(self._within(article, it, near) for article in own)
        if best is not None and best.standing != "gone":
            return best
        others = [self._within(other, it, it.start, rewords=not own) for other in self._others(it)]
        elsewhere = _best(verdict for verdict in others if verdict.standing != "gone")
        return elsewhere or best or Verdict(it, "gone")

    def _within(
        self, article: StoredArticle, it: Citation, near: int, *, rewords: bool = True
    ) -> Verdict:
        """The verdict if the text can only be in this article, and reworded only if it ``rewords``.

        The text is expected at ``near``.
        """
        is_own = article.name == it.article
        changed = it.sha256 != article.sha256 if is_own and it.sha256 is not None else None
        is_there = is_own and article.text.startswith(it.text, it.start)
        start = it.start if is_there else exactly(article.text, it.text, near)
        has_exactly = start is not None
        place = None if start is None else Span(start, start + len(it.text))
        if place is None:
            worded = self._words_of(article)
            place = worded.but_for_space(it.text, near)
            if place is None:
                similar, share = worded.most_similar(it.text, near) if rewords else (None, 0.0)
                if similar is None or share < LEAST:
                    return Verdict(it, "gone", article_changed=changed)
                now = _citation(article, similar)
                difference = diff(it.text, now.text)
                return Verdict(it, "changed", now, difference, article_changed=changed)
        stays = is_own and place == (it.start, it.end)
        now = _citation(article, place)
        standing = STANDINGS[0] if stays else STANDINGS[1]
        return Verdict(it, standing, now, None, not has_exactly, changed)

    def _others(self, it: Citation) -> Iterator[StoredArticle]:
        """Articles of other names that may have the text now, the most likely ones first."""
        names = dict.fromkeys(self._same_text.get(it.sha256 or "", ()))
        _, ids = self._words.search(it.text[:_ASKED], _PASSAGES)
        passages = self._snapshot.passages(ids.tolist())
        names |= dict.fromkeys(
            (passages[number].article, passages[number].source)
            for number in ids.tolist()
            if number in passages
        )
        for name in names:
            if name[0] != it.article:
                yield from self._read(name)

    @cached_property
    def _same_text(self) -> dict[str, list[_Named]]:
        """The articles that now have the text that a cited article had, by its SHA-256."""
        hashes = {it.sha256 for it in self._citations if it.sha256 is not None}
        return articles_with(self._snapshot.rows, hashes)

    def _read(self, name: _Named) -> Iterator[StoredArticle]:
        """The article of this name and source, if there is one."""
        if name not in self._articles:
            for article in self._snapshot.named(*name):
                self._make_room(len(article.text))
                self._articles[name] = article
        if name in self._articles:
            yield self._articles[name]

    def _words_of(self, article: StoredArticle) -> ArticleWords:
        if article.sha256 not in self._worded:
            self._make_room(len(article.text))
            self._worded[article.sha256] = ArticleWords(article.text)
        return self._worded[article.sha256]

    def _make_room(self, characters: int) -> None:
        """Forget what was read before if it becomes too much."""
        self._characters += characters
        if self._characters > _KEPT:
            self._articles.clear()
            self._worded.clear()
            self._characters = characters


def _shifts(it: Citation, named: Sequence[StoredArticle]) -> Iterator[int]:
    """How far a text has moved within its article, if the article has it exactly once.

    A text near it that the article has several times has probably moved as far.
    """
    for article in named[:1]:
        start = article.text.find(it.text)
        if start >= 0 and article.text.find(it.text, start + 1) < 0:
            yield start - it.start


def _citation(article: StoredArticle, place: Span) -> Citation:
    """The part of an article at this place, to be cited."""
    start, end = place
    text = article.text[start:end]
    return Citation(article.name, start, end, text, article.sha256, article.source)


def _best(verdicts: Iterator[Verdict]) -> Verdict | None:
    """The first of those in which the text has changed the least; None if there are none."""
    return min(verdicts, key=lambda it: STANDINGS.index(it.standing), default=None)
