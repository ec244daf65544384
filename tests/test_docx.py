import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import docx as reader
from indexer.reading.formats.office import office
from indexer.types import Document
from tests.packages import CORE, DGM, A, W, archive, docx, p

STYLES = (
    f"<w:styles {W}>"
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Kapitel"/><w:basedOn w:val="H2"/>'
    "</w:style>"
    '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="L"><w:name w:val="List Bullet"/>'
    '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="Source Code"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="a"/><w:basedOn w:val="loop"/>'
    "</w:style></w:styles>"
)


def read(data: bytes) -> Document:
    return reader.read(data, "salt.docx")


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableArticle) as raised:
        read(data)
    return str(raised.value)


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks]


def cells(*texts: str, before: str = "") -> str:
    return f"<w:tr>{before}{''.join(f'<w:tc>{p(it)}</w:tc>' for it in texts)}</w:tr>"


def test_blocks_have_the_kind_of_their_style() -> None:
    listed = '<w:numPr><w:numId w:val="3"/></w:numPr>'
    outline = '<w:outlineLvl w:val="0"/>'
    body = (
        p("Salt", "T") + p("Its price", "Own") + p("One paragraph.", "loop") + p("first", "L")
        + p("second", "", listed) + p("x = 1", "C") + p("y  = 2", "C") + p("Own level", "", outline)
    )  # fmt: skip
    found = read(docx(body, {"styles": STYLES}))
    assert found.title == "Salt"
    assert kinds(found) == [
        ("heading", 1, "Salt"),
        ("heading", 2, "Its price"),
        ("paragraph", 0, "One paragraph."),
        ("item", 0, "first"),
        ("item", 0, "second"),
        ("code", 0, "x = 1\ny  = 2"),
        ("heading", 1, "Own level"),
    ]
    assert "first\nsecond\n\nx" in found.text


def test_insertions_are_read_and_deletions_comments_and_hidden_text_are_not() -> None:
    body = (
        "<w:p><w:r><w:t>kept </w:t></w:r><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>deleted</w:delText><w:t>too</w:t></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom>"
        '<w:commentRangeStart w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:tab/><w:t>end</w:t><w:br/><w:t>of it</w:t></w:r></w:p>"
    )
    comments = f"<w:comments {W}><w:comment>{p('a remark')}</w:comment></w:comments>"
    assert read(docx(body, {"comments": comments})).text == "kept inserted end\nof it"


def test_content_controls_links_and_results_of_fields_are_read() -> None:
    field = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    body = (
        "<w:sdt><w:sdtPr><w:alias/></w:sdtPr>"
        f"<w:sdtContent>{p('in a control')}</w:sdtContent></w:sdt>"
        "<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink>"
        f"{field.format('begin')}<w:r><w:instrText>PAGE</w:instrText><w:t>no</w:t></w:r>"
        f"{field.format('separate')}<w:r><w:t>, a result</w:t></w:r>{field.format('end')}"
        "<w:fldSimple><w:r><w:t>, another</w:t></w:r></w:fldSimple></w:p>"
    )
    assert read(docx(body)).text == "in a control\n\na link, a result, another"


def test_a_table_is_a_block_with_a_line_for_each_row_and_its_header() -> None:
    header = "<w:trPr><w:tblHeader/></w:trPr>"
    nested = f"<w:tc><w:tbl>{cells('in', 'it')}</w:tbl>{p('')}</w:tc>"
    body = (
        f"<w:tbl>{cells('Month', 'Height', before=header)}{cells('May', '3 m')}"
        f"<w:tr><w:tc>{p('June')}{p('July')}</w:tc>{nested}</w:tr></w:tbl>"
    )
    found = read(docx(p("Before.") + body + p("After.")))
    table = found.blocks[1]
    assert found.text[table.start : table.end] == "Month | Height\nMay | 3 m\nJune July | in it"
    assert found.text[table.start : table.head] == "Month | Height"
    assert found.text.startswith("Before.\n\nMonth")


def test_a_table_of_one_column_is_layout() -> None:
    found = read(docx(f"<w:tbl>{cells('One paragraph.')}{cells('Another.')}</w:tbl>"))
    assert [it.kind for it in found.blocks] == ["paragraph", "paragraph"]
    assert found.text == "One paragraph.\n\nAnother."


def test_notes_come_after_the_paragraph_once_even_if_they_refer_to_themselves() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/></w:r>'
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2">'
        f"<w:p><w:r><w:t>A herring.</w:t></w:r>{reference}</w:p>"
        "</w:footnote></w:footnotes>"
    )
    ends = f'<w:endnotes {W}><w:endnote w:id="2">{p("An end.")}</w:endnote></w:endnotes>'
    body = f"<w:p><w:r><w:t>Claim.</w:t></w:r>{reference}</w:p>{p('Next.')}"
    found = read(docx(body, {"footnotes": notes, "endnotes": ends}))
    assert found.text.split("\n\n") == ["Claim.", "A herring.", "An end.", "Next."]


def test_a_text_box_is_read_once_although_the_file_has_it_twice() -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>Beside it.</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read(docx(body)).text == "Beside it.\n\nIn the box."
    inside = (
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert (
        read(docx(f"<w:p><w:r><w:drawing>{inside}</w:drawing></w:r></w:p>")).text == "In the box."
    )


def test_the_text_of_a_diagram_is_read() -> None:
    data = (
        f"<dgm:dataModel {DGM} {A}><dgm:ptLst>"
        "<dgm:pt><dgm:t><a:p><a:r><a:t>Evaporate</a:t></a:r></a:p>"
        '</dgm:t></dgm:pt><dgm:pt type="pres"><dgm:t><a:p><a:r><a:t>twice</a:t></a:r></a:p></dgm:t>'
        "</dgm:pt></dgm:ptLst></dgm:dataModel>"
    )
    body = '<w:p><w:r><w:drawing><dgm:relIds r:dm="d1"/></w:drawing></w:r></w:p>'
    assert read(docx(body, {"data1": data})).text == "Evaporate"


def test_properties() -> None:
    data = docx(p("Text."), {"../docProps/core": CORE})
    assert read(data).title == ""
    parts = {"word/document.xml": f"<w:document {W}><w:body>{p('Text.')}</w:body></w:document>"}
    found = read(archive({**parts, "docProps/core.xml": CORE}))
    assert (found.title, found.metadata.date) == ("On Salt", "2024-05-31")
    assert found.metadata.authors == ("Ann Lee", "Bo Chen")
    assert (found.metadata.language, found.metadata.tags) == ("en-gb", ("sea", "salt"))


def test_external_entities_are_neither_fetched_nor_expanded() -> None:
    for entity in ('SYSTEM "file:///etc/hostname"', 'SYSTEM "http://127.0.0.1:9/x"', '"expanded"'):
        head = f"<!DOCTYPE w:document [<!ENTITY x {entity}>]>"
        said = refused(docx(p("A &x; B"), head=head))
        assert said == "word/document.xml declares XML entities, which Locus does not expand"
    assert read(docx(p("A B"), head="<!DOCTYPE w:document>")).text == "A B"


def test_billions_of_laughs_are_refused() -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    said = refused(docx(p("&a11;"), head=f"<!DOCTYPE w:document [{entities}]>"))
    assert "entities" in said or "damaged XML" in said


def test_nesting_past_the_limit_is_refused() -> None:
    deep = 100_000 * "<w:sdt>" + 100_000 * "</w:sdt>"
    assert refused(docx(deep)).startswith("damaged XML in word/document.xml (Excessive depth")
    allowed = 240 * "<w:sdtContent>" + p("deep") + 240 * "</w:sdtContent>"
    assert read(docx(allowed)).text == "deep"


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "XML_LIMIT", 100_000)
    assert refused(docx(p("a" * 200_000))) == (
        "member 'word/document.xml' has more than 100,000 bytes when decompressed"
    )


def test_what_is_no_docx_is_refused() -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1")
    assert refused(ole + b"...") == "old Word format; save it as .docx"
    locked = ole + "EncryptedPackage".encode("utf-16-le")
    assert refused(locked) == "encrypted; save a copy without a password"
    assert refused(b"%PDF-1.4") == "not a .docx file"
    assert refused(b"PK\3\4 and no more").startswith("the zip archive is damaged (")
    assert refused(archive({"a.txt": "text"})) == "not a Word file"
    assert refused(docx("<w:p>")).startswith("damaged XML in word/document.xml (")
    assert refused(docx(p("text"))[:-30]).startswith("the zip archive is damaged (")


def test_parts_that_cannot_be_read_are_told() -> None:
    note = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    body = f"<w:p><w:r><w:t>Salt</w:t></w:r>{note}</w:p><w:altChunk/>"
    found = read(docx(body, {"footnotes": "<w:footnotes", "styles": STYLES}))
    assert found.text == "Salt"
    assert found.left_out[0].startswith("footnotes (damaged XML in word/footnotes.xml")
    assert found.left_out[1:] == ("an embedded document (not supported)",)
