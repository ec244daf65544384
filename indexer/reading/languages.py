"""Find out the language of articles, so that words are stemmed by its rules.

py3langid guesses the language of each sample. Its guesses are good from a hundred bytes on (UTF-8),
so shorter texts do not vote.
"""

from collections import Counter
from collections.abc import Iterable

AUTO = "auto"
"""In place of a language: find it out."""
UNKNOWN = "english"
"""The language of articles that are too short to say."""
_LONG_ENOUGH = 100
_READ = 1000
"""Only the first so many characters of a text are looked at."""
_MAJORITY = 0.5
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
    samples = [text[:_READ] for text in texts if len(text.encode()) >= _LONG_ENOUGH]
    if not samples:
        return UNKNOWN
    import py3langid  # loading its model takes a third of a second

    votes = Counter(_NAMES.get(py3langid.classify(text)[0]) for text in samples)
    name, most = votes.most_common(1)[0]
    return name if name and most > _MAJORITY * len(samples) else without_stemmer
