"""A file is read as what it is, not as what it is called, where its first bytes are clear."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading import formats
from indexer.reading.formats.content import suffix_of_content
from indexer.reading.formats.format import Format
from indexer.reading.formats.office.superseded import ADVICE

ZIP = b"PK\x03\x04" + b"\0" * 26
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"%PDF-1.7\n%", ".pdf"),
        (b"\n\n%PDF-1.4", ".pdf"),
        (b"All about the mark %PDF-1.4", None),
        (b"{\\rtf1\\ansi Tea", ".rtf"),
        (OLE + b"\0" * 20, ".doc"),
        (ZIP + b"mimetypeapplication/epub+zip", ".epub"),
        (ZIP + b"mimetypeapplication/vnd.oasis.opendocument.text", ".odt"),
        (ZIP + b"[Content_Types].xml" + ZIP + b"word/document.xml", ".docx"),
        (ZIP + b"[Content_Types].xml" + ZIP + b"ppt/slides", ".pptx"),
        (ZIP + b"notes.txt", None),
        (b"<!DOCTYPE html><title>Tea", ".html"),
        (b'\xef\xbb\xbf <?xml version="1.0"?>\n<!-- a\nb --><HTML xmlns="x">', ".html"),
        (b"<p>Tea", None),
        (b"<htmlx>", None),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x", ".mhtml"),
        (b"Tea grows on hills.", None),
        (b"", None),
    ],
)
def test_clear_marks_say_what_a_file_is(head: bytes, suffix: str | None) -> None:
    assert suffix_of_content(head) == suffix


def test_many_comments_do_not_take_forever() -> None:
    assert suffix_of_content(b"<!--" * 1000) is None
    assert suffix_of_content(b"<!-- -->" * 500) is None
    assert suffix_of_content(b" " * 4096) is None


@pytest.fixture
def _two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.FORMATS, ".html", Format("web page", "x"))
    monkeypatch.setitem(formats.FORMATS, ".pdf", Format("PDF", "x"))
    monkeypatch.setitem(formats.FORMATS, ".doc", Format("old Word document", "x"))
    monkeypatch.setitem(formats.FORMATS, ".zip", Format("ZIP archive", "x", is_container=True))


@pytest.mark.usefixtures("_two")
@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.html", b"<p>Tea", "web page"),
        ("a.html", b"%PDF-1.7", "PDF"),
        ("a.doc", b"<html>", "web page"),
        ("a.doc", OLE, "old Word document"),
        ("a.zip", b"%PDF-1.7", "ZIP archive"),
        ("a.txt", b"<html>", "text file"),
    ],
)
def test_the_content_decides_where_it_is_clear(name: str, head: bytes, found: str) -> None:
    assert formats.format_of(name, head).name == found


@pytest.mark.usefixtures("_two")
def test_a_text_file_that_is_none_is_called_what_it_is() -> None:
    with pytest.raises(UnreadableArticle) as refused:
        formats.read(b"%PDF-1.7\n\0", "a.txt")
    assert str(refused.value) == "its content is that of a .pdf file; rename it"
    assert formats.read(b"<html> is how a page begins", "a.txt").text.startswith("<html>")


@pytest.mark.parametrize("suffix", [".ppt", ".mobi", ".pages", ".rar"])
def test_what_is_not_read_comes_with_what_to_do(suffix: str) -> None:
    said = formats.unsupported(suffix)
    advice = ADVICE[suffix]
    assert said.startswith(f"unsupported file type. {advice[0].upper()}{advice[1:]}. Locus reads")
    assert not set(ADVICE) & set(formats.FORMATS) - {".doc", ".ppt"}
