"""Saved web pages: what is found in them, and hostile ones."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web import html
from indexer.types import Block, Document, Metadata
from tests.benchmarks.pages import BARS, PAGES, f1_of, page

PARAGRAPH = "<p>The lamp of the lighthouse is lit at dusk, and burns until the sun is up again.</p>"


def read(source: str) -> Document:
    return html.read(source.encode(), "a.html")


@pytest.mark.parametrize("kind", BARS)
def test_the_text_of_each_kind_of_page_is_found_as_promised(kind: str) -> None:
    assert f1_of(kind) >= BARS[kind]


def test_a_page_of_news_has_its_text_and_what_it_says_of_itself() -> None:
    data, _ = page(PAGES / "news-tabloid.html")
    found = html.read(data, "canal.html")
    assert found.title == "The canal that moved the world"
    assert found.metadata == Metadata("2023-11-04", ("Dora Whitlock",), "en-gb")
    assert found.text.startswith("The canal that moved the world\n\n")
    assert found.blocks[0] == Block(0, 30, "heading", 1)
    for surrounding in ("cookies", "Compare car insurance", "crossword", "Ferry strike", "Privacy"):
        assert surrounding not in found.text


def test_a_page_of_documentation_keeps_its_code_tables_and_lists() -> None:
    data, _ = page(PAGES / "documentation-sphinx.html")
    found = html.read(data, "store.html")
    blocks = dict.fromkeys(("code", "table", "item", "heading"), "")
    for block in found.blocks:
        if block.kind in blocks:
            blocks[block.kind] += found.text[block.start : block.end] + "\n"
    assert 'with store.open("shop.cask") as shop:\n    shop["pears"] = 12' in blocks["code"]
    assert blocks["table"].startswith("Mode | Meaning\nr | read alone")
    assert "path – where the file is" in blocks["item"]
    assert "Recovery\n" in blocks["heading"], "without the link to itself"


def test_all_posts_of_a_forum_are_read_in_order_and_no_signature() -> None:
    data, _ = page(PAGES / "forum-phpbb.html")
    text = html.read(data, "topic.html").text
    firsts = [
        "Every evening I fill",
        "Look at the copper",
        "You were right",
        "Yes, with the system",
    ]
    assert [text.index(first) for first in firsts] == sorted(text.index(first) for first in firsts)
    assert "white shoes" not in text


def test_a_page_in_an_old_encoding_is_read_as_it_declares() -> None:
    source = (
        f"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'><p>Маяк</p>{PARAGRAPH}"
    )
    found = html.read(source.encode("koi8-r"), "a.html")
    assert found.text.startswith("Маяк")
    assert found.encoding is None
    wide = html.read(f"<p>Größe {PARAGRAPH}".encode("utf-16"), "a.html")
    assert wide.text.startswith("Größe")
    guessed = html.read(
        "<p>Größe der Fische im Fluß, früh am Morgen</p>".encode("cp1252"), "a.html"
    )
    assert (guessed.text[:5], guessed.encoding) == ("Größe", "cp1252")


def test_a_stray_nul_byte_does_not_lose_a_page() -> None:
    assert "lighthouse" in html.read(PARAGRAPH.encode() + b"\0" + PARAGRAPH.encode(), "a").text
    assert html.read("\ufeff漢字漢字漢\u5b00".encode("utf-16-le"), "a").text == "漢字漢字漢\u5b00"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("no element at all", "no element at all"),
        ("<p>short", "short"),
        ("<P>Old</P>page", "Old\n\npage"),
        ("<p>a</p><img src='data:image/png;base64," + "A" * 300 + "'><p>b</p>", "a\n\nb"),
        ("<body><nav>Menu</nav><p>Text</p><footer>2024</footer>", "Text"),
        ("<nav>All there is</nav>", "All there is"),
        ("<ul><li>tea<li>milk</ul>", "tea\nmilk"),
    ],
)
def test_a_small_page_is_read_whole(source: str, text: str) -> None:
    assert read(source).text == text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "the file is empty"),
        (" \n", "the file contains only white space"),
        ("<html><head><title>t</title></head></html>", "the page has no text"),
        ("<!-- a -->", "the page has no text"),
        ("<frameset><frame src=a><frame src=b></frameset>", "the page has no text, only frames"),
        ("<div id=root></div><script src=app.js></script>", "the page has no text; scripts would"),
        ("\x89PNG\r\n\0\0\0", "looks like a binary file"),
    ],
)
def test_a_page_without_text_is_refused_with_the_reason(source: str, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=f"^{reason}"):
        read(source)


@pytest.mark.parametrize(
    ("source", "paragraphs"),
    [
        ("<div>" * 100_000 + PARAGRAPH, 1),
        ("<b>" * 100_000 + PARAGRAPH, 1),
        ("<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">" + PARAGRAPH, 1),
        (PARAGRAPH * 40_000, 40_000),
    ],
    ids=["deep", "deep inline", "attributes", "paragraphs"],
)
def test_a_page_too_large_for_trafilatura_is_read_without_it(
    source: str, paragraphs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "main_text", None)
    assert read(source).text.count("lighthouse") == paragraphs


def test_inlined_files_are_removed_before_anything_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    main_text = html.main_text

    def watched(source: str) -> object:
        seen.append(len(source))
        return main_text(source)

    monkeypatch.setattr(html, "main_text", watched)
    image = f"<img src='data:image/png;base64,{'iVBORw0KGgo' * 2_000_000}'>"
    assert read(PARAGRAPH * 30 + image + PARAGRAPH * 30).text.count("lighthouse") == 60
    assert seen == [len(PARAGRAPH) * 60 + len("<img src=''>")]


def test_what_trafilatura_cannot_read_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(html, "bare_extraction", fail)
    assert read(f"<nav>Menu</nav>{PARAGRAPH}").text.startswith("The lamp")


def test_no_entity_is_expanded_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    found = read(
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "expanded"><!ENTITY x SYSTEM'
        ' "file:///etc/passwd">]><html><head><title/><link rel="stylesheet" href="http://a.example"/>'
        f"</head><body><p>It is &a; and &x; here.</p><script/><iframe src='http://b.example'/>{PARAGRAPH}"
    )
    assert found.text.startswith("It is &a; and &x; here.\n\nThe lamp")


pieces = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<h1>", "</h1>"),
        *("<pre>", "</pre>", "<br>", "<script>", "</script>", "<article>", "</article>"),
        *("<meta>", "<time>", "<title>", "</title>", "<!--", "-->", "&#1;", "&#xD800;", "word"),
        *("\x0b", "\x1f", "é"),
    ]
)
PAGE = page(PAGES / "blog-static.html")[0]


@settings(max_examples=60)
@given(st.binary(max_size=80) | st.lists(pieces, max_size=30).map(lambda it: " ".join(it).encode()))
def test_any_bytes_are_a_page_or_refused(data: bytes) -> None:
    try:
        found = html.read(data, "a.html")
    except UnreadableArticle as error:
        assert str(error)
    else:
        assert found.text.strip()
        found.text.encode()


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_page_is_read_or_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(PAGE)))
    cut = data.draw(st.integers(0, 300))
    put = data.draw(st.lists(pieces, max_size=3).map("".join)).encode()
    try:
        found = html.read(PAGE[:at] + put + PAGE[at + cut :], "a.html")
    except UnreadableArticle:
        return
    assert [block.end for block in found.blocks][-1] == len(found.text)
