r"""A corpus: a ``.jsonl`` file, an article a line: ``{"_id": ..., "title": ..., "text": ...}``.

Lines end at ``\n`` alone: a line separator such as U+2028 is part of the text it stands in.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import UnreadableArticle
from indexer.reading.formats.plain import title_of
from indexer.types import Article


def lines(path: Path, limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Each line that is not blank: its number from 1, its length in bytes, and its bytes.

    A line of more than ``limit`` bytes comes as None; no more of it than that is held in memory.
    """
    with path.open("rb") as file:
        number = 0
        while data := file.readline(limit + 1):
            number += 1
            length = len(data)
            if length > limit:
                while not data.endswith(b"\n") and (data := file.readline(limit)):
                    length += len(data)
                yield number, length, None
            elif not data.isspace():
                yield number, length, data


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


def parse(data: bytes) -> Record:
    """What one line says; UnreadableArticle tells what is wrong with it."""
    try:
        record = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableArticle(f"not UTF-8: byte 0x{data[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        raise UnreadableArticle(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise UnreadableArticle("JSON nested too deeply") from None
    if not isinstance(record, dict):
        raise UnreadableArticle("not a JSON object")
    name, title, text = record.get("_id"), record.get("title"), record.get("text")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name:
        raise UnreadableArticle("no _id")
    if not isinstance(text, str) or not text or text.isspace():
        raise UnreadableArticle(f"article {name!r} has no text")
    title = (title.strip() if isinstance(title, str) else "") or None
    for value in (name, title or "", text):
        _check_encodable(value)
    return Record(name, title, text)


def _check_encodable(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnreadableArticle(
            f"half of a surrogate pair at character {error.start}, which no text can hold"
        ) from None
