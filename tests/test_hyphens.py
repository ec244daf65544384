import pytest

from indexer.reading.formats.paged.hyphens import Mender
from indexer.reading.formats.paged.paragraphs import Line


def line(text: str, *, hyphen: bool = False) -> Line:
    return Line(text, 72, 300, 700, 12, hyphen)


def mended(first: str, second: str, *others: str) -> str:
    lines = [line(first), line(second), *map(line, others)]
    return Mender(lines)(lines[0], lines[1], first + " ") + second


@pytest.mark.parametrize(
    ("first", "second", "others", "whole"),
    [
        ("the evapora-", "tion of", ["by evaporation."], "the evaporation of"),
        ("a well-", "known tale", ["is well-known."], "a well-known tale"),
        ("the evapora-", "tion of", [], "the evaporation of"),
        ("a well-", "known tale", ["half-way to mid-air, north-east"], "a well-known tale"),
        ("the Austro-", "Hungarian war", ["cut-", "ting"], "the Austro-Hungarian war"),
        ("in 1914-", "18 they", [], "in 1914-18 they"),
        ("commander-", "in-chief", [], "commander-in-chief"),
        ("commander-in-", "chief", [], "commander-in-chief"),
        ("no hyphen", "here", [], "no hyphen here"),
        ("a dash -", "here", [], "a dash - here"),
    ],
)
def test_words_are_mended(first: str, second: str, others: list[str], whole: str) -> None:
    assert mended(first, second, *others) == whole


def test_a_hyphen_that_the_library_removed_is_known() -> None:
    lines = [line("the evapora", hyphen=True), line("tion of"), line("by evaporation")]
    assert Mender(lines)(lines[0], lines[1], "the evapora ") == "the evapora"
    lines = [line("a well", hyphen=True), line("known"), line("well-known")]
    assert Mender(lines)(lines[0], lines[1], "a well ") == "a well-"
