import io
import zipfile

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import pptx as reader
from indexer.types import Document, Location
from tests.packages import DGM, A, archive, pptx, relations, shape, shown


def read(data: bytes) -> Document:
    return reader.read(data, "salt.pptx")


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks]


def test_slides_are_read_in_the_order_in_which_they_are_shown_with_their_titles_first() -> None:
    found = read(
        pptx(
            shape("evaporates", kind="body") + shape("Salt", kind="title"),
            shape("A text of its own"),
            shape("The end", kind="ctrTitle") + shape("7", kind="sldNum") + shape("©", kind="ftr"),
        )
    )
    assert found.title == "Salt"
    assert kinds(found) == [
        ("heading", 1, "Salt"),
        ("item", 0, "evaporates"),
        ("paragraph", 0, "A text of its own"),
        ("heading", 1, "The end"),
    ]
    starts = [found.text.index(it) for it in ("Salt", "A text", "The end")]
    assert found.locations == tuple(Location(at, f"slide {n}") for n, at in enumerate(starts, 1))


def test_a_slide_without_text_is_counted() -> None:
    found = read(pptx(shape("one"), "", shape("three")))
    assert [it.label for it in found.locations] == ["slide 1", "slide 3"]


def test_groups_tables_and_alternatives_are_read() -> None:
    def row(*cells: str) -> str:
        found = (
            f"<a:tc><a:txBody><a:p><a:r><a:t>{it}</a:t></a:r></a:p></a:txBody></a:tc>"
            for it in cells
        )
        return f"<a:tr>{''.join(found)}</a:tr>"

    table = (
        "<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow='1'/>"
        f"{row('Month', 'Height')}{row('May', '3 m')}"
        "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    either = (
        f"<mc:AlternateContent><mc:Choice>{shape('chosen')}</mc:Choice>"
        f"<mc:Fallback>{shape('not this')}</mc:Fallback></mc:AlternateContent>"
    )
    found = read(
        pptx(f"<p:grpSp><p:grpSp>{shape('in a group')}</p:grpSp></p:grpSp>{table}{either}")
    )
    assert found.text == "in a group\n\nMonth | Height\nMay | 3 m\n\nchosen"
    block = found.blocks[1]
    assert found.text[block.start : block.head] == "Month | Height"


def test_diagrams_and_notes_are_read() -> None:
    data = (
        f"<dgm:dataModel {DGM} {A}><dgm:ptLst>"
        "<dgm:pt><dgm:t><a:p><a:r><a:t>Evaporate</a:t></a:r></a:p>"
        "</dgm:t></dgm:pt><dgm:pt type='parTrans'><dgm:t><a:p/></dgm:t></dgm:pt></dgm:ptLst>"
        "</dgm:dataModel>"
    )
    frame = (
        "<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds r:dm='d1'/></a:graphicData>"
        "</a:graphic></p:graphicFrame>"
    )
    notes = shown(shape("Say hello.", kind="body") + shape("1", kind="sldNum"), "notes")
    links = relations(d1__diagramData="../data1.xml", n1__notesSlide="../notes/notes1.xml")
    parts = {"ppt/data1.xml": data, "ppt/notes/notes1.xml": notes}
    found = read(pptx(shape("Salt", kind="title") + frame, parts=parts, links=links))
    assert found.text == "Salt\n\nEvaporate\n\nSay hello."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1"), "old PowerPoint format; save it as .pptx"),
        (b"text", "not a .pptx file"),
        (archive({"word/document.xml": "<x/>"}), "not a PowerPoint file"),
        (archive({"ppt/presentation.xml": "<x/>"}), "not a PowerPoint file"),
    ],
)
def test_what_is_no_pptx_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as raised:
        read(data)
    assert str(raised.value) == reason


def test_parts_that_are_missing_are_told_and_a_slide_may_point_to_itself() -> None:
    links = relations(n1__notesSlide="slide1.xml", n2__notesSlide="missing.xml")
    found = read(pptx(shape("Salt"), links=links))
    assert found.text == "Salt"
    assert found.left_out == ("notes of slide 1 (missing)",)


def test_a_slide_that_cannot_be_read_is_told_and_the_others_are_read() -> None:
    made = zipfile.ZipFile(io.BytesIO(pptx(shape("Salt"), shape("Sea"), shape("Sun"))))
    parts = {it: made.read(it) for it in made.namelist()}
    parts["ppt/slides/slide3.xml"] = b"<p:sld"  # the first that is shown
    del parts["ppt/slides/slide1.xml"]
    found = read(archive(parts))
    assert (found.text, found.locations) == ("Sea", (Location(0, "slide 2"),))
    damaged, missing = found.left_out
    assert damaged.startswith("slide 1 (damaged XML in ppt/slides/slide3.xml")
    assert missing == "slide 3 (missing)"
