"""Elements of a page to a text and its blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.reading.formats.web.composing import Composer
from indexer.reading.formats.web.markup import feed
from indexer.types import Block


def composed(source: str) -> list[tuple[str, str]]:
    """The kind and text of each block."""
    found = feed(source, Composer())
    return [(block.kind, found.text[block.start : block.end]) for block in found.blocks]


def text_of(source: str) -> str:
    return feed(source, Composer()).text


def test_paragraphs_are_separated_by_a_blank_line_and_white_space_is_a_browsers() -> None:
    assert text_of("<p>One\n   two</p>\n<p> three<b>four</b> <i>five</i></p>tail") == (
        "One two\n\nthreefour five\n\ntail"
    )
    assert text_of("<div>a<div>b</div>c</div>") == "a\n\nb\n\nc"
    assert text_of("<p>a&nbsp;b") == "a\xa0b"
    assert text_of("<p>a\u2028b\u0085c") == "a\u2028b\u0085c"


def test_one_line_break_is_a_line_and_two_are_a_paragraph() -> None:
    assert text_of("<p>Rose<br>Violet<br> <br>Lily<br/></p>") == "Rose\nViolet\nLily"
    assert composed("Rose<br><br>Lily") == [("paragraph", "Rose"), ("paragraph", "Lily")]


def test_headings_have_their_level_and_no_link_to_themselves() -> None:
    found = feed(
        "<h1>Tea\n<br>leaf</h1><p>x</p><h3>Green<a href=#g>¶</a></h3><h2>C#</h2>", Composer()
    )
    assert found.text == "Tea leaf\n\nx\n\nGreen\n\nC#"
    assert [block for block in found.blocks if block.kind == "heading"] == [
        Block(0, 8, "heading", 1),
        Block(13, 18, "heading", 3),
        Block(20, 22, "heading", 2),
    ]


def test_code_is_unchanged_and_whole() -> None:
    source = "<pre><code>\nif a:\n    <b>b</b>()\n\n\n# end\n</code></pre>"
    assert composed(source) == [("code", "if a:\n    b()\n\n\n# end")]
    assert composed("<pre>one<br>two</pre>") == [("code", "one\ntwo")]
    assert composed("<p>the <code>x  y</code> there</p>") == [("paragraph", "the x y there")]
    assert composed("<h2>the<pre>a\nb</pre></h2>")[-1] == ("heading", "a b")


def test_items_are_lines_and_lists_stand_alone() -> None:
    source = (
        "<p>Buy:</p><ul><li>tea<ul><li>green</ul><li><p>milk</p><p>cold</p><li>jam</ul>"
        "<ol><li>x</ol>"
    )
    assert text_of(source) == "Buy:\n\ntea\ngreen\nmilk\n\ncold\n\njam\n\nx"
    assert composed(source)[3:5] == [("item", "milk"), ("paragraph", "cold")]
    assert composed("<dl><dt>Tide<dd>The sea rises.</dl>") == [
        ("item", "Tide"),
        ("item", "The sea rises."),
    ]


def test_quotes_are_marked() -> None:
    assert composed("<blockquote>Be<p>still</p></blockquote>so") == [
        ("quote", "Be"),
        ("quote", "still"),
        ("paragraph", "so"),
    ]


def test_a_table_has_a_line_for_each_row_and_tells_its_header() -> None:
    source = (
        "<table><caption>Tides</caption><tr><th>Month<th>Height</tr>"
        "<tr><td>May<td><p>3</p><p>m</p></tr><tr><td><td>none<td></tr><tr><td></tr></table>after"
    )
    found = feed(source, Composer())
    assert found.text == "Tides\n\nMonth | Height\nMay | 3 m\n | none\n\nafter"
    assert found.blocks[1] == Block(7, 39, "table", head=21)


def test_a_table_without_a_header_has_its_head_at_its_start() -> None:
    found = feed("<p>x<table><tr><th>May<td>3<tr><th>June<td>4</table>", Composer())
    assert found.blocks[1] == Block(3, 19, "table", head=3)


def test_two_header_rows_are_one_head() -> None:
    source = "<table><tr><th>a<tr><th>b<tr><td>c<tr><th>d</table>"
    assert feed(source, Composer()).blocks == [Block(0, 7, "table", head=3)]


@pytest.mark.parametrize(
    "source",
    [
        "<table><tr><td><h2>News</h2><p>It rains.</p><td><a>Menu</a></table>",
        "<table><tr><td><h2>News</h2><table><tr><td><p>It</p>rains.</table><td>Menu</table>",
        f"<table><tr><td>News<p>{'It rains. ' * 40}</p><td>Menu</table>",
        "<table><tr><td><p>News</p><p>It rains.</p></table>",
    ],
)
def test_a_table_that_arranges_paragraphs_is_no_table(source: str) -> None:
    kinds = [kind for kind, _ in composed(source)]
    assert "table" not in kinds or "<table><tr><td><p>" in source
    assert ("heading" if "<h2>" in source else "paragraph") in kinds


def test_what_is_no_text_is_left_out() -> None:
    source = (
        "<head><title>t</title></head><script>var a</script><style>b{}</style><p>seen"
        "<svg><text>no</text></svg><template><p>no</p></template><p hidden>no</p>"
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby><noscript>no</noscript>"
    )
    assert text_of(source) == "seen\n\n漢"


def test_control_characters_are_dropped() -> None:
    assert text_of("<p>a&#1;b&#0;c&#27;d</p>") in {"abcd", "ab\ufffdcd"}


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote", "pre", "h1"])
def test_any_depth_is_read(tag: str) -> None:
    found = feed(f"<{tag}>x" * 20_000, Composer())
    assert found.text.count("x") == 20_000


def test_pages_can_follow_each_other_whatever_the_first_left_open() -> None:
    book = Composer()
    feed("<h1>One</h1><ul><li><table><tr><td>a<td>b", book)
    assert book.next_start == len(book.text) + 2
    feed("<p>Two", book)
    assert book.text == "One\n\na | b\n\nTwo"
    assert book.blocks[-1].kind == "paragraph"


pieces = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<table>", "<tr>", "<td>", "<th>", "</td>", "</tr>"),
        *("</table>", "<li>", "</li>", "<ul>", "</ul>", "<h2>", "</h2>", "<pre>", "</pre>"),
        *("<br>", "<blockquote>", "</blockquote>", "<script>", "</script>", "<b>", "</b>"),
        *("<dd>", "word", "two&nbsp;", "&#0;", "é", "漢", "\n", "<!--", "-->", "</body>"),
        *("<title>"),
    ]
)


@given(st.lists(pieces, max_size=40).map(" ".join))
def test_blocks_are_in_order_and_hold_all_text(source: str) -> None:
    found = feed(source, Composer())
    last = 0
    for block in found.blocks:
        assert last <= block.start < block.end
        assert not found.text[last : block.start].strip()
        part = found.text[block.start : block.end]
        assert part.strip()
        if block.kind == "heading":
            assert "\n" not in part
        if block.kind == "table":
            assert block.start <= block.head <= block.end
        last = block.end
    assert last == len(found.text)


def test_a_table_inside_a_cell_stays_between_what_is_before_and_after_it() -> None:
    source = "<table><tr><td>News<table><tr><td>May<td>rain</table>after<td>Menu</table>end"
    assert composed(source) == [
        ("paragraph", "News"),
        ("table", "May | rain"),
        ("paragraph", "after"),
        ("paragraph", "Menu"),
        ("paragraph", "end"),
    ]
