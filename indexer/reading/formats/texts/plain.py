"""Read plain text files; line ends are unchanged."""

from indexer.reading import encodings
from indexer.reading.titles import title_of
from indexer.types import Document


def read(data: bytes, name: str) -> Document:
    """Title and text of a plain text file."""
    text, guessed = encodings.decode(data)
    return Document(title_of(text, name), text, encoding=guessed)


def decode(data: bytes) -> str:
    """Decode a file; raises UnreadableArticle if it is binary or empty."""
    return encodings.decode(data).text
