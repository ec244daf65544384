"""How texts become words: the analyzers of tantivy, and what happens to a text before them.

Words are lower-cased, without accents and stemmed; stop words are kept. Before that, a text is
normalised: compatibility forms become ordinary letters (NFKC), and marks that tantivy would take
for the end of a word are dropped (soft hyphens, vowel points, tone marks, viramas).

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words, and Korean
joins words, so each two neighbouring letters of them count as a word: a *bigram*. Bigrams find
nearly all that a dictionary of the language would, need none, and are the same in a question and in
a passage (Nie, Gao, Zhang and Zhou, "On the Use of Words and N-grams for Chinese Information
Retrieval", 2000).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import tantivy

from indexer.types import ANALYSIS, Splitting

_LONGEST_WORD = 80

UNSTEMMED = "none"
LANGUAGES = (
    *("arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian"),
    *("italian", "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "tamil"),
    *("turkish", UNSTEMMED),
)
"""Languages with a stemmer, and ``none`` for no stemming."""

STOP_WORDS = tuple(
    name
    for name in LANGUAGES
    if name not in {"arabic", "greek", "romanian", "tamil", "turkish", UNSTEMMED}
)
"""Languages with a list of stop words."""

_HAN_AND_KANA = (
    "\u3005\u3007\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_LAO = "\u0e81-\u0ecd\u0edc-\u0edf"
_BURMESE = "\u1000-\u103f\u1050-\u108f\u109a-\u109d"
_KHMER = "\u1780-\u17d3\u17dc\u17dd"
_SCRIPTS = (_HAN_AND_KANA, _HANGUL, _THAI, _LAO, _BURMESE, _KHMER)
_SPACELESS = re.compile("|".join(f"[{script}]+" for script in _SCRIPTS))
"""A run of letters of one script in which spaces do not separate words."""
_LETTER = re.compile(f"[{''.join(_SCRIPTS)}]")
"""A letter of any of them, which is found in a fraction of the time."""
_MARKED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u1fff\u200b-\u200f\u2060\u3099\u309a]"
)
"""A character of a block in which there are marks to drop."""
_MARKS = {*range(0x17C9, 0x17D4), 0x0E47, 0x0E4C, 0x0E4E, 0x0ECC}
"""Thai, Lao and Khmer marks to drop that Unicode does not call combining."""


class _Dropped(dict[int, int | None]):
    """A table for ``str.translate`` that drops marks; filled as characters occur."""

    def __missing__(self, code: int) -> int | None:
        letter = chr(code)
        is_mark = unicodedata.combining(letter) or unicodedata.category(letter) == "Cf"
        self[code] = None if is_mark or code in _MARKS else code
        return self[code]


_dropped = _Dropped()


@dataclass(frozen=True, slots=True)
class Analyzer:
    """Turns texts into words as one index stores them, see ``Splitting``.

    >>> Analyzer("english").words("The tides rose, 東京都.")
    ['the', 'tide', 'rose', '東京', '京都']
    """

    language: str
    version: int = ANALYSIS

    @classmethod
    def of(cls, splitting: Splitting) -> "Analyzer":
        """The analyzer of an index with these settings."""
        return cls(splitting.language, splitting.analysis)

    def prepared(self, text: str) -> str:
        """A text as tantivy gets it: normalised, with bigrams for scripts without spaces."""
        if self.version == 1 or text.isascii():
            return text
        return _with_bigrams(normalised(text))

    def words(self, text: str) -> list[str]:
        """The words of a text in order."""
        words: list[str] = self.stemming.analyze(self.prepared(text))
        return words

    def word_set(self, text: str) -> set[str]:
        """The words of a text, each once."""
        return set(self.words(text))

    def telling_words(self, text: str) -> list[str]:
        """The words of a text as they are written, in lower case, without stop words, each once.

        >>> Analyzer("english").telling_words("Where is the tide? The tides!")
        ['where', 'tide', 'tides']
        """
        without = self.language if self.language in STOP_WORDS else None
        found = _without_stop_words(without) if without else lower_casing()
        return list(dict.fromkeys(found.analyze(self.prepared(text))))

    @property
    def stemming(self) -> tantivy.TextAnalyzer:
        """What makes words of a prepared text."""
        return _stemming(self.language)


def normalised(text: str) -> str:
    """A text in NFKC, without marks that would end a word.

    >>> normalised("ﬁne")
    'fine'
    """
    text = unicodedata.normalize("NFKC", text)
    return text.translate(_dropped) if _MARKED.search(text) else text


def is_spaceless(text: str) -> bool:
    """Whether a text contains letters of a script in which spaces do not separate words."""
    return _LETTER.search(text) is not None


def without_spaceless(text: str) -> str:
    """A text without the letters of such scripts, which are not spelled wrong letter by letter."""
    return _SPACELESS.sub(" ", text) if is_spaceless(text) else text


def _with_bigrams(text: str) -> str:
    return _SPACELESS.sub(_as_bigrams, text) if is_spaceless(text) else text


def _as_bigrams(run: re.Match[str]) -> str:
    letters = list(_letters(run[0]))
    pairs = [one + other for one, other in pairwise(letters)]
    return f" {' '.join(pairs or letters)} "


def _letters(run: str) -> Iterator[str]:
    """Each letter with the vowel signs on it."""
    start = 0
    for at in range(1, len(run)):
        if unicodedata.category(run[at])[0] != "M":
            yield run[start:at]
            start = at
    yield run[start:]


@cache
def lower_casing() -> tantivy.TextAnalyzer:
    """What makes words of a text as they are written, but in lower case."""
    return _lower_casing().build()


def _lower_casing() -> tantivy.TextAnalyzerBuilder:
    simple = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return simple.filter(tantivy.Filter.remove_long(_LONGEST_WORD)).filter(
        tantivy.Filter.lowercase()
    )


def share_of_stop_words(text: str, language: str) -> float:
    """The share of a text's words that are stop words of one of ``STOP_WORDS``."""
    words = len(lower_casing().analyze(text))
    return 1 - len(_without_stop_words(language).analyze(text)) / words if words else 0.0


@cache
def _without_stop_words(language: str) -> tantivy.TextAnalyzer:
    return _lower_casing().filter(tantivy.Filter.stopword(language)).build()


@cache
def _stemming(language: str) -> tantivy.TextAnalyzer:
    builder = _lower_casing().filter(tantivy.Filter.ascii_fold())
    if language != UNSTEMMED:
        builder = builder.filter(tantivy.Filter.stemmer(language))
    return builder.build()
