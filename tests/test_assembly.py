import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import assembly
from indexer.reading.formats.office.assembly import Assembly
from indexer.types import Block, Location


def test_blocks_and_locations_are_where_they_are_in_the_text() -> None:
    text = Assembly()
    text.locate("slide 1")
    text.heading(" Salt \n and water ", 9)
    text.add("A  paragraph\xa0 with\tspaces \n\n and lines.")
    text.add(" \u200b ")
    text.add("first", "item")
    text.add("second", "item")
    text.locate("slide 2")
    text.locate("slide 3")
    text.table([["Month", "a\nb", ""], ["", ""], ["May"]], 1)
    assert text.text == (
        "Salt and water\n\nA paragraph with spaces\nand lines.\n\nfirst\nsecond\n\nMonth | a b\nMay"
    )
    assert tuple(text.blocks) == (
        Block(0, 14, "heading", 6),
        Block(16, 50, "paragraph"),
        Block(52, 57, "item"),
        Block(58, 64, "item"),
        Block(66, 81, "table", head=77),
    )
    assert text.document().locations == (Location(0, "slide 1"), Location(66, "slide 3"))


def test_lines_of_code_are_one_block_and_keep_their_spaces() -> None:
    text = Assembly()
    text.add("for x in y:", "code")
    text.add("    print(x)", "code")
    assert text.text == "for x in y:\n    print(x)"
    assert tuple(text.blocks) == (Block(0, 24, "code"),)


def test_a_text_past_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "TEXT_LIMIT", 10)
    text = Assembly()
    text.add("ten chars.")
    with pytest.raises(UnreadableArticle, match="more than 10 characters of text"):
        text.add("x")
