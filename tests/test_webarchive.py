"""Pages that Safari saved as one file."""

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web import webarchive

PAGE = "<title>Größe</title><p>The lamp of the lighthouse is lit at dusk.</p>"


def saved(page: object, kind: object = "text/html", encoding: object = "UTF-8") -> bytes:
    resource = {
        "WebResourceData": page,
        "WebResourceMIMEType": kind,
        "WebResourceTextEncodingName": encoding,
        "WebResourceURL": "https://a.example/",
    }
    frame = {"WebResourceData": b"<p>An advertisement", "WebResourceMIMEType": "text/html"}
    archive = {"WebMainResource": resource, "WebSubframeArchives": [{"WebMainResource": frame}]}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def test_the_page_is_read_in_its_encoding_without_its_frames() -> None:
    found = webarchive.read(saved(PAGE.encode("koi8-r", "replace"), encoding="koi8-r"), "a")
    assert found.text == "The lamp of the lighthouse is lit at dusk."
    assert webarchive.read(saved(PAGE.encode()), "a.webarchive").title == "Größe"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged web archive"),
        (b"bplist00" + bytes(60), "damaged web archive"),
        (plistlib.dumps({"a": 1}), "damaged web archive"),
        (plistlib.dumps([1], fmt=plistlib.FMT_BINARY), "damaged web archive"),
        (saved("text"), "the web archive contains no HTML page"),
        (saved(b"\x89PNG", "image/png"), "the web archive contains no HTML page"),
        (saved(b"<p> ", encoding=5), "the page has no text"),
    ],
)
def test_a_file_without_a_page_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{reason}"):
        webarchive.read(data, "a.webarchive")


GOOD = saved(PAGE.encode())


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6))
def test_a_damaged_archive_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, byte in changes:
        data[at] = byte
    try:
        assert webarchive.read(bytes(data), "a.webarchive").text
    except UnreadableArticle as error:
        assert str(error)
