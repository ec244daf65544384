"""The data types that the pipeline passes from articles to the store: frozen, slotted, no I/O.

Every offset is a character offset: an index into the Python ``str`` of the article's text as Locus
reads it (the file decoded as UTF-8, without a byte order mark, otherwise unchanged).
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self, TypeAlias


class Span(NamedTuple):
    """A half-open range of characters, ``[start, end)``, normally of an article's text.

    >>> span = Span(5, 9)
    >>> "Salt sea."[span.start : span.end]
    'sea.'
    """

    start: int
    end: int


BlockKind: TypeAlias = Literal["heading", "paragraph", "item", "table", "code", "quote"]


class Block(NamedTuple):
    r"""A part of an article's text with a structure of its own, from ``start`` to ``end``.

    Each row of a table is a line, with `` | `` between its cells. ``level`` is that of a heading,
    from 1; ``head`` is where the header rows of a table end, ``start`` if it has none.

    >>> text = "Tides\n\nMonth | Height\nMay | 3 m"
    >>> [text[it.start : it.end] for it in (Block(0, 5, "heading", 1), Block(7, 32, "table"))]
    ['Tides', 'Month | Height\nMay | 3 m']
    """

    start: int
    end: int
    kind: BlockKind
    level: int = 0
    head: int = 0


class Location(NamedTuple):
    """Where a text is in its file, in words of the file's format, from ``start`` to the next.

    >>> Location(1204, "page 7").label
    'page 7'
    """

    start: int
    label: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of its article, apart from the title.

    ``date`` is in ISO 8601, as exact as the file is: ``2024``, ``2024-05`` or ``2024-05-31``.
    ``language`` is a BCP 47 code in lower case.

    >>> Metadata(date="2024-05-31", authors=("Ann Lee",)).tags
    ()
    """

    date: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader finds in a file: a title, empty if there is none, and a text.

    ``blocks`` and ``locations`` are in order and without overlap; a reader may leave them out.
    ``encoding`` is that of the file if it had to be guessed. ``left_out`` are parts of the file
    that could not be read, each with the reason.

    >>> Document("Tides", "The sea rises.", locations=(Location(0, "page 1"),)).metadata.date
    """

    title: str
    text: str
    blocks: tuple[Block, ...] = ()
    locations: tuple[Location, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    encoding: str | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; ``name`` is unique within its source.

    The name is the path relative to the source (with ``/`` on every system), the line's ``_id``
    for an article of a ``.jsonl`` file, or ``<file>/<member>`` for one of several in a file. The
    rest is as in ``Document``.
    """

    name: str
    title: str
    text: str
    blocks: tuple[Block, ...] = ()
    locations: tuple[Location, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    encoding: str | None = None
    left_out: tuple[str, ...] = ()
    sha256: str = field(init=False, repr=False, compare=False)
    """SHA-256 of the text in UTF-8, in hex; equals the file's unless it has a byte order mark."""

    def __post_init__(self) -> None:
        from hashlib import sha256  # slow to load, and `--help` needs this module

        # Computed once, because every passage of the article is stored with it.
        digest = sha256(self.text.encode()).hexdigest()
        object.__setattr__(self, "sha256", digest)

    @classmethod
    def of(cls, name: str, document: Document) -> Self:
        """The article that a reader found in a file."""
        it = document
        return cls(
            *(name, it.title, it.text, it.blocks, it.locations, it.metadata, it.encoding),
            it.left_out,
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive whole sentences of an article: ``text == article.text[start:end]``.

    ``sentences`` are in order and exclude the white space between them. ``above`` is the head of
    the table that it continues; it is embedded with the passage, which makes no sense without it.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    above: str = ""


ANALYSIS = 2
"""The newest version of the analysis, see ``Splitting``."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """How articles are split into passages, and passages into words; stored with the index.

    ``target_tokens`` is the target length of a passage. Passages of 450 to 750 characters, which is
    about the default, contain an answer and little else, and are well below the input limit of
    small encoders.

    >>> Splitting(target_tokens=96, language="german").target_tokens
    96
    """

    target_tokens: int = 128
    language: str = "english"
    """The language used for stemming and abbreviations, see ``analysis``; ``none`` disables
    stemming."""
    analysis: int = ANALYSIS
    """The version of the rules by which texts become sentences and words. Formats 1 and 2 have
    version 1, which knows English abbreviations and words between spaces only."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How an index is searched, if judged questions chose it; remembered with the index.

    ``meaning`` is the weight of the meaning beside the words, as odds: 2.0 doubles those that Locus
    finds out from the collection. ``candidates`` is the number of passages that are scored again by
    their sentences. The rest says why: the questions of ``dataset``, and its measure ``before`` and
    ``after``. ``earlier_tokens`` is the length of passages before, if the tuning changed it.

    >>> Tuning(meaning=2.0).share(0.5)
    0.6666666666666666
    """

    meaning: float = 1.0
    candidates: int = 30
    dataset: str = ""
    questions: int = 0
    before: float = 0.0
    after: float = 0.0
    earlier_tokens: int | None = None

    def share(self, share: float) -> float:
        """The weight of the meaning, from 0 to 1, instead of ``share``."""
        return self.meaning * share / (self.meaning * share + 1 - share)


UNTUNED = Tuning()
"""How an index is searched if nothing else was chosen for it."""


@dataclass(frozen=True, slots=True)
class SearchDepth:
    """How much of its vectors a search of an index reads, chosen when the index was built.

    ``probes`` of its ``clusters`` are read; without clusters, the question is compared with all
    vectors. ``recall`` is the share of the ten nearest passages that was found so, of ``questions``
    questions.

    >>> SearchDepth(2048, 190, 0.991, 400).is_exact
    False
    """

    clusters: int | None = None
    probes: int | None = None
    recall: float = 1.0
    questions: int = 0

    @property
    def is_exact(self) -> bool:
        return self.clusters is None


EXACT = SearchDepth()
"""Every search compares the question with all vectors."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a source to index; remembered with the source.

    ``exclude`` contains patterns in .gitignore syntax; ``hidden`` includes files and folders whose
    name begins with a dot. ``text_columns`` are the columns of tables whose cells are the text of
    an article; if there are none, all columns are.

    >>> Selection(("drafts/",)).hidden
    False
    """

    exclude: tuple[str, ...] = ()
    hidden: bool = False
    text_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facets:
    """Which articles to search: all of these must hold.

    ``under`` is a folder, an article or a pattern. ``since`` and ``until`` are dates such as
    ``2024``, ``2024-05`` or ``2024-05-31``; both days are included. A date of an article that is
    less exact counts if it may be meant: ``2024`` is since March 2024. An article must have all of
    the ``tags``. The name of one of its authors must contain each of the ``authors``.

    >>> bool(Facets()), bool(Facets(since="2024-05"))
    (False, True)
    """

    under: str | None = None
    since: str | None = None
    until: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != Facets()

    @property
    def has_dates(self) -> bool:
        return self.since is not None or self.until is not None


NO_SUFFIX = "no suffix"
"""The key of files without a suffix, where ignored files are counted by suffix."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An article or file that should be indexed but cannot be, and the reason.

    >>> print(Skipped("notes/old.txt", "the file is empty").reason)
    the file is empty
    """

    article: str
    reason: str
