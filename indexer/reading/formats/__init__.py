"""One small module per format: a file's bytes to a title and a text.

A reader is a function ``(data, name) -> (title, text)`` and raises UnreadableArticle with the
reason. To read a new format, write its module and name its suffix here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from indexer.reading.formats import markdown, plain

Reader = Callable[[bytes, str], tuple[str, str]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {".txt": plain.read, ".md": markdown.read, ".markdown": markdown.read}
)
"""Reader by suffix, in lower case."""
