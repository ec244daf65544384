"""Read a ``.jsonl`` file, one article per line: ``{"_id": ..., "title": ..., "text": ...}``.

If an article has a title and no text, its title is used as its text: in some public collections
half of the articles are like this.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from indexer.errors import UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.opening import past_limit
from indexer.reading.titles import title_of
from indexer.types import Article

Refuse = Callable[[int, UnreadableArticle], object]
"""Called with the number of each invalid line and the reason."""


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


def records(path: Path, limit: int, refuse: Refuse) -> Iterator[tuple[int, Record]]:
    """Yield the articles of a ``.jsonl`` file, each with the length of its line in bytes.

    Lines of more than ``limit`` bytes and lines that repeat an ``_id`` are passed to ``refuse``.
    Raises OSError, also after some articles, and UnreadableArticle if not a regular file.
    """
    seen: dict[str, int] = {}
    for number, length, data in jsonl.lines(path, limit):
        try:
            if data is None:
                raise past_limit(length, limit)
            record = parse(data)
            first = seen.setdefault(record.name, number)
            if first != number:
                again = "duplicate _id {!r} (first used on line {})"
                raise UnreadableArticle(again, record.name, first)
        except UnreadableArticle as error:
            refuse(number, error)
        else:
            yield length, record


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
