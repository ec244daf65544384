"""Read pages that a browser saved as one file: MHTML, a mail with the page and its images."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web import html
from indexer.types import Document

_MOST_PARTS = 20_000


def read(data: bytes, name: str) -> Document:
    """Title, text and metadata of the page itself; frames inside it are left out."""
    try:
        # The other policies parse each header, some in a time that grows with its square.
        message = message_from_bytes(data, policy=policy.compat32)
        page = _page_of(message)
        content = page.get_payload(decode=True) if page is not None else None
        charset = page.get_param("charset") if page is not None else None
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError) as error:
        raise UnreadableArticle("damaged MHTML file ({})", type(error).__name__) from None
    if not isinstance(content, bytes):
        raise UnreadableArticle("the MHTML file contains no HTML page")
    declared = charset[2] if isinstance(charset, tuple) else charset
    found = html.read(content, name, str(declared) if declared else None)
    if found.title:
        return found
    return Document(_subject(message), found.text, found.blocks, (), found.metadata, found.encoding)


def _page_of(message: Message) -> Message | None:
    """The first part in HTML."""
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            break
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            return part
    return None


def _subject(message: Message) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(message["subject"] or "")))).split())
    except (ValueError, LookupError):
        return ""
