"""Split an article into passages: consecutive whole sentences of about the target length.

The breaks are optimised for the whole article, as in breaking a paragraph into lines (Knuth and
Plass, "Breaking paragraphs into lines", 1981): every possible passage has a cost, which is small
near the target length and at the end of a paragraph, and the sequence with the lowest total cost is
chosen. So an edit moves only the breaks near it.

Lengths are counted in the encoder's own tokens. Passage and article title together never exceed the
encoder's limit. A single sentence over that limit is split between words.

A table or code stays whole if it fits. The rows of a longer table are embedded with its head. The
headings above a passage are not: with them, nDCG@10 by meaning fell from 0.980 to 0.972 on the
seeds, and the answer was in the first hit of both legs for 0.735 of the questions instead of 0.750.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

from indexer.splitting.atoms import Atom, TokenCounter, atoms_of, texts_of
from indexer.splitting.rules import Rules
from indexer.splitting.sentences import Sentence, sentences
from indexer.types import Block, Passage, Span, Splitting

_BREAK_COSTS = (4.0, 2.0, 1.5, 0.4, 0.1, -0.2)
"""The cost of a break before an atom, by ``Opens``; a passage of twice the target length costs 1.
"""
_NEAR = 0.75
_TITLE_SHARE = _HEAD_SHARE = 4
# Thai, Lao, Burmese, Khmer, Kana and Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Unsplit(NamedTuple):
    """An article to split: its title, its text, and what its reader knows of the text."""

    title: str
    text: str
    structure: Sequence[Block] = ()


def split_all(
    articles: Sequence[Unsplit], count: TokenCounter, limit: int, splitting: Splitting
) -> Iterator[tuple[str, list[Passage]]]:
    """The ``title_context`` and the passages of each article.

    The tokens of all articles are counted together, which takes a fraction of the time.
    """
    rules = Rules.of(splitting)
    found = [sentences(it.text, rules, it.structure) for it in articles]
    counts = _Counts(count)
    counts.learn(
        chain.from_iterable(
            (*it.title.split(), _line(" ".join(it.title.split())), *texts_of(it.text, its))
            for it, its in zip(articles, found, strict=True)
        )
    )
    fittings = []
    for it, its in zip(articles, found, strict=True):
        context = title_context(it.title, counts, limit)
        heads = _heads(it.text, it.structure, counts, limit)
        fittings.append(_Fitting(it.text, its, context, heads, counts, limit, splitting))
    first = [(fitting.room, fitting.tried(fitting.room)) for fitting in fittings]
    counts.learn(chain.from_iterable(tried.near for _, tried in first))
    for fitting, (room, tried) in zip(fittings, first, strict=True):
        fits = room == 1 or tried.fits(counts, limit)
        yield fitting.context, tried.passages if fits else fitting.passages(_less(room))


def split(
    text: str,
    context: str,
    count: TokenCounter,
    limit: int,
    splitting: Splitting,
    structure: Sequence[Block] = (),
) -> list[Passage]:
    """The passages of an article's text, in order; only white space is outside them.

    ``context`` is the ``title_context`` of its title; ``limit`` is the maximum number of tokens of
    context and passage together. ``structure`` is as for ``sentences``.
    """
    found = sentences(text, Rules.of(splitting), structure)
    heads = _heads(text, structure, count, limit)
    fitting = _Fitting(text, found, context, heads, count, limit, splitting)
    return fitting.passages(fitting.room)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """An article to split into passages that fit into the encoder."""

    text: str
    sentences: Sequence[Sentence]
    context: str
    heads: Sequence[Block]
    """The tables whose head is embedded with those of their rows that are in later passages."""
    count: TokenCounter
    limit: int
    splitting: Splitting

    @property
    def room(self) -> int:
        """The number of tokens that are left for a passage."""
        return max(1, self.limit - self.count([_line(self.context)])[0])

    def passages(self, room: int) -> list[Passage]:
        """The passages if at most ``room`` tokens are left for each."""
        while True:
            tried = self.tried(room)
            if room == 1 or tried.fits(self.count, self.limit):
                return tried.passages
            room = _less(room)

    def tried(self, room: int) -> "_Tried":
        """The passages if ``room`` tokens are left for each; they may turn out to be too long."""
        atoms = list(atoms_of(self.text, self.sentences, self.count, room))
        passages, near = [], []
        for first, last in _cheapest(atoms, self.splitting.target_tokens, room):
            run = atoms[first:last]
            above = self._above(run[0].start) if self.heads else ""
            passages.append(_passage(self.text, run, above))
            if above or sum([atom.weight for atom in run]) > _NEAR * room:
                near.append(embedding_text(self.context, passages[-1].text, above))
        return _Tried(passages, near)

    def _above(self, start: int) -> str:
        """The head of the table in which a passage begins, if it begins below it."""
        for it in self.heads:
            if it.head <= start < it.end:
                return self.text[it.start : it.head].strip()
        return ""


class _Tried(NamedTuple):
    """The passages of an article, and the encoder's input for those that are near the limit.

    In some vocabularies the token count of a part depends on its neighbours, so the sum over the
    parts can be a few tokens too low. Only passages near the limit need a recount.
    """

    passages: list[Passage]
    near: list[str]

    def fits(self, count: TokenCounter, limit: int) -> bool:
        """Whether no passage exceeds the limit."""
        return not self.near or max(count(self.near)) <= limit


def _less(room: int) -> int:
    return max(1, room - max(1, room // 10))


def _heads(
    text: str, structure: Sequence[Block], count: TokenCounter, limit: int
) -> Sequence[Block]:
    """The tables that have a head which leaves room for their rows."""
    tables = [it for it in structure if it.kind == "table" and it.start < it.head < it.end]
    lengths = count([text[it.start : it.head] for it in tables]) if tables else []
    room = limit // _HEAD_SHARE
    return [it for it, length in zip(tables, lengths, strict=True) if length <= room]


def title_context(title: str, count: TokenCounter, limit: int) -> str:
    """The title as embedded with each passage: complete, or its first words if it is long."""
    room = limit // _TITLE_SHARE
    words = title.split()
    lengths = count(words) if words else []
    kept = total = 0
    while kept < len(words) and total + lengths[kept] <= room:
        total += lengths[kept]
        kept += 1
    return " ".join(words[:kept])


def embedding_text(context: str, passage: str, above: str = "") -> str:
    """The encoder's input: the context, what is ``above`` the passage, and the passage.

    The context is left out if the passage begins with it.
    """
    below = f"{above}\n{passage}" if above else passage
    if not context or _begins(passage.lstrip("#* \t"), context) or _begins(passage, context):
        return below
    return f"{context}\n{below}"


def _begins(passage: str, context: str) -> bool:
    """Whether a passage begins with these whole words: ``Team`` does not begin with ``Tea``."""
    if not passage.startswith(context):
        return False
    after = passage[len(context) : len(context) + 1]
    return not (after and _in_word(after) and _in_word(context[-1]))


def _in_word(character: str) -> bool:
    """Whether a character continues a word; always False in scripts without spaces."""
    return unicodedata.category(character)[0] in "LMN" and not _SPACELESS.match(character)


def _passage(text: str, atoms: Sequence[Atom], above: str) -> Passage:
    start, end = atoms[0].start, atoms[-1].end
    spans = tuple([Span(it.start, it.end) for it in atoms])
    return Passage(start, end, text[start:end], spans, above)


class _Counts:
    """Counts tokens; those of texts that it has learned, it knows."""

    def __init__(self, count: TokenCounter) -> None:
        self._count = count
        self._known: dict[str, int] = {}

    def learn(self, texts: Iterable[str]) -> None:
        distinct = [text for text in dict.fromkeys(texts) if text not in self._known]
        if distinct:
            self._known.update(zip(distinct, self._count(distinct), strict=True))

    def __call__(self, texts: Sequence[str]) -> list[int]:
        try:
            return [self._known[text] for text in texts]
        except KeyError:
            self.learn(texts)
            return [self._known[text] for text in texts]


def _line(context: str) -> str:
    """The title as a line of the encoder's input."""
    return context + "\n"


def _cheapest(atoms: Sequence[Atom], target: int, room: int) -> Iterator[tuple[int, int]]:
    """``(first, last)`` of each passage, ``last`` exclusive, with the lowest total cost."""
    weights = [atom.weight for atom in atoms]
    breaking = [_BREAK_COSTS[atom.opens] for atom in atoms]
    best, previous = [0.0], [0]
    for last in range(len(atoms)):
        weight, least, since = 0, float("inf"), 0
        for first in range(last, -1, -1):
            weight += weights[first]
            if weight > room and first < last:
                break
            off = weight / target - 1.0
            cost = best[first] + off * off + breaking[first]
            if cost < least:
                least, since = cost, first
        best.append(least)
        previous.append(since)
    breaks = [len(atoms)]
    while breaks[-1] > 0:
        breaks.append(previous[breaks[-1]])
    return pairwise(reversed(breaks))
