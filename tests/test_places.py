"""Where a passage is, in words of its article's format."""

import pytest

from indexer.reading.places import places
from indexer.types import Article, Block, Location

TEXT = "Tides\nMoon\nPull\nSun\nWaves\n"
HEADINGS = tuple(
    Block(TEXT.index(word), TEXT.index(word) + len(word), "heading", level)
    for word, level in (("Tides", 1), ("Moon", 2), ("Pull", 3), ("Sun", 2), ("Waves", 1))
)


def at(word: str, **facts: object) -> str | None:
    start = TEXT.index(word)
    article = Article("a", **{"title": "", "text": TEXT, **facts})  # type: ignore[arg-type]
    return places(article, [start]).get(start)


def test_an_article_without_structure_has_no_places() -> None:
    assert places(Article("a.txt", "Tides", TEXT), [0, 6]) == {}


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("Tides", "“Tides”"),
        ("Pull", "“Tides > Moon > Pull”"),
        ("Sun", "“Tides > Sun”"),
        ("Waves", "“Waves”"),
    ],
)
def test_a_heading_ends_those_below_it(word: str, place: str) -> None:
    assert at(word, blocks=HEADINGS) == place


def test_the_title_is_no_place() -> None:
    assert at("Tides", blocks=HEADINGS, title="Tides") is None
    assert at("Moon", blocks=HEADINGS, title="Tides") == "“Moon”"


def test_a_page_comes_before_the_headings_and_repeats_none() -> None:
    pages = (Location(0, "page 1"), Location(TEXT.index("Sun"), "page 2"))
    assert at("Moon", locations=pages) == "page 1"
    assert at("Sun", locations=pages, blocks=HEADINGS) == "page 2, “Tides > Sun”"
    chapter = (Location(0, "chapter 3: Tides"),)
    assert at("Tides", locations=chapter, blocks=HEADINGS) == "chapter 3: Tides"
    assert at("Sun", locations=chapter, blocks=HEADINGS) == "chapter 3: Tides, “Sun”"


def test_what_is_before_the_first_page_has_no_page() -> None:
    assert at("Tides", locations=(Location(6, "page 1"),)) is None


def test_a_long_heading_is_cut() -> None:
    text = "T" * 200
    article = Article("a", "", text, (Block(0, 200, "heading", 1),))
    assert places(article, [0]) == {0: f"“{'T' * 80}…”"}


def test_a_passage_that_begins_with_a_heading_in_markdown_is_below_it() -> None:
    text = "## Tides\n\nThe sea.\n\n## Waves\n\nThe wind."
    blocks = tuple(
        Block(text.index(it), text.index(it) + 5, "heading", 2) for it in ("Tides", "Waves")
    )
    article = Article("a.md", "", text, blocks)
    assert places(article, [0, 20, 30]) == {0: "“Tides”", 20: "“Waves”", 30: "“Waves”"}
