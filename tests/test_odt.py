import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import odt as reader
from indexer.types import Document, Location
from tests.packages import DC, ODF, archive, odf


def read(data: bytes) -> Document:
    return reader.read(data, "salt.odt")


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks]


def test_headings_lists_and_styles() -> None:
    styles = (
        f"<office:document-styles {ODF}>"
        "<style:style style:family='paragraph' style:name='P1' style:parent-style-name='Title'/>"
        "<style:style style:family='paragraph' style:name='a' style:parent-style-name='a'/>"
        "</office:document-styles>"
    )
    body = (
        "<text:p text:style-name='P1'>Salt</text:p>"
        "<text:h text:outline-level='2'>Its <text:span>price</text:span></text:h>"
        "<text:p text:style-name='a'>Two<text:s text:c='2'/>words<text:tab/>"
        "and<text:line-break/>a line.</text:p>"
        "<text:list><text:list-item><text:p>first</text:p><text:list><text:list-item>"
        "<text:p>nested</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<text:p text:style-name='Quotations'>So they say.</text:p>"
    )
    found = read(odf(body, {"styles.xml": styles}))
    assert found.title == "Salt"
    assert kinds(found) == [
        ("heading", 1, "Salt"),
        ("heading", 2, "Its price"),
        ("paragraph", 0, "Two words and\na line."),
        ("item", 0, "first"),
        ("item", 0, "nested"),
        ("quote", 0, "So they say."),
    ]


def test_deletions_and_comments_are_left_out_and_notes_come_after_the_paragraph() -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:p>Claim<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>A herring.</text:p></text:note-body></text:note>"
        "<office:annotation><text:p>a remark</text:p></office:annotation>, kept."
        "<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame>"
        "</text:p>"
        "<text:section><text:p>Next.</text:p></text:section>"
    )
    assert read(odf(body)).text.split("\n\n") == [
        "Claim, kept.", "A herring.", "In the box.", "Next."
    ]  # fmt: skip


def test_tables() -> None:
    def row(*cells: str) -> str:
        found = (f"<table:table-cell><text:p>{it}</text:p></table:table-cell>" for it in cells)
        return f"<table:table-row>{''.join(found)}</table:table-row>"

    body = (
        f"<table:table><table:table-header-rows>{row('Month', 'Height')}</table:table-header-rows>"
        f"{row('May', '3 m')}<table:table-row table:number-rows-repeated='1000000'>"
        "<table:table-cell table:number-columns-repeated='16000'/></table:table-row></table:table>"
    )
    for kind in ("text", "spreadsheet"):
        found = read(odf(body, kind=kind))
        assert found.text == "Month | Height\nMay | 3 m"
        block = found.blocks[0]
        assert (block.kind, found.text[block.start : block.head]) == ("table", "Month | Height")


def test_the_locations_of_a_presentation_are_its_slides() -> None:
    def frame(kind: str, text: str) -> str:
        box = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f"<draw:frame presentation:class='{kind}'>{box}</draw:frame>"

    notes = f"<presentation:notes>{frame('notes', 'Say hello.')}</presentation:notes>"
    first = frame("outline", "Evaporate") + frame("title", "Salt") + frame("footer", "©") + notes
    last = frame("title", "End")
    slides = f"<draw:page>{first}</draw:page><draw:page/><draw:page>{last}</draw:page>"
    found = read(odf(slides, kind="presentation"))
    assert found.text == "Salt\n\nEvaporate\n\nSay hello.\n\nEnd"
    assert found.locations == (Location(0, "slide 1"), Location(found.text.index("End"), "slide 3"))


def test_properties() -> None:
    meta = (
        f"<office:document-meta {ODF} {DC}><office:meta><dc:title>On Salt</dc:title>"
        "<meta:initial-creator>Ann Lee</meta:initial-creator><dc:creator>Bo Chen</dc:creator>"
        "<meta:keyword>sea</meta:keyword><meta:keyword>salt</meta:keyword>"
        "<meta:creation-date>2024-05-31T10:00:00</meta:creation-date><dc:date>2025-01-01</dc:date>"
        "</office:meta></office:document-meta>"
    )
    found = read(odf("<text:p>Text.</text:p>", {"meta.xml": meta}))
    assert (found.title, found.metadata.date) == ("On Salt", "2024-05-31")
    assert (found.metadata.authors, found.metadata.tags) == (("Ann Lee",), ("sea", "salt"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{\\rtf1 text}", "not an OpenDocument file"),
        (archive({"content.xml": "<x/>"}), "not an OpenDocument file"),
        (
            archive({
                "META-INF/manifest.xml": f"<manifest:manifest {ODF}><manifest:file-entry>"
                "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
                "content.xml": b"\x93\x12",
            }),
            "encrypted; save a copy without a password",
        ),
        (
            archive({"content.xml": "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><x>&e;</x>"}),
            "content.xml declares XML entities, which Locus does not expand",
        ),
    ],
)  # fmt: skip
def test_what_is_no_odt_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as raised:
        read(data)
    assert str(raised.value) == reason
