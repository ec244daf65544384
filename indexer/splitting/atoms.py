"""What a passage is made of: whole sentences, and the pieces of those that are too long for one."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from indexer.splitting.sentences import Opens, Sentence

TokenCounter = Callable[[Sequence[str]], list[int]]
"""Number of tokens of each text, without special tokens."""


class Atom(NamedTuple):
    """A sentence, or a part of an overlong one; never split further."""

    start: int
    end: int
    weight: int
    opens: Opens


# A token of prose has 4 to 5 characters. Where there are far more (a word of a million letters is a
# single unknown token to a WordPiece vocabulary), the weight is computed from the characters.
_CHARS_PER_TOKEN = 8
_LONGEST_WORD = 32
_JOINERS = "\u200d\ufe0e\ufe0f"


def texts_of(text: str, sentences: Iterable[Sentence]) -> list[str]:
    """The text of each sentence."""
    return [text[start:end] for start, end, _ in sentences]


def atoms_of(
    text: str, sentences: Sequence[Sentence], count: TokenCounter, room: int
) -> Iterator[Atom]:
    """The sentences, those of more than ``room`` tokens in pieces."""
    for sentence, tokens in zip(sentences, count(texts_of(text, sentences)), strict=True):
        start, end, opens = sentence
        weight = _weight(tokens, end - start)
        if weight <= room:
            yield Atom(start, end, weight, opens)
        else:
            yield from _pieces(text, sentence, count, room)


def _weight(tokens: int, characters: int) -> int:
    return max(tokens, -(-characters // _CHARS_PER_TOKEN), 1)


def _pieces(text: str, sentence: Sentence, count: TokenCounter, room: int) -> Iterator[Atom]:
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
            yield Atom(start, _trimmed_end(text, start, unit_start), weight, opens)
            start, weight, opens = unit_start, 0, Opens.PIECE
        weight += added
    yield Atom(start, sentence.end, weight, opens)


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
