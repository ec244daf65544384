r"""Recognise a format by the first bytes of a file, whatever its name says.

Word saves web pages as .doc, programs export tables and mail as HTML with any suffix, and people
rename files. Only clear marks count: those that no other format begins with.

>>> suffix_of_content(b"%PDF-1.7\n%")
'.pdf'
"""

import re

HEAD = 4096
"""How many bytes at the beginning of a file are looked at."""

_OPENING = re.compile(  # each part takes what it can and gives nothing back
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:(?><!--.*?-->)\s*+)*+"
    rb"<(?:!doctype\s++html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_SAVED_PAGE = re.compile(rb"^Content-Type:\s*multipart/related\b", re.IGNORECASE | re.MULTILINE)
_PDF_BYTES = 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IN_ZIP = (
    (b"mimetypeapplication/epub+zip", ".epub"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", ".odt"),
    (b"word/", ".docx"),
    (b"ppt/", ".pptx"),
)


def suffix_of_content(head: bytes) -> str | None:
    """The suffix that a file with these first bytes should have; None if nothing is clear."""
    if head.find(b"%PDF-", 0, _PDF_BYTES) >= 0 and not head.startswith((_ZIP, _OLE)):
        # Some programs write a few lines before the mark; a page about PDF is not one.
        before = head[: head.index(b"%PDF-")]
        return ".pdf" if not before.strip() or b"\0" in before else None
    if head.startswith(rb"{\rtf"):
        return ".rtf"
    if head.startswith(_OLE):
        return ".doc"
    if head.startswith(_ZIP):
        return next((suffix for mark, suffix in _IN_ZIP if mark in head), None)
    if _OPENING.match(head):
        return ".html"
    return ".mhtml" if _SAVED_PAGE.search(head) else None
