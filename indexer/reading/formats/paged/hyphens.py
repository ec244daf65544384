"""Mend words that a line end divides.

Whether the hyphen belongs to the word is known from the rest of the text, if the word occurs there.
Otherwise it depends on the text: where words are divided, many more lines end in a hyphen than
words with a hyphen explain.
"""

import re
from collections.abc import Iterable

from indexer.reading.formats.paged.paragraphs import Line

_HYPHENS = "-\u2010\u2011"
_DIVIDED = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]?$")
_CONTINUED = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(rf"[^\W\d_][{_HYPHENS}][^\W\d_]")
_AT_LINE_END = 1 / 10
"""The share of the words with a hyphen that have it at a line end, if no others are divided."""
_MANY = 3
_DOUBT = 0.5
"""One divided word says little if the text has any words with a hyphen."""
_PUNCTUATION = ".,;:!?…'\"“”‘’«»()[]{}*"


class Mender:
    """Mends the words of one file."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Look at all lines; the words are collected only if some line ends in a hyphen."""
        lines = list(lines)
        texts = [it.text for it in lines]
        divided = sum(ends_in_hyphen(it) for it in lines)
        self._words: set[str] = set()
        self._divides = False
        if divided:
            compounds = sum(len(_COMPOUND.findall(text)) for text in texts)
            self._divides = divided > _MANY * compounds * _AT_LINE_END + _DOUBT
            found = {word for text in texts for word in text.split()}
            self._words = {it.strip(_PUNCTUATION).casefold() for it in found}

    def __call__(self, line: Line, following: Line, joined: str) -> str:
        """``joined``, which is the line and a space, or the line so that the next continues it."""
        if not ends_in_hyphen(line):
            return joined
        text = line.text.rstrip(_HYPHENS)
        first, rest = _DIVIDED.search(text), _CONTINUED.match(following.text)
        if first is None or rest is None or _is_part(text[: first.start()], following.text, rest):
            return f"{text}-"
        whole = (first[1] + rest[0]).casefold()
        compound = f"{first[1]}-{rest[0]}".casefold()
        if (whole in self._words) != (compound in self._words):
            return text if whole in self._words else f"{text}-"
        return text if self._divides and rest[0][0].islower() else f"{text}-"


def _is_part(before: str, following: str, rest: re.Match[str]) -> bool:
    """Whether the word has a hyphen before or after its two parts: commander-in-chief."""
    return before.endswith(tuple(_HYPHENS)) or following[rest.end() :].startswith(tuple(_HYPHENS))


def ends_in_hyphen(line: Line) -> bool:
    """Whether a line ends within a word."""
    if line.hyphen:
        return True
    text = line.text
    return len(text) > 1 and text[-1] in _HYPHENS and text[-2].isalnum()
