"""Read PDF files: pdfium finds the lines of each page, and ``pages`` makes one text of them."""

import ctypes
import itertools
import math
import re
import sys
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from indexer.errors import UnreadableArticle, first_line
from indexer.reading.formats.described import properties
from indexer.reading.formats.paged import pages
from indexer.reading.formats.paged.paragraphs import Line
from indexer.types import Document, Metadata

TEXT_LIMIT = 16 * 1024 * 1024
"""Characters of one file's text. A small file can contain far more of it than memory holds."""
MOST_PAGES = 100_000
_MOST_UNREADABLE = 0.02
_BEGINS = 1024
"""Bytes in which a PDF file says that it is one."""
_LOOKED_AT = 3
"""Pages in which images are looked for, to say that pages are scanned."""

_PASSWORD = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
_HYPHEN = "\2"
"""What pdfium returns for a hyphen and the end of a line after it."""
_LINE_END = re.compile("\r\n|\2(?:\r\n)?")
_UNREADABLE = re.compile("[\0-\x08\x0e-\x1a\x7f-\x9f\ufffd-\uffff\ue000-\uf8ff]")
_BLANK = " \t\r\n\0"
"""What is cut off at a line's ends; to ``str.strip`` some codes of TeX are white space too."""
_GENERATED = "\r\n "
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
"""The halves of characters beyond 16 bits, which pdfium counts as two."""
# Fonts of TeX without Unicode: the codes of T1, then those of OT1 beside a letter.
_TEX = {0x10: "“", 0x11: "”", 0x12: "„", 0x15: "–", 0x16: "—"}
_TEX |= dict(zip(range(0x1B, 0x20), ("ff", "fi", "fl", "ffi", "ffl"), strict=True))
_OLD_TEX = dict(zip("\x0b\x0c\r\x0e\x0f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True))
_OLD_LIGATURE = re.compile("(?<=[^\\W\\d_])[\x0b\x0c\r\x0e\x0f]|[\x0b\x0c\r\x0e\x0f](?=[^\\W\\d_])")
_WRITTEN_OUT = str.maketrans(
    {chr(0xFB00 + n): text for n, text in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}
    | {chr(code): text for code, text in _TEX.items()}
    | {"\xa0": " ", "\xad": "", "\0": "", "\ufeff": "", "\u2028": " ", "\u2029": " ", "\x85": " "}
)
_SPACED = re.compile("(?<=[\u2e80-\u9fff]) +(?=[\u2e80-\u9fff])")
"""Spaces between Han and Kana, which have none but where a line is stretched."""
_BULLET = re.compile("^[\uf000-\uf8ff](?= )")
"""Bullets of symbol fonts have private codes."""


def read(data: bytes, name: str) -> Document:
    """Read a PDF file; its locations are its pages, counted from 1."""
    if b"%PDF" not in data[:_BEGINS]:
        raise UnreadableArticle("not a PDF file")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _PASSWORD:
            raise UnreadableArticle("encrypted; save a copy without a password") from None
        raise UnreadableArticle("damaged PDF file ({})", first_line(error)) from None
    with document:
        found, damaged = _pages(document)
        said = {
            key: _said(document, key) for key in ("Title", "Author", "CreationDate", "Keywords")
        }
    text, blocks, locations = pages.compose(found)
    return Document(
        properties.title(said["Title"], name) or pages.title(found),
        text,
        blocks,
        locations,
        Metadata(
            properties.date(said["CreationDate"]),
            properties.authors(said["Author"]),
            tags=properties.tags(said["Keywords"]),
        ),
        left_out=tuple(f"page {number} (damaged)" for number in damaged),
    )


def _pages(document: pypdfium2.PdfDocument) -> tuple[list[list[Line]], list[int]]:
    """The lines of each page, and the numbers of those that are damaged."""
    count = len(document)
    if count > MOST_PAGES:
        raise UnreadableArticle("more than {:,} pages", MOST_PAGES)
    found: list[list[Line]] = []
    damaged: list[int] = []
    chars = unreadable = 0
    images = False
    for number in range(count):
        try:
            page = document[number]
            text_page = page.get_textpage()
        except pypdfium2.PdfiumError:
            found.append([])
            damaged.append(number + 1)
            continue
        lines = list(_lines(page, text_page))
        if not lines and number < _LOOKED_AT:
            images = images or _has_images(page)
        text_page.close()
        page.close()
        found.append(lines)
        for line in lines:
            chars += len(line.text)
            unreadable += len(_UNREADABLE.findall(line.text))
        if chars > TEXT_LIMIT:
            raise UnreadableArticle("more than {:,} characters of text", TEXT_LIMIT)
    if len(damaged) == count:
        raise UnreadableArticle("damaged PDF file (no page can be read)")
    if not chars:
        kind = "{} page without text" if count == 1 else "{:,} pages without text"
        raise UnreadableArticle(f"scanned: {kind}" if images else kind, count)
    if unreadable > _MOST_UNREADABLE * chars:
        reason = "its fonts do not say which letters they show ({:.0%} of the text is unreadable)"
        raise UnreadableArticle(reason, unreadable / chars)
    return found, damaged


def _has_images(page: pypdfium2.PdfPage) -> bool:
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE]
    return any(True for _ in itertools.islice(page.get_objects(kinds), 1))


def _said(document: pypdfium2.PdfDocument, key: str) -> str:
    try:
        return str(document.get_metadata_value(key))
    except (pypdfium2.PdfiumError, UnicodeError):
        return ""


def _lines(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """The lines of a page, in the order in which pdfium returns them."""
    text = text_page.get_text_bounded()
    places: list[int] | range = range(len(text))
    box = page.get_bbox()
    if len(text) != pdfium.FPDFText_CountChars(text_page):
        text, places = _one_by_one(text_page, box)
    turn = page.get_rotation()
    start = 0
    for end in [*_LINE_END.finditer(text), None]:
        stop = end.start() if end else len(text)
        line = text[start:stop]
        blank = len(line) - len(line.lstrip(_BLANK))
        if stripped := line.strip(_BLANK):
            first, last = start + blank, start + blank + len(stripped) - 1
            some = [places[it] for it in (first, (first + last) // 2, last)]
            hyphen = end is not None and end[0].startswith(_HYPHEN)
            yield _line(text_page, _clean(stripped), some, turn, hyphen=hyphen)
        start = end.end() if end else stop


def _one_by_one(
    text_page: pypdfium2.PdfTextPage, box: tuple[float, float, float, float]
) -> tuple[str, list[int]]:
    """The text inside the page and each character's index, if some is outside or not in UCS-2."""
    left, bottom, right, top = box
    kept: list[str] = []
    places: list[int] = []
    values = [ctypes.c_double() for _ in range(4)]
    high = 0
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        if code in _HIGH:
            high = code
            continue
        if code in _LOW:
            code = 0x10000 + (high - _HIGH.start) * len(_LOW) + code - _LOW.start if high else 0
        high = 0
        if not 0 < code <= sys.maxunicode:
            continue
        pdfium.FPDFText_GetCharBox(text_page, index, *values)
        x0, x1, y0, y1 = (it.value for it in values)
        if chr(code) in _GENERATED or (x1 > left and x0 < right and y1 > bottom and y0 < top):
            kept.append(chr(code))
            places.append(index)
    return "".join(kept), places


def _line(
    text_page: pypdfium2.PdfTextPage, text: str, places: list[int], turn: int, *, hyphen: bool
) -> Line:
    """A line as the reader of the page sees it: the page may be turned by ``turn`` degrees.

    Its height is the median of three characters', because one may be raised or a symbol.
    """
    boxes = []
    rect = pdfium.FS_RECTF()
    for index in places:
        pdfium.FPDFText_GetLooseCharBox(text_page, index, rect)
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
        if not all(map(math.isfinite, (left, bottom, right, top))):
            left = bottom = right = top = 0.0  # a damaged matrix places its letters nowhere
        boxes.append(_turned(left, bottom, right, top, turn))
    typical = sorted(boxes, key=lambda it: it[3] - it[1])[1]
    begins, ends = min(it[0] for it in boxes), max(it[2] for it in boxes)
    return Line(text, begins, ends, typical[1], typical[3] - typical[1], hyphen)


def _turned(
    left: float, bottom: float, right: float, top: float, turn: int
) -> tuple[float, float, float, float]:
    if turn == 90:  # noqa: PLR2004
        return bottom, -right, top, -left
    if turn == 180:  # noqa: PLR2004
        return -right, -top, -left, -bottom
    if turn == 270:  # noqa: PLR2004
        return -top, left, -bottom, right
    return left, bottom, right, top


def _clean(text: str) -> str:
    """The text with ligatures written out and without characters that nobody sees."""
    if not text.isascii() or not text.isprintable():
        text = _OLD_LIGATURE.sub(lambda found: _OLD_TEX[found[0]], _BULLET.sub("•", text))
        text = _SPACED.sub("", text.translate(_WRITTEN_OUT))
    return " ".join(text.split()) if "  " in text else text
