"""Find out the language of articles, so that words are stemmed by its rules.

A text says it by its stop words: those of its language are a quarter to two fifths of its words,
those of any other language less than half as many. Only if most texts do not say it so, because
their language has no list of stop words, py3langid guesses, which takes a third of a second to
load. Its guesses are good from a hundred bytes on (UTF-8), so shorter texts do not vote.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from indexer.deriving.analysis import STOP_WORDS, share_of_stop_words

AUTO = "auto"
"""In place of a language: find it out."""
UNKNOWN = "english"
"""The language of articles that are too short to say."""
_LONG_ENOUGH = 100
_READ = 1000
"""Only the first so many characters of a text are looked at."""
_MAJORITY = 0.5
_MANY = 0.2
"""A share of stop words that only a text in their language has."""
_FEW, _FEW_OF_ALL = 5, 0.05
"""So many texts, or such a share of them, are not worth loading py3langid for."""
_NAMES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""The languages that have a stemmer, by the codes of py3langid (ISO 639-1)."""


def language_of(texts: Iterable[str], without_stemmer: str) -> str:
    """The language of most of the texts, by the name of its stemmer.

    ``without_stemmer`` if it has none, or if no language is that of most.
    """
    samples = [text[:_READ] for text in texts if _is_long_enough(text)]
    if not samples:
        return UNKNOWN
    obvious = Counter(map(_obvious, samples))
    if (found := _most(obvious)) is not None:
        return found
    import py3langid

    guessed = Counter(_NAMES.get(py3langid.classify(text)[0]) for text in samples)
    return _most(guessed) or without_stemmer


def language_of_each(texts: Sequence[str], codes: Sequence[str | None]) -> list[str | None]:
    """The language of each text: the name of its stemmer, or a code if it has none.

    ``codes`` are the languages that the files of the texts say, as BCP 47 codes. None if nothing
    tells. A few texts whose stop words do not tell are not guessed.
    """
    found = [
        _NAMES.get(code.partition("-")[0], code) if code else _obvious_if_long(text)
        for text, code in zip(texts, codes, strict=True)
    ]
    unclear = [place for place, name in enumerate(found) if name is None]
    if len(unclear) <= max(_FEW, _FEW_OF_ALL * len(texts)):
        return found
    import py3langid

    for place in unclear:
        if _is_long_enough(texts[place]):
            code = py3langid.classify(texts[place][:_READ])[0]
            found[place] = _NAMES.get(code, code)
    return found


def _is_long_enough(text: str) -> bool:
    return len(text.encode()) >= _LONG_ENOUGH


def _obvious_if_long(text: str) -> str | None:
    return _obvious(text[:_READ]) if _is_long_enough(text) else None


def _most(votes: Counter[str | None]) -> str | None:
    """The language with more than half of the votes."""
    name, most = votes.most_common(1)[0]
    return name if most > _MAJORITY * votes.total() else None


def _obvious(text: str) -> str | None:
    """The language of a text by its stop words, if they are clear."""
    shares = sorted((share_of_stop_words(text, language), language) for language in STOP_WORDS)
    (second, _), (first, language) = shares[-2:]
    return language if first > max(_MANY, 2 * second) else None
