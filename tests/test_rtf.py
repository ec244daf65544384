import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import rtf as reader
from indexer.types import Document


def read(body: bytes | str, head: str = r"\ansi\ansicpg1252") -> Document:
    body = body.encode("ascii") if isinstance(body, str) else body
    return reader.read(b"{\\rtf1" + head.encode() + b" " + body + b"}", "salt.rtf")


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks]


def test_paragraphs_lines_and_characters() -> None:
    body = (
        r"One\tab two.\line A \{brace\} and a back\\slash.\par"
        r" Two\~words\emdash\ldblquote q\rdblquote"
    )
    assert read(body).text == "One two.\nA {brace} and a back\\slash.\n\nTwo words—“q”"


def test_unicode_is_read_and_what_stands_for_it_is_skipped() -> None:
    assert read(r"caf\u233? \u26206\'93\'e3 end").text == "café 晞ã end"
    assert read(r"{\uc2\u26206\'93\'e3}end\uc0\u233 .").text == "晞endé."
    assert read(r"\u-10179?\u-9200? and \u-10179? alone").text == "🐐 and alone"
    assert read(r"{\upr{plain}{\*\ud{pl\u225?in}}}").text == "pláin"


def test_the_code_page_is_that_of_the_font_or_of_the_file() -> None:
    fonts = (
        rb"{\fonttbl{\f0\fnil Times;}{\f1\fnil\fcharset204 Times Cyr;}{\f2\fcharset128 Gothic;}}"
    )
    assert read(fonts + rb"caf\'e9 {\f1\'f1\'ee\'eb\'fc} {\f2\'89\'96} caf\'e9").text == (
        "café соль 塩 café"
    )
    assert read(rb"\'f1\'ee\'eb\'fc", r"\ansi\ansicpg1251").text == "соль"
    assert read(b"\\'8e", r"\mac").text == "é"
    assert read("соль".encode(), r"\ansi\ansicpg65001").text == "соль"
    assert read(b"caf\\'e9", r"\ansi\ansicpg99999").text == "café"


def test_what_is_not_the_text_is_left_out() -> None:
    body = (
        r"{\colortbl;\red0;}{\*\generator Word;}{\header A head\par}{\pict\pngblip 89504e47}"
        r"{\*\unknown words}{\field{\*\fldinst HYPERLINK http://x}{\fldrslt a link}}, "
        r"{\deleted gone}{\v hidden}{\*\annotation a remark}kept{\xe index}."
    )
    assert read(body).text == "a link, kept."


def test_binary_data_is_passed_over_by_its_length() -> None:
    assert read(rb"before {\pict\bin9 }}}{{{\par}after").text == "before after"
    assert read(rb"before\bin99999999 after").text == "before"


def test_styles_make_headings_items_and_a_title() -> None:
    body = (
        r"{\stylesheet{\s1\f0\b heading 1;}{\s15 Title;}{\*\cs2 Strong;}}"
        r"\pard\s15 Salt\par\pard\s1 Its price\par\pard\outlinelevel2 Deeper\par"
        r"\pard Text.\par\pard\ls1{\listtext\'b7\tab}first\par\pard\bullet\tab second\par"
    )
    found = read(body)
    assert found.title == "Salt"
    assert kinds(found) == [
        ("heading", 1, "Salt"),
        ("heading", 1, "Its price"),
        ("heading", 3, "Deeper"),
        ("paragraph", 0, "Text."),
        ("item", 0, "first"),
        ("item", 0, "second"),
    ]


def test_tables_and_notes() -> None:
    body = (
        r"Before{\footnote A herring.\par Another.}.\par"
        r"\trowd\trhdr\pard\intbl Month\cell Height\cell\row"
        r"\trowd\pard\intbl May\par June\cell 3 m\cell\row\pard After.\par"
    )
    found = read(body)
    assert found.text.split("\n\n") == [
        "Before.", "A herring.\nAnother.", "Month | Height\nMay June | 3 m", "After."
    ]  # fmt: skip
    table = found.blocks[2]
    assert found.text[table.start : table.head] == "Month | Height"


def test_text_boxes_are_read() -> None:
    body = r"Beside it.{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt In the box.\par}}}\par Next."
    assert read(body).text.split("\n\n") == ["Beside it.", "In the box.", "Next."]


def test_properties() -> None:
    body = (
        r"{\info{\title On Salt}{\author Ann Lee}{\keywords sea, salt}{\company X}"
        r"{\creatim\yr2024\mo5\dy31\hr10}}Text."
    )
    found = read(body)
    assert (found.title, found.text, found.metadata.date) == ("On Salt", "Text.", "2024-05-31")
    assert (found.metadata.authors, found.metadata.tags) == (("Ann Lee",), ("sea", "salt"))


def test_deep_nesting_and_missing_braces_are_read() -> None:
    assert read(200_000 * b"{" + b"deep").text == "deep"
    assert reader.read(b"{\\rtf1 a}}}} b", "x").text == "a b"
    assert reader.read(b"{\\rtf1 a\\", "x").text == "a"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "TEXT_LIMIT", 1000)
    with pytest.raises(UnreadableArticle, match="more than 1,000 characters of text"):
        read(b"a" * 2000)
    monkeypatch.setattr(reader, "MOST_GROUPS", 1000)
    with pytest.raises(UnreadableArticle, match="more than 1,000 groups in one another"):
        read(2000 * b"{")


def test_what_is_no_rtf_is_refused() -> None:
    for data in (b"", b"text", b"PK\3\4", b"{rtf"):
        with pytest.raises(UnreadableArticle, match="not an RTF file"):
            reader.read(data, "salt.rtf")
