"""What was cited, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from indexer.errors import QueryError
from indexer.text import is_utf8
from search.types import Hit

Standing = Literal["unchanged", "moved", "changed", "gone"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
LAPSED = frozenset({"changed", "gone"})
"""What a text has become that is no longer there as it was cited."""
_LISTS = ("hits", "passages")
"""The keys under which an answer has its hits: that of a search, and that of an assistant's."""
_LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class Citation:
    """A text that was cited, from ``start`` to ``end`` of an article.

    ``sha256`` is that of the article's text at the time, ``source`` that of the article; None if
    unknown. A hit is a citation. Raises QueryError if it cannot be one.

    >>> Citation("sea.md", 5, 9, "salt").place
    'sea.md:5-9'
    """

    article: str
    start: int
    end: int
    text: str
    sha256: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        for name in ("article", "text", "sha256", "source"):
            value = getattr(self, name)
            is_missing = value is None and name in {"sha256", "source"}
            if not is_missing and not isinstance(value, str):
                raise QueryError(f'"{name}" is missing or not a string')
            if not is_missing and not is_utf8(value):
                raise QueryError(f'"{name}" has invalid Unicode (unpaired surrogate)')
        if not self.article:
            raise QueryError('"article" is empty')
        if not self.text.strip():
            raise QueryError('"text" is empty')
        for name in ("start", "end"):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= _LARGEST:
                raise QueryError(f'"{name}" is missing or not a character offset')
        if self.end < self.start:
            raise QueryError(f'"end" ({self.end}) is before "start" ({self.start})')

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """The citation of a hit."""
        return cls(hit.article, hit.start, hit.end, hit.text, hit.sha256, hit.source)

    @classmethod
    def from_json(cls, given: object) -> Self:
        """The citation in a JSON value: a hit, or an object with some of its keys.

        The assistant's search shortens long texts, and marks them as ``truncated``: then only the
        part that it shows is cited. Raises QueryError.
        """
        if not isinstance(given, dict):
            raise QueryError("not a JSON object")
        found: dict[str, Any] = {name: given.get(name) for name in cls.__slots__}
        if given.get("truncated") is True and type(found["start"]) is int:
            found["end"] = found["start"] + len(str(found["text"]))
        return cls(**found)

    @property
    def place(self) -> str:
        """Where it was, as ``ARTICLE:START-END``."""
        return f"{self.article}:{self.start}-{self.end}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def hits_in(record: Mapping[str, Any]) -> list[object]:
    """The hits in a JSON object: those of an answer, or the object itself.

    >>> hits_in({"query": "owls", "hits": []}), len(hits_in({"article": "owls.md"}))
    ([], 1)
    """
    for name in _LISTS:
        if isinstance(record.get(name), list):
            return list(record[name])
    return [record]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a citation: where its text is ``now``, if it is anywhere.

    It is unchanged if the article has exactly this text at this place. It has moved if the text is
    elsewhere, in this article or in another. If only the white space in it differs,
    ``other_space`` is true, and it counts as unchanged or moved. It has changed if the most
    similar place has a part of its words; ``diff`` then has [-what was removed-] and {+what was
    added+}. Otherwise it is gone. ``article_changed`` says whether the article has another text
    than at the time; None if that is unknown or the article is not in the index.

    >>> cited = Citation("sea.md", 5, 9, "salt")
    >>> Verdict(cited, "moved", Citation("sea.md", 15, 19, "salt")).stands
    True
    """

    cited: Citation
    standing: Standing
    now: Citation | None = None
    diff: str | None = None
    other_space: bool = False
    article_changed: bool | None = None

    @property
    def stands(self) -> bool:
        """Whether the articles still say it."""
        return self.standing not in LAPSED

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.standing,
            "cited": self.cited.as_json(),
            "now": self.now and self.now.as_json(),
            "diff": self.diff,
            "other_space": self.other_space,
            "article_changed": self.article_changed,
        }


def verdicts_as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Verdicts with how many there are of each kind, in the shape of the API."""
    return {**dict(tally(verdicts)), "verdicts": [verdict.as_json() for verdict in verdicts]}


def tally(verdicts: Sequence[Verdict]) -> Iterator[tuple[Standing, int]]:
    """How many citations are unchanged, moved, changed and gone."""
    for standing in STANDINGS:
        yield standing, sum(it.standing == standing for it in verdicts)
