"""Headings of Markdown as words only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from indexer.reading.formats.texts import markdown
from indexer.reading.formats.texts.inline_marks import without_marks
from indexer.reading.places import places
from indexer.types import Article


@pytest.mark.parametrize(
    "line",
    [
        "The **sea** at [Brest](http://x.org), `low` _tide_ of snake_case",
        "**`locus` index** and ***both***",
        "a * b * c, 2 * 3",
        "[![img](a.png)](b) and ![pic](x.png)",
        "[A](https://x.org/A_(b)) and [plain]",
        r"\*not\* this \_one\_",
        "`a*b*c` and `` x`y `` and `_init_`",
        "*one __two__ three* <https://x.org/a>",
        "a_b_c (_d_)",
    ],
)
def test_what_is_left_are_the_words_that_a_browser_shows(line: str) -> None:
    (_, inline, _) = MarkdownIt().parse(f"# {line}")
    assert without_marks(line) == "".join(it.content for it in inline.children or [])


@given(st.text("ab_*`[]()!\\~ \0<>", max_size=60))
def test_no_letter_is_lost_outside_addresses(line: str) -> None:
    bare = without_marks(line)
    if "(" not in line and "][" not in line:
        assert [it for it in bare if it in "ab"] == [it for it in line if it in "ab"]


TEXT = "# **Tides** of `Brest`\n\nText.\n\n## The [moon](x.md)\n\nIt pulls the sea.\n"


def test_title_and_where_have_no_marks_and_the_text_keeps_them() -> None:
    document = markdown.read(TEXT.encode(), "a.md")
    assert (document.title, document.text) == ("Tides of Brest", TEXT)
    article = Article.of("a.md", document)
    assert places(article, [TEXT.index("It pulls")]) == {TEXT.index("It pulls"): "“The moon”"}
    page = Article("a.html", "", TEXT, document.blocks)
    assert "[moon](x.md)" in places(page, [TEXT.index("It pulls")])[TEXT.index("It pulls")]
