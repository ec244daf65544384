"""Read a ``.jsonl`` file, one article per line: ``{"_id": ..., "title": ..., "text": ...}``.

If an article has a title and no text, its title is used as its text: in some public collections
half of the articles are like this.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeAlias

from indexer.errors import UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.opening import past_limit
from indexer.reading.titles import title_of
from indexer.types import Article

Refuse = Callable[[int, UnreadableArticle], object]
"""Called with the number of each invalid line and the reason."""

Names: TypeAlias = Mapping[tuple[int, int], str]
"""The ids of known lines by their length in bytes and their look."""


@dataclass(frozen=True, slots=True)
class Record:
    """The article of one line; ``title`` is None if the line has none.

    ``look`` is a hash of the line, above 0: equal lines look the same.
    """

    name: str
    title: str | None
    text: str
    look: int

    @property
    def sha256(self) -> str:
        """SHA-256 of the text, the same as in ``Article``."""
        return Article(self.name, "", self.text).sha256

    def article(self) -> Article:
        """The article, with a title derived from its text if the line has none."""
        return Article(self.name, self.title or title_of(self.text, self.name), self.text)


class KnownLine(NamedTuple):
    """A line whose id is known without parsing it. It is parsed if its article is wanted."""

    name: str
    look: int
    data: bytes

    def article(self) -> Article:
        """The article of the line."""
        return parse(self.data).article()


def records(path: Path, limit: int, refuse: Refuse) -> Iterator[tuple[int, Record]]:
    """Yield the articles of a ``.jsonl`` file, each with the length of its line in bytes.

    Lines of more than ``limit`` bytes and lines that repeat an ``_id`` are passed to ``refuse``.
    Raises OSError, also after some articles, and UnreadableArticle if not a regular file.
    """
    for length, found in known_or_parsed(path, limit, refuse, {}):
        if isinstance(found, Record):
            yield length, found


def known_or_parsed(
    path: Path, limit: int, refuse: Refuse, known: Names
) -> Iterator[tuple[int, Record | KnownLine]]:
    """The same, but lines that are ``known`` are only hashed, in a fraction of the time."""
    seen: dict[str, int] = {}
    for number, length, data in jsonl.lines(path, limit):
        try:
            if data is None:
                raise past_limit(length, limit)
            found: Record | KnownLine
            look = _look(data) if known else 0
            name = known.get((length, look))
            found = parse(data) if name is None else KnownLine(name, look, data)
            first = seen.setdefault(found.name, number)
            if first != number:
                again = "duplicate _id {!r} (first used on line {})"
                raise UnreadableArticle(again, found.name, first)
        except UnreadableArticle as error:
            refuse(number, error)
        else:
            yield length, found


def parse(data: bytes) -> Record:
    """Parse one line; raises UnreadableArticle with the reason if it is not an article."""
    record = jsonl.parse(data, ("_id", "title", "text"))
    name, title, text = jsonl.identifier(record, "_id"), record.get("title"), record.get("text")
    if name is None:
        raise UnreadableArticle('missing "_id"')
    title = title.strip() if isinstance(title, str) else ""
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise UnreadableArticle('article {!r}: "text" is not a string', name)
    if not text.strip():
        # Spaces as in the title's context, so that the passage is seen to begin with it.
        title = text = " ".join(title.split())
    if not text:
        raise UnreadableArticle('article {!r}: "text" and "title" are missing or empty', name)
    return Record(name, title or None, text, _look(data))


def _look(line: bytes) -> int:
    """BLAKE2b of a line, 63 bits, so that SQLite can store it."""
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "little") >> 1 or 1
