"""The rules that tell where a sentence ends in an index: its language, and marks of other scripts.

sentencex knows most languages that have a stemmer, but not all of their abbreviations, and does not
know the marks of Khmer and Tibetan. Thai and Lao have no such marks: their paragraphs are single
sentences, and the splitting into passages breaks them at spaces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from indexer.types import Splitting

# Each character is replaced by one character, so offsets do not change. sentencex 1.0.32 fails on a
# capital letter followed by a space of more than one byte and a full stop.
_SPACES = dict.fromkeys([0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_KHMER_AND_TIBETAN = {"។": "।", "៕": "॥", "៚": "॥", "།": "।", "༎": "॥", "༑": "।"}
_MARKS = str.maketrans({"\u037e": "?", **_KHMER_AND_TIBETAN})
_SPACES_AND_MARKS = {**_SPACES, **_MARKS}

_GREEK = "\u0370-\u037d\u037f-\u0386\u0388-\u03ff\u1f00-\u1fff"
_GREEK_SEMICOLON = re.compile(rf"(?<=[{_GREEK}][{_GREEK}\u0300-\u0345]);")
_GREEK_LETTER = re.compile(rf"[{_GREEK}]")
_LATIN_LETTER = re.compile("[A-Za-z]")

_CLOSERS = r"[\"'”’»)\]*_`]*\s*$"
_END = re.compile(rf"[.!?…。！？؟۔।॥]{_CLOSERS}")
_MORE_ENDS = "．｡။։።፧\u037e" + "".join(_KHMER_AND_TIBETAN)
_END_IN_ANY_SCRIPT = re.compile(rf"[.!?…。！？؟۔।॥{_MORE_ENDS}]{_CLOSERS}")

_SHORT = 4
"""The longest abbreviation, in letters, that is told by the small letter after it alone."""

_CODES = {
    "arabic": "ar",
    "dutch": "nl",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "tamil": "ta",
}
"""The languages that sentencex has rules for. Danish and Italian are left out: sentencex compiles a
regular expression at each full stop, so it takes 600 and 30 times as long as for English."""

_ABBREVIATIONS = {
    "arabic": "د أ",
    "danish": "f.eks bl.a ca dr fr hr jf kap kgl nr pga prof s skt sml stk",
    "dutch": "dhr drs ing ir mevr mr mw",
    "finnish": "esim fil hra ks nro nti os prof puh rva tri ts vrt",
    "french": "m mm mme mmes mlle mlles dr pr prof st ste cf chap éd av env apr",
    "hungarian": "dr id ifj ill kb özv pl prof ui ún",
    "italian": "arch art avv cav dott dott.ssa dr es fig geom ing mons n on p pag pp prof"
    " prof.ssa rag s sig sig.na sig.ra sigg tab vol",
    "norwegian": "f.eks bl.a ca dr fr hr jf kap kgl kl nr pga prof s st",
    "portuguese": "dra ex",
    "romanian": "art bd dl dna dr ex ing nr pag prof sf str",
    "russian": "е табл",
    "swedish": "bl.a ca dr fr.o.m hr jfr kap kl kungl nr prof s s:t s.k st t.ex t.o.m",
    "tamil": "திரு",
    "turkish": "alb bkz bşk doç dr müh no op örn prof sn yrd",
}
"""Abbreviations that sentencex does not know, and that seldom end a sentence."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for the texts of one index.

    >>> Rules.of(Splitting(language="russian")).code
    'ru'
    """

    code: str = "en"
    """The language as sentencex calls it."""
    end: re.Pattern[str] = _END
    """The end of a line that ends a sentence."""
    replacements: Mapping[int, str] | None = None
    abbreviations: frozenset[str] | None = None
    """None if sentencex alone tells abbreviations."""

    @classmethod
    def of(cls, splitting: Splitting) -> "Rules":
        """The rules of an index with these settings; version 1 has English ones for all texts."""
        if splitting.analysis == 1:
            return cls()
        language = splitting.language
        known = None
        if language != "english":
            known = frozenset(_ABBREVIATIONS.get(language, "").split())
        return cls(_CODES.get(language, "en"), _END_IN_ANY_SCRIPT, _SPACES_AND_MARKS, known)

    def prepared(self, text: str) -> str:
        """A text as sentencex gets it: of the same length, with marks and spaces that it knows."""
        if text.isascii() and self.code != "el":
            return text  # there is nothing to replace
        if self.replacements is None:
            return text.translate(_SPACES)
        if ";" in text and not text.isascii() and _is_greek(text):
            text = _GREEK_SEMICOLON.sub("?", text)
        if self.code == "el":
            text = text.replace(";", ",")  # after a word in other letters
        return text.translate(self.replacements)

    def is_abbreviated(self, sentence: str, following: str) -> bool:
        """Whether ``sentence`` ends in an abbreviation, so that ``following`` continues it."""
        if self.abbreviations is None:
            return False
        words = sentence.split()
        word = words[-1].lstrip("\"'“‘„«([") if words else ""
        if not word.endswith(".") or word.endswith(".."):
            return False
        word = word[:-1]
        if word.lower() in self.abbreviations:
            return True
        if following.startswith("-") and sentence.endswith("."):
            return True  # "J.-C."
        if following[:1].islower():
            return "." in word or (len(word) <= _SHORT and word.isalnum())
        return len(word) == 1 and word.isupper() and not word.isascii()  # an initial


def _is_greek(text: str) -> bool:
    """Whether most letters are Greek, so that a semicolon is a question mark."""
    return len(_GREEK_LETTER.findall(text)) > len(_LATIN_LETTER.findall(text))
