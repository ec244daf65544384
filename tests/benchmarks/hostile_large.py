"""Files made to break readers that are large, or take a reader to its limits: see ``SMALL``."""

# ruff: noqa: E501 - pieces of files stay on their line

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.benchmarks.hostile_files import (
    CATALOG,
    FONT,
    MIB,
    PAGE,
    PAGES,
    RELS,
    SHOWN,
    SMALL,
    WORDS,
    Files,
    docx,
    epub,
    zipped,
)
from tests.printing import assembled, stream


def deflated(size: int, piece: bytes = b" ") -> bytes:
    """A zlib stream of so many bytes, made of one block; its checksum is missing."""
    packer = zlib.compressobj(9)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(piece * (MIB // len(piece))) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (size // MIB) + b"\x03\0"


def archives() -> Files:
    bomb = zipped(("herrings.txt", b" " * (200 * MIB)))
    yield "bomb.zip", bomb
    letters = b"a" * (30 * MIB)
    inner = zipped(*((f"{n}.txt", letters) for n in range(10)))
    yield "nested.zip", zipped(*((f"{n}.zip", inner) for n in range(16)))
    deep = zipped(("a.txt", WORDS))
    for _ in range(30):
        deep = zipped(("deep.zip", deep))
    yield "deep.zip", deep
    pad = gzip.compress(b"a" * (60 * MIB))
    yield "twice.txt.gz", gzip.compress(pad)
    yield "bomb.txt.gz", gzip.compress(b"a" * (300 * MIB), 9)
    yield "bomb.csv.gz", gzip.compress(b"a" * (300 * MIB), 9)
    yield "bomb.mbox.gz", gzip.compress(b"From a\n" + b"\n" * (300 * MIB), 9)
    yield "bomb.zip.gz", gzip.compress(bomb)
    names = (
        "/etc/passwd.txt",
        "../../escape.txt",
        "C:\\x.txt",
        "a\nb.txt",
        "\x1b[2J.txt",
        "x" * 3000,
    )
    yield "names.zip", zipped(*((name, WORDS) for name in names), ("n" * 60000 + ".txt", WORDS))
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.txt", WORDS)
    yield "linked.zip", linked.getvalue()
    plain = bytearray(zipped(("a.txt", WORDS * 50), ("b.txt", WORDS * 50)))
    lie = bytes(plain)
    yield "overlapping.zip", _overlapping(plain)
    yield "sizes.zip", lie.replace(struct.pack("<L", len(WORDS) * 50), b"\xff\xff\xff\xff")
    yield "many.zip", zipped(*((f"{n}.txt", b"") for n in range(60_000)))
    yield "encrypted.zip", bytes(_with_flag(bytearray(lie)))


def _overlapping(data: bytearray) -> bytes:
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def _with_flag(data: bytearray) -> bytearray:
    at = -1
    while (at := data.find(b"PK", at + 1)) >= 0:
        if data[at + 2 : at + 4] == b"\x03\x04":
            data[at + 6] |= 1
        elif data[at + 2 : at + 4] == b"\x01\x02":
            data[at + 8] |= 1
    return data


def large_pdfs() -> Files:
    shown = stream(SHOWN)

    def pdf(
        content: bytes = shown, pages: bytes = PAGES, *more: bytes, page: bytes = PAGE
    ) -> bytes:
        return assembled([CATALOG, pages, page, FONT, content, *more])

    kids = " ".join("3 0 R" for _ in range(3000)).encode()
    yield "pages3000.pdf", pdf(shown, b"<< /Type /Pages /Kids [%s] /Count 3000 >>" % kids)
    flate = b"/Filter /FlateDecode"
    yield "swelling.pdf", pdf(stream(deflated(4096 * MIB), flate))
    yield (
        "double.pdf",
        pdf(stream(zlib.compress(deflated(4096 * MIB)), b"/Filter [/FlateDecode /FlateDecode]")),
    )
    text = b"BT /F1 10 Tf 72 700 Td " + b"(Herrings spawn in the bay.) Tj " * 2_000_000 + b"ET"
    yield "text.pdf", pdf(stream(zlib.compress(text), flate))
    image = (
        b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8"
        b" /ColorSpace /DeviceRGB /Filter /FlateDecode"
    )
    yield "image.pdf", pdf(stream(b"/X Do"), PAGES, stream(deflated(100 * MIB), image))
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << %s >> >>"
    both = form % b"/X 6 0 R /X7 7 0 R"
    yield (
        "forms.pdf",
        pdf(
            stream(SHOWN + b" /X Do"),
            PAGES,
            stream(b"/X7 Do /X7 Do", both),
            stream(b"/X Do /X Do", both),
        ),
    )
    chain = [stream(b"/N Do " * 10, form % (b"/N %d 0 R" % (7 + n))) for n in range(30)]
    yield "exponential.pdf", pdf(stream(b"/X Do"), PAGES, *chain, shown)
    title = b"<< /Title (\\033[2J\\033]0;owned\\007<script>alert\\(1\\)</script>) /Author (\\033[31mA) >>"
    yield "title.pdf", assembled([CATALOG, PAGES, PAGE, FONT, shown, title], info=6)
    yield "contents.pdf", pdf(page=PAGE.replace(b"5 0 R", b"[%s]" % (b"5 0 R " * 20000)))


def large_pages() -> Files:
    yield "deep.html", b"<div>" * 100_000 + WORDS * 10
    yield (
        "attributes.html",
        b"<p " + b" ".join(b"a%d=b" % n for n in range(200_000)) + b">" + WORDS * 10,
    )
    yield "same.html", b"<p " + b"class='x' " * 200_000 + b">" + WORDS * 10
    yield "paragraphs.html", b"<p>a" * 200_000
    image = base64.b64encode(b"\xff" * (15 * MIB))
    yield (
        "inlined.html",
        b"<h1>Sea</h1><p>" + WORDS * 10 + b'<img src="data:image/png;base64,%s">' % image,
    )
    yield "utf16.html", b"\xff\xfe<meta charset=utf-8><p>" + WORDS * 10
    yield "tables.html", b"<table>" * 20_000 + b"<tr><td>" + WORDS * 10
    yield "lists.html", b"<ul><li>" * 50_000 + WORDS * 10
    yield "unclosed.html", b"<p" * 500_000 + WORDS * 10
    yield "comments.html", b"<!--" * 300_000 + WORDS * 10
    yield "entities.html", b"<p>" + b"&lt" * 2_000_000 + WORDS
    yield "bom.txt", b"\xff\xfe" + WORDS
    yield "utf7.txt", b"+ADw-script+AD4- " * 100
    yield "spaces.txt", b" " * (15 * MIB)
    yield "line.txt", WORDS * (15 * MIB // len(WORDS))
    yield "letters.txt", b"a" * (15 * MIB)
    yield "marks.txt", ("e" + "\u0301" * (7 * MIB)).encode()
    yield "escapes.txt", b"\x1b[2J\x1b]0;owned\x07 herrings \x9b31m\r hidden " + WORDS
    yield "separators.txt", ("\u2028" * 10 + "\u202e" + WORDS.decode()).encode() * 100


def large_offices() -> Files:
    row = b"<w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr>"
    yield "rows.docx", docx(b"<w:tbl>" + row * 1_000_000 + b"</w:tbl>")
    yield "rows500k.docx", docx(b"<w:tbl>" + row * 480_000 + b"</w:tbl>")
    rels = RELS.replace(b"</R", b'<Relationship Id="r" Type="x/y" Target="z"/>' * 700_000 + b"</R")
    yield "rels.docx", zipped(("_rels/.rels", rels), ("word/document.xml", b"<x/>"))
    yield "elements.docx", docx(b"<w:p/>" * 5_000_000)
    yield "flood.rtf", b"{\\rtf1 " + b"{" * 900_000 + WORDS * 10
    yield "cells.rtf", b"{\\rtf1\\trowd " + b"\\cell" * 2_000_000 + b"\\row " + WORDS + b"}"
    yield "book.epub", epub(50_000)
    yield "loop.epub", epub(1, b'<itemref idref="a"/>' * 100_000)


def large_mails() -> Files:
    top = b"From: a@example.org\nSubject: %s\n"
    yield "subject.eml", top % (b"=?utf-8?q?x?= " * 80_000) + b"\n" + WORDS
    yield "one.eml", top % (b"x" * MIB) + b"\n" + WORDS
    deep = top % b"a"
    for n in range(10_000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    yield "deep.eml", deep + b"\n" + WORDS
    same = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    yield "deep.mhtml", deep + b"Content-Type: text/html\n\n" + WORDS
    yield "same.mhtml", top % b"a" + same * 10_000 + b"Content-Type: text/html\n\n<p>" + WORDS
    parts = b"--b\nContent-Disposition: attachment; filename=a.txt\n\n" + WORDS + b"\n"
    yield (
        "parts.eml",
        top % b"a" + b"Content-Type: multipart/mixed; boundary=b\n\n" + parts * 50_000,
    )
    inside = zipped(("a.txt", b"a" * (60 * MIB)))
    encoded = base64.encodebytes(inside)
    attached = b"--b\nContent-Type: application/zip; name=../../x.zip\nContent-Transfer-Encoding: base64\n\n"
    yield (
        "attached.eml",
        top % b"a"
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + WORDS
        + (b"\n--b\n\n" + WORDS + b"\n" + attached + encoded + b"\n--b--\n"),
    )
    yield "froms.mbox", b"From a 00:00\n\n" * 200_000 + WORDS
    yield "long.mbox", b"From a\nSubject: a\n\n" + b"a" * (40 * MIB)


def large_records() -> Files:
    output = {"cell_type": "code", "source": "1", "outputs": [{"text": "a" * (100 * MIB)}]}
    said = {"cell_type": "markdown", "source": WORDS.decode() * 5}
    yield "output.ipynb", json.dumps({"cells": [said, output]}).encode()
    yield "cues.srt", b"1\n00:00:01,000 --> 00:00:02,000\na\n\n" * 200_000
    yield "field.csv", b"title,text\na," + b"b" * (100 * MIB) + b"\nSea,Herrings spawn.\n"
    yield "nul.csv", b"title,text\nSea\0,Herrings\0 spawn.\n" * 1000
    yield "open.csv", b"title,text\n" + b'Sea,"Herrings spawn.\n' * 100_000
    yield (
        "columns.csv",
        b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b",".join([b"herring"] * 100_000),
    )
    yield (
        "columns20.csv",
        (b",".join(b"c%d" % n for n in range(100_000)) + b"\n")
        + (b",".join([b"herring"] * 100_000) + b"\n") * 20,
    )
    yield "escapes.csv", b"id,title,text\n\x1b[2J,\x1b]0;owned\x07,Herrings spawn in the bay.\n"
    yield "matter.md", b"---\n" + b"title: x\n" * 100_000 + b"---\n" + WORDS
    yield "toml.md", b"+++\na = " + b"[" * 200_000 + b"\n+++\n" + WORDS
    yield "quotes.md", b"> " * 500_000 + WORDS
    yield "lists.md", b"".join(b" " * n + b"- a\n" for n in range(3000)) + WORDS
    yield "emphasis.md", b"*a_ " * 500_000
    yield "brackets.md", b"[" * 500_000 + WORDS
    yield "pipes.md", b"|a" * 100_000 + b"\n" + b"|-" * 100_000 + b"\n" + b"|a" * 100_000
    yield "braces.tex", b"\\section" + b"{" * 300_000 + WORDS
    yield "verbatim.tex", b"\\begin{verbatim}\n" * 100_000 + WORDS
    yield "delimiters.adoc", b"|===\n----\n" * 100_000 + WORDS
    yield "underlines.rst", b"a\n=\n" * 200_000
    yield "stars.org", b"*" * 500_000 + b" a\n" + b"* a\n" * 200_000 + WORDS


ALL: tuple[Callable[[], Files], ...] = (
    *(*SMALL, archives),
    *(large_pdfs, large_pages, large_offices, large_mails, large_records),
)
"""All kinds of files."""
