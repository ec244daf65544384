import zlib

import pypdfium2.raw as pdfium
import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.paged import pdf as reader
from indexer.types import Document, Location
from tests.printing import FONT, Text, assembled, paragraph, pdf, stream

SALT = [
    "Salt was once so valuable that soldiers were paid in it, or so a story",
    "goes that many books repeat. The word salary does come from salt, but no",
    "Roman author says that anybody was paid with it.",
]


def read(data: bytes, name: str = "salt.pdf") -> Document:
    return reader.read(data, name)


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableArticle) as raised:
        read(data)
    return str(raised.value)


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks]


def test_lines_become_paragraphs_and_large_ones_headings() -> None:
    found = read(pdf([[Text("Salt", y=740, size=20), *paragraph(SALT), *paragraph(SALT, y=640)]]))
    assert found.title == "Salt"
    whole = " ".join(SALT)
    assert kinds(found) == [
        ("heading", 1, "Salt"),
        ("paragraph", 0, whole),
        ("paragraph", 0, whole),
    ]


def test_a_sentence_that_runs_over_a_page_is_whole_and_a_paragraph_that_ends_there_is_not() -> None:
    found = read(pdf([paragraph(SALT[:2]), paragraph([SALT[2]]), paragraph(SALT)]))
    assert found.text == f"{' '.join(SALT)}\n\n{' '.join(SALT)}"
    third = found.text.index("Roman")
    assert found.locations == (
        Location(0, "page 1"),
        Location(third, "page 2"),
        Location(len(found.text) // 2 + 1, "page 3"),
    )


def test_pages_are_counted_as_a_viewer_does_although_some_have_no_text() -> None:
    found = read(pdf([[], paragraph(SALT), []]))
    assert found.locations == (Location(0, "page 2"),)


def test_hyphens_at_line_ends_are_mended() -> None:
    lines = [
        "The evaporation of sea water leaves a crust that people have al-",
        "ways collected. It is a well-known trade, and a well-",
        "known taste, and evapora-",
        "tion needs only the sun.",
    ]
    assert read(pdf([paragraph(lines)])).text == (
        "The evaporation of sea water leaves a crust that people have always collected. "
        "It is a well-known trade, and a well-known taste, and evaporation needs only the sun."
    )


def test_running_heads_and_page_numbers_are_left_out() -> None:
    words = ("one", "two", "three", "four")
    pages = [
        [
            Text(f"Part {n % 2}: of everything  {n + 11}", y=770),
            *paragraph([f"This is page {words[n]}, which says it itself."]),
            Text("A history of salt", y=60),
            Text(f"- {n + 1} -", y=40),
        ]
        for n in range(4)
    ]
    found = read(pdf(pages))
    assert found.text.split("\n\n") == [
        f"This is page {word}, which says it itself." for word in words
    ]
    assert [it.label for it in found.locations] == ["page 1", "page 2", "page 3", "page 4"]


def test_columns_are_read_one_after_the_other() -> None:
    left = ["The left column begins", "a sentence that goes on", "where the other column"]
    right = ["has its first line, as", "the eye of its reader", "does without a thought."]
    found = read(pdf([[*paragraph(left), *paragraph(right, x=320)]]))
    assert found.text == " ".join([*left, *right])


def test_footnotes_do_not_break_the_sentence_above_them_and_keep_their_page() -> None:
    page = [*paragraph(SALT[:2]), Text("1 So says Pliny, in a way.", y=80, size=8)]
    found = read(pdf([page, paragraph([SALT[2], *SALT])]))
    assert " ".join(SALT) in found.text
    note = found.text.index("1 So says")
    assert [it.label for it in found.locations if it.start <= note][-1] == "page 1"


def test_ligatures_are_written_out() -> None:
    font = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding"
        b" << /Type /Encoding /Differences [97 /fi] >> >>"
    )
    assert read(pdf([[Text("arst nd", y=700)]], font=font)).text == "first nd"


def test_text_outside_the_page_is_left_out() -> None:
    found = read(pdf([[*paragraph(SALT), Text("hidden words", x=700), Text("and more", y=900)]]))
    assert found.text == " ".join(SALT)


def test_a_page_that_is_turned_is_read_as_it_is_seen() -> None:
    found = read(pdf([paragraph(SALT), []], extra=b"/Rotate 180"))
    assert found.text == " ".join(SALT)


def test_properties() -> None:
    said = {"Title": "On Salt", "Author": "Ann Lee; Bo Chen", "Keywords": "sea, salt"}
    found = read(pdf([paragraph(SALT)], info={**said, "CreationDate": "D:20240531120000Z"}))
    assert found.title == "On Salt"
    assert found.metadata.date == "2024-05-31"
    assert found.metadata.authors == ("Ann Lee", "Bo Chen")
    assert found.metadata.tags == ("sea", "salt")


@pytest.mark.parametrize(
    "said", ["untitled", "Microsoft Word - salt.doc", "salt.pdf", "C:/texts/salt"]
)
def test_a_title_that_a_program_filled_in_is_none(said: str) -> None:
    page = [Text("The Price of Salt", y=740, size=20), *paragraph(SALT)]
    assert read(pdf([page], info={"Title": said})).title == "The Price of Salt"
    assert read(pdf([paragraph(SALT)], info={"Title": said})).title == ""


def test_scanned_pages_are_refused_unless_some_have_text() -> None:
    image = stream(b"\0", b"/Type /XObject /Subtype /Image /Width 1 /Height 1"
                   b" /ColorSpace /DeviceGray /BitsPerComponent 8")  # fmt: skip
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /XObject << /I 3 0 R >> >> >>"
    )
    pages = b"<< /Type /Pages /Kids [5 0 R 6 0 R] /Count 2 >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    data = assembled([catalog, pages, image, stream(b"612 0 0 792 0 0 cm /I Do"), page, page])
    assert refused(data) == "scanned: 2 pages without text"
    assert refused(pdf([[]])) == "1 page without text"
    assert read(pdf([[], paragraph(SALT)])).text == " ".join(SALT)


def test_fonts_without_letters_are_refused() -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Odd /ToUnicode 4 0 R >>"
    cmap = (
        b"1 begincodespacerange <00> <ff> endcodespacerange"
        b" 1 beginbfrange <20> <7e> <e020> endbfrange"
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 6 0 R"
        b" /Resources << /Font << /F1 3 0 R >> >> >>"
    )
    content = stream(b"BT /F1 10 Tf 72 700 Td (Nobody knows these letters) Tj ET")
    pages = b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    data = assembled([catalog, pages, font, stream(cmap), page, content])
    assert refused(data).startswith("its fonts do not say which letters they show (")


def test_what_is_no_pdf_or_damaged_is_refused() -> None:
    assert refused(b"<html>Not Found</html>") == "not a PDF file"
    assert refused(b"%PDF-1.4\nnothing").startswith("damaged PDF file (")
    assert refused(b"") == "not a PDF file"


def test_a_broken_table_of_objects_is_mended_and_a_cut_file_refused() -> None:
    data = pdf([paragraph(SALT)])
    broken = data.replace(b"startxref\n", b"startxref\n9")
    assert read(broken).text == " ".join(SALT)
    assert refused(data[: data.index(b"xref\n0")]).startswith("damaged PDF file (")


def test_an_encrypted_file_is_refused() -> None:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>",
        b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"28" * 32, b"42" * 32),
    ]
    data = assembled(objects).replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [<01> <01>] /Encrypt 3 0 R")
    assert refused(data) == "encrypted; save a copy without a password"


def test_a_loop_in_the_pages_ends() -> None:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 500 /Parent 2 0 R >>",
    ]
    assert refused(assembled(objects)) == "damaged PDF file (no page can be read)"


def test_a_small_file_with_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "TEXT_LIMIT", 50_000)
    lines = 50 * (b"(%s) Tj 0 -12 Td " % (b"a" * 80))
    packed = stream(
        zlib.compress(b"BT /F1 10 Tf 72 700 Td " + lines + b"ET"), b"/Filter /FlateDecode"
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>"
    )
    pages = b"<< /Type /Pages /Kids [%s] /Count 20 >>" % (20 * b"4 0 R ")
    data = assembled([b"<< /Type /Catalog /Pages 2 0 R >>", pages, packed, page, FONT])
    assert len(data) < 2000
    assert refused(data) == "more than 50,000 characters of text"


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 2)
    assert refused(pdf([[], [], []])) == "more than 2 pages"


def test_letters_that_a_damaged_matrix_places_nowhere_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a matrix is some damaged byte of a compressed stream, which no small file shows."""

    def nowhere(_page: object, _index: int, rect: pdfium.FS_RECTF) -> None:
        rect.left = rect.right = rect.bottom = rect.top = float("nan")

    monkeypatch.setattr(pdfium, "FPDFText_GetLooseCharBox", nowhere)
    assert read(pdf([[*paragraph(SALT)]])).text.split() == " ".join(SALT).split()
