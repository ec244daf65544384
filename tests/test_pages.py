from indexer.reading.formats.paged.pages import compose, title
from indexer.reading.formats.paged.paragraphs import Line
from indexer.types import Block, Location


def line(text: str, y: float, x: float = 72, height: float = 10) -> Line:
    return Line(text, x, x + len(text) * height * 0.6, y, height)


BODY = [
    line("The sea leaves salt behind wherever it dries up and", 600),
    line("nobody asks why.", 588),
]


def test_the_title_is_the_largest_text_at_the_top_of_the_first_page() -> None:
    large = [line("The Price", 700, height=24), line("of Salt", 676, height=24)]
    assert title([[line("Annals", 760), *large, line("Ann Lee", 640, height=14), *BODY]]) == (
        "The Price of Salt"
    )
    assert title([BODY]) == title([]) == title([[]]) == ""
    assert title([[*BODY, line("A large end", 100, height=24)]]) == ""
    assert title([[line("x" * 400, 700, height=24), *BODY]]) == ""


def test_headings_have_a_level_for_each_size_that_a_reader_can_tell_apart() -> None:
    pages = [
        [line("Salt", 760, height=20), line("Sea", 700, height=14), *BODY],
        [line("Mines", 700, height=13.9), line("A word", 650, height=12), *BODY],
    ]
    text, blocks, locations = compose(pages)
    assert [(text[it.start : it.end], it.level) for it in blocks if it.kind == "heading"] == [
        ("Salt", 1), ("Sea", 2), ("Mines", 2), ("A word", 3)
    ]  # fmt: skip
    assert locations == (Location(0, "page 1"), Location(text.index("Mines"), "page 2"))


def test_lines_of_han_are_joined_without_a_space() -> None:
    lines = [line("盐是人类最早使用的调味品之一也是重要的", 700), line("商品。", 688)]
    text, blocks, _ = compose([lines])
    assert text == "盐是人类最早使用的调味品之一也是重要的商品。"
    assert blocks == (Block(0, len(text), "paragraph"),)


def test_nothing_is_composed_of_nothing() -> None:
    assert compose([]) == compose([[], []]) == ("", (), ())
