"""Read pages that Safari saved as one file: a web archive, which is a binary property list."""

import plistlib
import struct

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web import html
from indexer.types import Document

_BROKEN = (
    *(plistlib.InvalidFileException, struct.error, ValueError, KeyError, IndexError),
    *(TypeError, OverflowError, RecursionError, AttributeError),
)


def read(data: bytes, name: str) -> Document:
    """Title, text and metadata of the page itself; frames inside it are left out."""
    try:
        archive = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
        page = archive["WebMainResource"]
        content, kind = page["WebResourceData"], page.get("WebResourceMIMEType", "text/html")
        declared = page.get("WebResourceTextEncodingName")
    except _BROKEN as error:
        raise UnreadableArticle("damaged web archive ({})", type(error).__name__) from None
    if not isinstance(content, bytes) or kind not in {"text/html", "application/xhtml+xml"}:
        raise UnreadableArticle("the web archive contains no HTML page")
    return html.read(content, name, declared if isinstance(declared, str) else None)
