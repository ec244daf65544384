"""E-books: chapters, what the package says, and books that cannot be read."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading.formats.packed import zipped
from indexer.reading.formats.web import epub
from indexer.types import Document, Location, Metadata
from tests.packages import archive

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
SAID = (
    "<dc:title>The Lamp &amp; the Sea</dc:title><dc:creator opf:role='aut'>Ann Lee</dc:creator>"
    "<dc:creator>Bo Ek</dc:creator><dc:date opf:event='modification'>2025-01-01</dc:date>"
    "<dc:date>2024-05</dc:date><dc:language>en-GB</dc:language><dc:subject>Lighthouses</dc:subject>"
)
NCX = (
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><docTitle><text>Book</text></docTitle>'
    '<navMap><navPoint id="a"><navLabel><text>I. Dusk</text></navLabel>'
    '<content src="text/one.xhtml"/><navPoint id="b"><navLabel><text>Oil</text></navLabel>'
    '<content src="text/one.xhtml#oil"/></navPoint></navPoint></navMap><pageList><pageTarget>'
    '<navLabel><text>7</text></navLabel><content src="text/one.xhtml#p7"/></pageTarget>'
    "</pageList></ncx>"
)
NAV = (
    '<html xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="landmarks">'
    '<a href="text/one.xhtml#p7">Start</a></nav><nav epub:type="toc"><h1>Contents</h1><ol><li>'
    '<a href="text/one.xhtml">I. Dusk</a><ol><li><a href="text/one.xhtml#oil">Oil</a></li></ol>'
    "</li></ol></nav></body></html>"
)


def chapter(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<title/><link rel="stylesheet" href="a.css"/><script src="a.js"/></head>'
        f"<body>{body}</body></html>"
    )


ONE = (
    '<h1>Dusk</h1><p>The lamp is lit.</p><p><a id="p7"/>It burns.</p>'
    '<h2 id="oil">Oil</h2><p>From whales.</p>'
)
TWO = "<p>The oil is kept below.</p>"
THREE = (
    "<h1>Dawn&nbsp;breaks</h1><table><tr><th>Hour</th></tr><tr><td>Five</td></tr></table><div/>"
    "<p>Out.</p>"
)


MEMBERS = ["META-INF/container.xml", "OEBPS/book.opf", "OEBPS/nav.xhtml", "OEBPS/text/one.xhtml"]
Members = Mapping[str, str | bytes]


def book(contents: str = "nav", more: Members | None = None) -> bytes:
    items = "".join(
        f'<item id="c{n}" href="text/{name}.xhtml" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(("one", "two", "three"))
    )
    items += '<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    spine = "".join(f'<itemref idref="{key}"/>' for key in ("nav", "c0", "c1", "c2"))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": f"<package><metadata>{SAID}</metadata><manifest>{items}</manifest>"
        f'<spine toc="toc">{spine}</spine></package>',
        "OEBPS/text/three.xhtml": chapter(THREE),
        "OEBPS/text/one.xhtml": chapter(ONE),
        "OEBPS/text/two.xhtml": chapter(TWO),
    }
    members |= {"OEBPS/nav.xhtml": NAV} if contents == "nav" else {"OEBPS/toc.ncx": NCX}
    members |= more or {}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


TEXT = (
    "Dusk\n\nThe lamp is lit.\n\nIt burns.\n\nOil\n\nFrom whales.\n\nThe oil is kept below.\n\n"
    "Dawn\xa0breaks\n\nHour\nFive\n\nOut."
)


@pytest.mark.parametrize("contents", ["nav", "ncx"])
def test_chapters_are_read_in_the_order_of_the_spine_and_named(contents: str) -> None:
    found = epub.read(book(contents=contents), "lamp.epub")
    assert found == Document(
        "The Lamp & the Sea",
        TEXT,
        found.blocks,
        (
            Location(0, "I. Dusk"),
            Location(TEXT.index("Oil"), "Oil"),
            Location(TEXT.index("Dawn"), "Dawn\xa0breaks"),
        ),
        Metadata("2024-05", ("Ann Lee", "Bo Ek"), "en-gb", ("Lighthouses",)),
    )
    kinds = [block.kind for block in found.blocks]
    assert kinds.count("heading") == 3
    assert kinds.count("table") == 1


def test_a_book_without_contents_has_chapters_by_their_headings() -> None:
    found = epub.read(book(contents="nav", more={"OEBPS/nav.xhtml": "<nav></nav>"}), "a.epub")
    assert [place.label for place in found.locations] == ["Dusk", "Dawn\xa0breaks"]
    more = {"OEBPS/nav.xhtml": "", "OEBPS/text/one.xhtml": chapter("<p>No heading.</p>")}
    assert epub.read(book(more=more), "a.epub").locations[0] == Location(0, "beginning")


def test_an_empty_or_missing_chapter_does_not_lose_the_book() -> None:
    found = epub.read(book(more={"OEBPS/text/two.xhtml": ""}), "a.epub")
    assert "below" not in found.text
    assert found.text.endswith("Out.")
    made = zipfile.ZipFile(io.BytesIO(book(more={"OEBPS/text/one.xhtml": bytes(99)})))
    parts = {it: made.read(it) for it in made.namelist() if it != "OEBPS/text/two.xhtml"}
    found = epub.read(archive(parts), "a.epub")
    assert found.text.endswith("Out.")
    damaged, missing = found.left_out
    assert damaged.startswith("chapter OEBPS/text/one.xhtml (looks like a binary file")
    assert missing == "chapter OEBPS/text/two.xhtml (missing)"


def test_a_chapter_in_another_encoding_is_read_as_it_declares() -> None:
    source = (
        '<?xml version="1.0" encoding="windows-1251"?><html><body><p>Маяк горит</p></body></html>'
    )
    found = epub.read(book(more={"OEBPS/text/two.xhtml": source.encode("cp1251")}), "a.epub")
    assert "Маяк горит" in found.text


ENCRYPTED = (
    '<encryption><EncryptedData><CipherData><CipherReference URI="{}"/></CipherData>'
    "</EncryptedData></encryption>"
)


def test_a_protected_book_is_refused_and_one_with_protected_fonts_is_read() -> None:
    path = "META-INF/encryption.xml"
    fonts = book(more={path: ENCRYPTED.format("OEBPS/fonts/a.otf")})
    assert epub.read(fonts, "a.epub").text == TEXT
    protected = book(more={path: ENCRYPTED.format("OEBPS/text/one.xhtml")})
    with pytest.raises(UnreadableArticle, match=r"^encrypted"):
        epub.read(protected, "a.epub")


def test_no_entity_of_a_book_is_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    source = f"<?xml version='1.0'?>{bomb}<html><body><p>It is &a; and &x;.</p></body></html>"
    found = epub.read(book(more={"OEBPS/text/two.xhtml": source}), "a.epub")
    assert "It is &a; and &x;." in found.text


def test_a_book_that_swells_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "TOTAL_LIMIT", 100_000)
    big = book(more={"OEBPS/text/two.xhtml": chapter("<p>x</p>" * 50_000)})
    with pytest.raises(UnreadableArticle, match="more than 100,000 bytes when decompressed"):
        epub.read(big, "a.epub")
    monkeypatch.setattr(zipped, "TOTAL_LIMIT", 10**9)
    monkeypatch.setattr(epub, "MOST_CHARS", 10_000)
    with pytest.raises(UnreadableArticle, match="the book has more than 10,000 characters"):
        epub.read(big, "a.epub")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the zip archive is damaged"),
        (book()[:300], "the zip archive is damaged"),
        (
            book(more={"META-INF/container.xml": "", "OEBPS/book.opf": "<p/>"}),
            "the book contains no",
        ),
        (
            book(more={"META-INF/container.xml": "", "OEBPS/book.opf": bytes(99)}),
            r"OEBPS/book.opf in",
        ),
    ],
)
def test_what_is_no_book_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{reason}"):
        epub.read(data, "a.epub")


def test_an_archive_without_a_package_is_no_book() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("word/document.xml", "<a/>")
    with pytest.raises(UnreadableArticle, match=r"^not an EPUB book"):
        epub.read(file.getvalue(), "a.epub")


PIECES = [piece.encode() for piece in (SAID, NAV, NCX, ONE, "<item>", "</nav>", "<a href='#'>")]


@settings(max_examples=60)
@given(
    st.sampled_from(MEMBERS),
    st.binary(max_size=60) | st.lists(st.sampled_from(PIECES)).map(b"".join),
)
def test_any_member_may_be_anything(path: str, content: bytes) -> None:
    try:
        found = epub.read(book(more={path: content}), "a.epub")
    except UnreadableArticle as error:
        assert str(error)
    else:
        starts = [place.start for place in found.locations]
        assert starts == sorted(set(starts))
        assert starts[0] == 0
