"""Small files made to break readers, a function a kind: names and bytes. None is a stranger's.

They become deep, endless or dangerous only when they are read. ``hostile_large`` has the others.
"""

# ruff: noqa: E501 - pieces of files stay on their line

import io
import zipfile
from collections.abc import Callable, Iterator

from tests.printing import assembled, stream

WORDS = b"Herrings spawn in the bay at night. "
MIB = 2**20
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R"
    b" /Resources << /Font << /F1 4 0 R >> /XObject << /X 6 0 R /X7 7 0 R >> >> >>"
)
SHOWN = b"BT /F1 10 Tf 72 700 Td (Herrings spawn in the bay.) Tj ET"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" Type="http://x/officeDocument" Target="word/document.xml"/>'
    b"</Relationships>"
)
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
_BILLION = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">%s]>' % _LAUGHS

Files = Iterator[tuple[str, bytes]]


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def docx(body: bytes, head: bytes = b"", *more: tuple[str, bytes]) -> bytes:
    """A Word document with this body; ``head`` is what stands before its root element."""
    root = b'<w:document xmlns:w="%s"><w:body>%s</w:body></w:document>' % (_W.encode(), body)
    return zipped(("_rels/.rels", RELS), ("word/document.xml", head + root), *more)


def small_pdfs() -> Files:
    shown = stream(SHOWN)

    def pdf(
        content: bytes = shown, pages: bytes = PAGES, *more: bytes, page: bytes = PAGE
    ) -> bytes:
        return assembled([CATALOG, pages, page, FONT, content, *more])

    yield "tree.pdf", pdf(shown, b"<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 999999 >>")
    yield "count.pdf", pdf(shown, b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>")
    outline = assembled(
        [
            *(b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>", PAGES, PAGE, FONT, shown),
            b"<< /First 7 0 R /Last 7 0 R >>",
            b"<< /Title (a) /Parent 6 0 R /Next 7 0 R /First 6 0 R >>",
        ]
    )
    yield "outlines.pdf", outline
    table = pdf().rfind(b"xref\n0")
    yield "xref.pdf", pdf().replace(b"trailer\n<<", b"trailer\n<< /Prev %d" % table)
    script = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (while(1);) >> >>"
    yield "script.pdf", assembled([script, PAGES, PAGE, FONT, shown])
    deep = b"[" * 100_000
    yield "arrays.pdf", pdf(stream(SHOWN), PAGES, deep)


def small_pages() -> Files:
    yield "refresh.html", b'<meta http-equiv=refresh content="0;url=refresh.html"><p>' + WORDS * 10
    yield "charset.html", b"<meta charset=utf-7><p>+ADw-script+AD4- \xe9\xe8 " + WORDS * 10
    yield "frame.html", b"<iframe src='file:///etc/passwd'></iframe><p>" + WORDS * 10
    yield (
        "script.html",
        (
            b"<title>&lt;script&gt;alert(1)&lt;/script&gt;\x1b[2J</title><meta name=author content="
            b"'<img src=x onerror=alert(1)>'><h1>&lt;svg onload=alert(1)&gt;</h1><p>"
            + WORDS * 10
            + b"<a href='javascript:alert(1)'>herring</a>"
        ),
    )
    yield "colspan.html", b"<table><tr><td colspan=999999999 rowspan=999999999>" + WORDS * 10
    yield "laughs.xhtml", _BILLION + b"<html><body><p>&l9; " + WORDS * 10
    yield (
        "jsonld.html",
        b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script><p>" + WORDS * 10,
    )


def small_offices() -> Files:
    paragraph = b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % (WORDS * 10)
    yield (
        "entity.docx",
        docx(
            paragraph + b"<w:p><w:r><w:t>&e;</w:t></w:r></w:p>",
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        ),
    )
    yield "laughs.docx", docx(b"<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", _BILLION)
    yield (
        "nested.docx",
        docx(b"<w:tbl><w:tr><w:tc>" * 80 + paragraph + b"</w:tc></w:tr></w:tbl>" * 80),
    )
    yield (
        "spans.docx",
        docx(
            b"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='999999999'/></w:tcPr>"
            + paragraph
            + b"</w:tc><w:tc>"
            + paragraph
            + b"</w:tc></w:tr></w:tbl>"
        ),
    )
    content = (
        b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        b' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        b' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        b"%s</office:text></office:body></office:document-content>"
    )
    mark = ("mimetype", b"application/vnd.oasis.opendocument.text")
    p = b"<text:p>%s</text:p>" % (WORDS * 5)
    spaces = b'<text:p>a<text:s text:c="2000000000"/>b</text:p>' + p
    yield "spaces.odt", zipped(mark, ("content.xml", content % spaces))
    cell = b'<table:table-cell table:number-columns-repeated="2000000000">%s</table:table-cell>' % p
    repeated = b'<table:table><table:table-row table:number-rows-repeated="99999999">%s</table:table-row></table:table>'
    yield "cells.odt", zipped(mark, ("content.xml", content % (repeated % cell)))
    yield (
        "linked.rtf",
        b'{\\rtf1 {\\field{\\*\\fldinst INCLUDETEXT "/etc/passwd"}{\\fldrslt }}' + WORDS + b"}",
    )
    yield "binary.rtf", b"{\\rtf1 \\bin2147483647 " + WORDS + b"}"
    yield (
        "remote.epub",
        epub(
            1,
            b'<itemref idref="b"/>',
            b'<item id="b" href="file:///etc/passwd" media-type="text/html"/>',
        ),
    )


def epub(chapters: int, more: bytes = b"", items: bytes = b"") -> bytes:
    container = (
        b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        b'<rootfile full-path="p.opf"/></rootfiles></container>'
    )
    spine = b'<itemref idref="a"/>' * chapters + more
    package = (
        b'<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        b'<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
        + items
        + b"</manifest><spine>"
        + spine
        + b"</spine></package>"
    )
    page = b"<html><body><h1>Herrings</h1><p>" + WORDS * 20 + b"</p></body></html>"
    return zipped(
        ("mimetype", b"application/epub+zip"), ("META-INF/container.xml", container),
        ("p.opf", package), ("a.xhtml", page),
    )  # fmt: skip


def small_mails() -> Files:
    top = b"From: a@example.org\nSubject: %s\n"
    options = b"".join(b"; p%d=v" % n for n in range(50_000))
    yield "parameters.eml", top % b"a" + b"Content-Type: text/plain" + options + b"\n\n" + WORDS
    numbered = b"".join(b"; p*%d=v" % n for n in range(50_000))
    yield "numbered.eml", top % b"a" + b"Content-Type: text/plain" + numbered + b"\n\n" + WORDS
    deep = top % b"a"
    for n in range(10_000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    same = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    yield "same.eml", top % b"a" + same * 10_000 + b"\n" + WORDS
    forwarded = b"Content-Type: message/rfc822\n\nFrom: a\n"
    yield "forwarded.eml", top % b"a" + forwarded * 10_000 + b"\n" + WORDS
    yield "charset.eml", top % b"a" + b"Content-Type: text/plain; charset=a\0b\n\n" + WORDS
    yield "brackets.eml", b"From: " + b"(" * 200_000 + b"\nSubject: a\n\n" + WORDS
    yield "escapes.eml", top % b"=?utf-8?q?=1B[2J=1B]0;owned=07?=" + b"\n" + WORDS


def small_records() -> Files:
    yield "deep.ipynb", b'{"cells":' + b"[" * 500_000
    yield "digits.ipynb", b'{"cells": ' + b"9" * 5000 + b"}"
    yield (
        "surrogate.ipynb",
        b'{"cells": [{"cell_type": "markdown", "source": "herrings \\ud800 x"}]}',
    )
    yield (
        "negative.srt",
        b"1\n-00:00:05,000 --> -00:00:01,000\nHerrings.\n\n2\n99:99:99,999 --> 0:0:0,0\nSpawn.\n",
    )
    yield (
        "aliases.md",
        (b"---\na: &a [x,x,x,x]\nb: &b [*a,*a,*a]\ntitle: *b\ntags: *b\n<<: *a\n---\n" + WORDS),
    )
    yield "keys.md", b"+++\n" + b"a." * 100_000 + b"b = 1\n+++\n" + WORDS
    yield "input.tex", b"\\begin{document}\\input{/etc/passwd}\\include{/etc/passwd} " + WORDS
    yield "include.adoc", b"= Sea\n\ninclude::/etc/passwd[]\n\n" + WORDS
    yield (
        "include.rst",
        b"Sea\n===\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n" + WORDS,
    )
    yield "include.org", b'#+INCLUDE: "/etc/passwd"\n\n' + WORDS


SMALL: tuple[Callable[[], Files], ...] = (
    *(small_pdfs, small_pages, small_offices, small_mails, small_records),
)
"""Kinds of files that are read, or refused, at once."""
