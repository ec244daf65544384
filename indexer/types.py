"""The nouns that travel from the articles to the store: frozen, slotted, without I/O.

Every offset is a character offset, an index into the Python ``str`` of the article's text as
Locus reads it: the file's UTF-8 decoded, a byte order mark dropped, nothing else changed.
"""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """From one character up to another, which is not in it; of an article's text unless said."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; ``name`` tells it from the others of its source.

    The name is the path relative to the source (``/`` on every system), and for an article of a
    ``.jsonl`` corpus the line's ``_id``.
    """

    name: str
    title: str
    text: str
    sha256: str = field(init=False, repr=False, compare=False)
    """SHA-256 of the text in UTF-8, in hex: for a UTF-8 file without a mark, the file's."""

    def __post_init__(self) -> None:
        # Once, and not at each use: every passage of an article is stored with it.
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        object.__setattr__(self, "sha256", digest)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of an article: ``text == article.text[start:end]``.

    ``sentences`` are in order, and without the white space between them.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Splitting:
    """How articles become passages, and passages words; the settings belong to the index.

    ``target_tokens`` is the length aimed at. Passages of 450 to 750 characters, about this many
    tokens, hold an answer and little else, and stay far inside what small encoders read.

    >>> Splitting(target_tokens=96, language="german").target_tokens
    96
    """

    target_tokens: int = 128
    language: str = "english"
    """Whose endings are cut from words, see ``lexical``; ``none``: words stay whole."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a source are wanted; it is remembered with the source.

    ``exclude`` holds patterns as .gitignore has them; ``hidden`` takes in files and folders whose
    name begins with a dot.
    """

    exclude: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was meant to be indexed and could not be, and why."""

    article: str
    reason: str
