"""Split an article into passages: consecutive whole sentences of about the target length.

The breaks are optimised for the whole article, as in breaking a paragraph into lines (Knuth and
Plass, "Breaking paragraphs into lines", 1981): every possible passage has a cost, which is small
near the target length and at the end of a paragraph, and the sequence with the lowest total cost is
chosen. So an edit moves only the breaks near it.

Lengths are counted in the encoder's own tokens. Passage and article title together never exceed the
encoder's limit. A single sentence over that limit is split between words.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from indexer.splitting.rules import Rules
from indexer.splitting.sentences import Opens, Sentence, sentences
from indexer.types import Passage, Span, Splitting

TokenCounter = Callable[[Sequence[str]], list[int]]
"""Number of tokens of each text, without special tokens."""


class _Atom(NamedTuple):
    """A sentence, or a part of an overlong one; never split further."""

    start: int
    end: int
    weight: int
    opens: Opens


_BREAK_COSTS = (4.0, 2.0, 0.4, 0.1, -0.2)
"""The cost of a break before an atom, by ``Opens``; a passage of twice the target length costs 1.
"""
# A token of prose has 4 to 5 characters. Where there are far more (a word of a million letters is a
# single unknown token to a WordPiece vocabulary), the weight is computed from the characters.
_CHARS_PER_TOKEN = 8
_NEAR = 0.75
_LONGEST_WORD = 32
_TITLE_SHARE = 4
_JOINERS = "\u200d\ufe0e\ufe0f"
# Thai, Lao, Burmese, Khmer, Kana and Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


def split_all(
    articles: Sequence[tuple[str, str]], count: TokenCounter, limit: int, splitting: Splitting
) -> Iterator[tuple[str, list[Passage]]]:
    """The ``title_context`` and the passages of each article, a pair of title and text.

    The tokens of all articles are counted together, which takes a fraction of the time.
    """
    rules = Rules.of(splitting)
    found = [sentences(text, rules) for _, text in articles]
    counts = _Counts(count)
    counts.learn(
        chain.from_iterable(
            (*title.split(), _line(" ".join(title.split())), *_texts(text, its))
            for (title, text), its in zip(articles, found, strict=True)
        )
    )
    first = []
    for (title, text), its in zip(articles, found, strict=True):
        context = title_context(title, counts, limit)
        room = _room(context, counts, limit)
        first.append((context, room, _tried(text, its, context, counts, room, splitting)))
    counts.learn(chain.from_iterable(tried.near for _, _, tried in first))
    for (_, text), its, (context, room, tried) in zip(articles, found, first, strict=True):
        if room == 1 or tried.fits(counts, limit):
            yield context, tried.passages
        else:
            yield context, _split(text, its, context, counts, limit, _less(room), splitting)


def split(
    text: str, context: str, count: TokenCounter, limit: int, splitting: Splitting
) -> list[Passage]:
    """The passages of an article's text, in order; only white space is outside them.

    ``context`` is the ``title_context`` of its title; ``limit`` is the maximum number of tokens of
    context and passage together.
    """
    found = sentences(text, Rules.of(splitting))
    room = _room(context, count, limit)
    return _split(text, found, context, count, limit, room, splitting)


def _room(context: str, count: TokenCounter, limit: int) -> int:
    """The number of tokens that are left for a passage."""
    return max(1, limit - count([_line(context)])[0])


def _less(room: int) -> int:
    return max(1, room - max(1, room // 10))


def _split(
    text: str,
    sentences: Sequence[Sentence],
    context: str,
    count: TokenCounter,
    limit: int,
    room: int,
    splitting: Splitting,
) -> list[Passage]:
    while True:
        tried = _tried(text, sentences, context, count, room, splitting)
        if room == 1 or tried.fits(count, limit):
            return tried.passages
        room = _less(room)


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


def _tried(
    text: str,
    sentences: Sequence[Sentence],
    context: str,
    count: TokenCounter,
    room: int,
    splitting: Splitting,
) -> _Tried:
    """The passages if ``room`` tokens are left for each."""
    atoms = list(_atoms(text, sentences, count, room))
    passages, near = [], []
    for first, last in _cheapest(atoms, splitting.target_tokens, room):
        run = atoms[first:last]
        passages.append(_passage(text, run))
        if sum([atom.weight for atom in run]) > _NEAR * room:
            near.append(embedding_text(context, passages[-1].text))
    return _Tried(passages, near)


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


def embedding_text(context: str, passage: str) -> str:
    """The encoder's input: the context and the passage; only the passage if it begins with it."""
    if not context or _begins(passage.lstrip("#* \t"), context) or _begins(passage, context):
        return passage
    return f"{context}\n{passage}"


def _begins(passage: str, context: str) -> bool:
    """Whether a passage begins with these whole words: ``Team`` does not begin with ``Tea``."""
    if not passage.startswith(context):
        return False
    after = passage[len(context) : len(context) + 1]
    return not (after and _in_word(after) and _in_word(context[-1]))


def _in_word(character: str) -> bool:
    """Whether a character continues a word; always False in scripts without spaces."""
    return unicodedata.category(character)[0] in "LMN" and not _SPACELESS.match(character)


def _passage(text: str, atoms: Sequence[_Atom]) -> Passage:
    start, end = atoms[0].start, atoms[-1].end
    return Passage(start, end, text[start:end], tuple([Span(it.start, it.end) for it in atoms]))


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


def _texts(text: str, sentences: Iterable[Sentence]) -> list[str]:
    return [text[start:end] for start, end, _ in sentences]


def _atoms(
    text: str, sentences: Sequence[Sentence], count: TokenCounter, room: int
) -> Iterator[_Atom]:
    for sentence, tokens in zip(sentences, count(_texts(text, sentences)), strict=True):
        start, end, opens = sentence
        weight = _weight(tokens, end - start)
        if weight <= room:
            yield _Atom(start, end, weight, opens)
        else:
            yield from _pieces(text, sentence, count, room)


def _weight(tokens: int, characters: int) -> int:
    return max(tokens, -(-characters // _CHARS_PER_TOKEN), 1)


def _pieces(text: str, sentence: Sentence, count: TokenCounter, room: int) -> Iterator[_Atom]:
    """Split an overlong sentence between words into pieces of similar length."""
    longest = min(_LONGEST_WORD, max(1, room // 2))
    units = list(_units(text, sentence.start, sentence.end, longest))
    tokens = count([text[start:end] for start, end in units])
    weights = [_weight(n, end - start) for n, (start, end) in zip(tokens, units, strict=True)]
    total = sum(weights)
    share = total / (total // room + 1)
    opens = sentence.opens
    start, weight = units[0][0], 0
    for (unit_start, _), added in zip(units, weights, strict=True):
        if weight and (weight + added > room or weight + added / 2 > share):
            yield _Atom(start, _trimmed_end(text, start, unit_start), weight, opens)
            start, weight, opens = unit_start, 0, Opens.PIECE
        weight += added
    yield _Atom(start, sentence.end, weight, opens)


def _trimmed_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _units(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Words with the white space after them; words over ``longest`` characters in parts."""
    at = start
    while at < end:
        stop = at
        while stop < end and not text[stop].isspace() and stop - at < longest:
            stop += 1
        while stop < end and (unicodedata.combining(text[stop]) or text[stop] in _JOINERS):
            stop += 1
        while stop < end and text[stop].isspace():
            stop += 1
        yield at, stop
        at = stop


def _cheapest(atoms: Sequence[_Atom], target: int, room: int) -> Iterator[tuple[int, int]]:
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
