"""Damage the bytes of a file, at random or in the way that hurts a reader of its format most."""

# ruff: noqa: E501 - pieces of files stay on their line

import gzip
import io
import random
import re
import zipfile
import zlib
from collections.abc import Sequence

TOKENS = (
    *(b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b"\r\n\r\n", b"\x1b[2J", b"<", b">"),
    *(b"{", b"}", b"(", b")", b"[", b"]", b'"', b"'", b"\\", b"&", b";", b"%", b"/", b":", b"="),
    *(b"-1", b"0", b"99999999999", b"1e999", b"4294967296", b"\xed\xa0\x80", b"\xf0\x9f\x90\x99"),
    *("\u2028".encode(), "\u202e".encode(), "e\u0301".encode(), b"\x0c", b"\x85", b"a" * 3000),
    b"\n" * 500,
)  # fmt: skip
OF_FORMAT: dict[str, Sequence[bytes]] = {
    "markup": (
        *(b"<p>", b"</p>", b"<table>", b"</table>", b"<tr><td>", b"<td colspan=999999>", b"<ul><li>"),
        *(b"<pre>", b"<code>", b"<h1>", b"</h1>", b"<script>", b"<style>", b"<title>", b"<svg>"),
        *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE html>", b"<?xml version='1.0'?>"),
        *(b"&nbsp;", b"&#0;", b"&#x110000;", b"&lt", b"<div>" * 300, b"<a href='javascript:x'>"),
        *(b"<meta charset=utf-7>", b"<blockquote>", b"<select><option>", b"<template>", b"<br>"),
        *(b"<time datetime='99999-99-99'>", b'<script type="application/ld+json">{"a":'),
    ),
    "office": (
        *(b"<w:p>", b"</w:p>", b"<w:tbl>", b"</w:tbl>", b"<w:tr>", b"<w:tc>", b"</w:tc>", b"<w:t>"),
        *(b"<w:del>", b"<w:ins>", b"<w:footnoteReference w:id='1'/>", b"<w:br/>", b"<w:sdt>"),
        *(b"<text:p>", b"<text:s text:c='99999999'/>", b"<table:table-cell>", b"<text:list>"),
        *(b"table:number-columns-repeated='99999999'", b"table:number-rows-repeated='99999999'"),
        *(b"<a:p>", b"<a:t>", b"<a:tbl>", b"<p:sp>", b"<mc:AlternateContent>", b"<text:note>"),
        *(b'<!DOCTYPE x [<!ENTITY e "e">]>', b"&e;", b"xmlns:w='x'", b"w:gridSpan w:val='9999999'"),
    ),
    ".pdf": (
        *(b"obj", b"endobj", b"stream\n", b"endstream", b"<<", b">>", b"/Kids [1 0 R 2 0 R 3 0 R]"),
        *(b"/Count -1", b"/Count 999999999", b"/Length 999999999", b"/Filter /FlateDecode"),
        *(b"/Rotate 37", b"/MediaBox [0 0 0 0]", b"/MediaBox [-1e30 0 1e30 nan]", b"1 0 R", b"2 0 R"),
        *(b"/Filter [/FlateDecode /FlateDecode]", b"/Type /Page", b"/Parent 1 0 R", b"/Encrypt 1 0 R"),
        *(b"BT", b"ET", b"Tj", b"/F1 1e9 Tf", b"0 0 0 0 0 0 cm", b"/Fm1 Do", b"q " * 500, b"startxref"),
    ),
    ".rtf": (
        *(b"{", b"}", b"{" * 300, b"\\u-1?", b"\\u55357?", b"\\u99999 ", b"\\bin999999999 ", b"\\'"),
        *(b"\\trowd", b"\\cell", b"\\row", b"\\intbl", b"\\par", b"{\\*\\", b"\\footnote", b"\\ucbad"),
        *(b"\\ansicpg932", b"\\ansicpg99999", b"\\f99", b"\\fcharset128", b"\\s1", b"\\v", b"\\uc9"),
        *(b"{\\info{\\title ", b"{\\stylesheet{\\s1 heading 1;}}", b"\\shptxt", b"\\pict", b"\\page"),
    ),
    "mail": (
        *(b"\n\n", b"\n--", b"--x--\n", b"Content-Type: multipart/mixed; boundary=x\n", b"\nFrom \n"),
        *(b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n", b"charset=\0;"),
        *(b"Content-Type: text/html; charset=undefined\n", b"=?utf-8?b?//8=?=", b"=?x?q?=ZZ?="),
        *(b"Subject: " + b"x" * 2000, b"Date: 99 Foo 99999 99:99:99 +9999\n", b"; filename*0*=%FF"),
        *(b'Content-Disposition: attachment; filename="../a.docx"\n', b"=\n", b"=FF=00", b"From: ((((<"),
    ),
    "text": (
        *(b"\n# ", b"\n```\n", b"\n---\n", b"\n+++\n", b"title: &a [*a, *a]\n", b"\n| a | b |\n", b"\n> "),
        *(b"\n- ", b"\n====\n", b".. include:: /etc/passwd\n", b"include::/etc/passwd[]\n", b"|===\n"),
        *(b"\\input{/etc/passwd}", b"\\begin{verbatim}", b"\\section{", b"#+BEGIN_SRC", b"\n* TODO ", b"::"),
        *(b"00:00:00,000 --> 99:99:99,999\n", b"-00:00:01,000 --> 00:00:02,000\n", b"WEBVTT", b"<v "),
        *(b'"\n', b'""', b",,,,,", b"\t", b"sep=;\n", b'{"cells":', b'"cell_type": 3', b"\\ud800", b"[" * 999),
    ),
}  # fmt: skip
_GROUP = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mhtml", ".webarchive", ".epub"), "markup"),
    **dict.fromkeys((".docx", ".pptx", ".odt", ".odp", ".ods"), "office"),
    **dict.fromkeys((".eml", ".mbox"), "mail"),
    **{it: it for it in (".pdf", ".rtf")},
}
_TAG = re.compile(rb"<[^<>]{0,300}>")
_NUMBER = re.compile(rb"\d{1,10}")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_OBJECT = re.compile(rb"\d+ \d+ obj.*?endobj", re.DOTALL)
_MOST = 400_000
"""Bytes of a damaged file."""


def damaged(data: bytes, other: bytes, suffix: str, chance: random.Random) -> bytes:
    """A file with some damage; ``other`` is another file of its format."""
    tokens = (*TOKENS, *OF_FORMAT[_GROUP.get(suffix, "text")])
    if data[:4] == b"PK\x03\x04" and chance.random() < 0.8:
        return _in_zip(data, other, tokens, chance)
    if suffix == ".gz" and chance.random() < 0.7:
        inner = _in_bytes(gzip.decompress(data), b"", (*tokens, *OF_FORMAT["text"]), chance)
        return gzip.compress(inner, 1)
    if suffix == ".pdf" and chance.random() < 0.7:
        return _in_pdf(data, tokens, chance)
    return _in_bytes(data, other, tokens, chance)


def _in_bytes(data: bytes, other: bytes, tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """Bytes with pieces cut, repeated, exchanged, taken from elsewhere or put in."""
    for _ in range(1 << chance.randrange(5)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 4, 30, 400, 5000)))
        kind = chance.randrange(9)
        if kind == 0:
            data = data[:start] + data[end:]
        elif kind == 1:
            data = data[:start] + chance.choice(tokens) + data[start:]
        elif kind == 2:
            data = data[:start] + chance.choice(tokens) + data[end:]
        elif kind == 3:
            data = data[:start] + chance.randbytes(min(end - start, 30)) + data[end:]
        elif kind == 4:
            data = data[:end] + data[start:end] * chance.choice((1, 2, 30)) + data[end:]
        elif kind == 5 and chance.random() < 0.3:
            data = data[:start]
        elif kind == 6 and other:
            at = chance.randrange(len(other))
            data = data[:start] + other[at : at + 3000] + data[end:]
        elif kind == 7:
            data = _exchanged(data, _TAG, chance)
        else:
            data = _exchanged(data, _NUMBER, chance)
    return data[:_MOST]


def _exchanged(data: bytes, pattern: re.Pattern[bytes], chance: random.Random) -> bytes:
    """Two pieces of a kind, such as tags or numbers, in each other's place."""
    found = list(pattern.finditer(data))
    if len(found) < 2:
        return data
    one, two = sorted(chance.sample(found, 2), key=lambda it: it.start())
    middle = data[one.end() : two.start()]
    return data[: one.start()] + two[0] + middle + one[0] + data[two.end() :]


def _in_zip(data: bytes, other: bytes, tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """A zip archive whose files are damaged, missing or repeated; their checksums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [(info.filename, archive.read(info)) for info in archive.infolist()]
    for _ in range(chance.randrange(1, 4)):
        # The longest are those with the text.
        at = chance.choice(sorted(range(len(files)), key=lambda it: -len(files[it][1]))[:8])
        name, content = files[at]
        kind = chance.randrange(12)
        if kind == 0 and len(files) > 1:
            del files[at]
        elif kind == 1:
            files.append(
                (chance.choice((name, f"../{name}", name.upper(), name + "\x1b")), content)
            )
        elif kind == 2:
            files[at] = (name, chance.choice(files)[1])
        else:
            files[at] = (name, _in_bytes(content, other, tokens, chance))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name)
            info.compress_type = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            archive.writestr(info, content, compresslevel=1)
    made = out.getvalue()
    return _in_bytes(made, b"", tokens, chance) if chance.random() < 0.05 else made


def _in_pdf(data: bytes, tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """A PDF file with objects exchanged or damaged, also inside of compressed streams."""
    for _ in range(chance.randrange(1, 5)):
        kind = chance.randrange(5)
        streams = list(_STREAM.finditer(data)) if kind < 3 else []
        if kind == 3:
            data = _exchanged(data, _OBJECT, chance)
        elif not streams:
            data = _exchanged(data, _NUMBER, chance)
        else:
            found = chance.choice(streams)
            try:
                inside = zlib.decompress(found[1])
            except zlib.error:
                inside = found[1]
            put = zlib.compress(_in_bytes(inside, b"", tokens, chance), 1)
            data = data[: found.start(1)] + put + data[found.end(1) :]
    return data if chance.random() < 0.5 else _in_bytes(data, b"", tokens, chance)
