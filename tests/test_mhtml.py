"""Pages that a browser saved as one file, in MHTML."""

import base64

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web import mhtml

PAGE = "<title>Größe</title><p>The lamp of the lighthouse is lit at dusk.</p><img src='cid:1'>"


def saved(page: bytes, kind: str = 'text/html; charset="utf-8"', subject: str = "Saved") -> bytes:
    return (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/\r\n"
        f"Subject: {subject}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--=_b"\r\n\r\n'
        f"----=_b\r\nContent-Type: {kind}\r\nContent-ID: <frame-1@mhtml>\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(page).decode()}\r\n"
        "----=_b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        "----=_b\r\nContent-Type: text/html\r\n\r\n<p>An advertisement in a frame</p>\r\n"
        "----=_b--\r\n"
    ).encode()


def test_the_page_is_read_without_its_frames() -> None:
    found = mhtml.read(saved(PAGE.encode()), "a.mhtml")
    assert (found.title, found.text) == ("Größe", "The lamp of the lighthouse is lit at dusk.")


def test_the_encoding_is_that_of_the_part() -> None:
    data = saved(PAGE.encode("cp1252"), "text/html; charset=windows-1252")
    assert (mhtml.read(data, "a.mht").title, mhtml.read(data, "a.mht").encoding) == ("Größe", None)


@pytest.mark.parametrize(
    ("subject", "title"),
    [("=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe"), ("=?x?Q?a?=", ""), ("Plain\r\n one", "Plain one")],
)
def test_a_page_without_a_title_has_that_of_the_file(subject: str, title: str) -> None:
    assert mhtml.read(saved(b"<p>Text", subject=subject), "a.mhtml").title == title


@pytest.mark.parametrize("charset", ["undefined", "a\\0b", "unicode_escape", "''%FF", "x" * 10_000])
def test_a_charset_that_is_none_is_passed_over(charset: str) -> None:
    for name in ("charset", "charset*"):
        data = saved(PAGE.encode(), f"text/html; {name}={charset}")
        assert mhtml.read(data, "a.mhtml").title == "Größe"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the MHTML file contains no HTML page"),
        (b"MIME-Version: 1.0\n\ntext", "the MHTML file contains no HTML page"),
        (saved(b"AA", "image/png").replace(b"text/html\r\n\r\n", b"text/css\r\n\r\n"), "the MHTML"),
        (saved(b""), "the file is empty"),
        (saved(b"<p> "), "the page has no text"),
    ],
)
def test_a_file_without_a_page_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{reason}"):
        mhtml.read(data, "a.mhtml")


def test_parts_in_parts_without_end_are_refused_or_read() -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000)
    )
    with pytest.raises(UnreadableArticle):
        mhtml.read(b"MIME-Version: 1.0\n" + nested + b"Content-Type: text/plain\n\nx", "a.mhtml")
