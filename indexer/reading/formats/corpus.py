"""A corpus: a ``.jsonl`` file, an article a line: ``{"_id": ..., "title": ..., "text": ...}``.

The text of an article that has a title and no text is its title: in public collections, up to half
of the articles are such.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.opening import past_limit
from indexer.reading.titles import title_of
from indexer.types import Article

Refuse = Callable[[int, UnreadableArticle], object]
"""Told the number of each line that holds no article, and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a line says: an article, perhaps without a title."""

    name: str
    title: str | None
    text: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the text, as ``Article`` has it."""
        return Article(self.name, "", self.text).sha256

    def article(self) -> Article:
        """The article, with a title made of its text if none was given."""
        return Article(self.name, self.title or title_of(self.text, self.name), self.text)


def records(path: Path, limit: int, refuse: Refuse) -> Iterator[tuple[int, Record]]:
    """The articles of a corpus, each with the length of its line in bytes.

    A line of more than ``limit`` bytes is refused, and so is the second one with the same ``_id``.
    Raises OSError, also after some articles, and UnreadableArticle for what is no regular file.
    """
    seen: dict[str, int] = {}
    for number, length, data in jsonl.lines(path, limit):
        try:
            if data is None:
                raise past_limit(length, limit)
            record = parse(data)
            first = seen.setdefault(record.name, number)
            if first != number:
                again = "_id {!r} was given before, on line {}"
                raise UnreadableArticle(again, record.name, first)
        except UnreadableArticle as error:
            refuse(number, error)
        else:
            yield length, record


def parse(data: bytes) -> Record:
    """What one line says; UnreadableArticle tells what is wrong with it."""
    record = jsonl.parse(data, ("_id", "title", "text"))
    name, title, text = jsonl.identifier(record, "_id"), record.get("title"), record.get("text")
    if name is None:
        raise UnreadableArticle("no _id")
    title = title.strip() if isinstance(title, str) else ""
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise UnreadableArticle("the text of article {!r} is not a string", name)
    if not text.strip():
        # Spaces as in a title's context: what stands before a passage is then seen to be in it.
        title = text = " ".join(title.split())
    if not text:
        raise UnreadableArticle("article {!r} has neither a title nor a text", name)
    return Record(name, title or None, text)
