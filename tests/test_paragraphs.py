import pytest

from indexer.reading.formats.paged.paragraphs import Line, paragraphs

FULL = "These words fill the whole of the line, as long lines do"


def line(text: str, y: float, x: float = 72, height: float = 10) -> Line:
    return Line(text, x, x + len(text) * height * 0.6, y, height)


def joined(*pages: list[Line]) -> list[str]:
    found = []
    for it in paragraphs(pages, 10):
        texts = [placed.line.text for placed in it.lines]
        found.append("".join(a + b for a, b in zip(texts, [*it.ends, ""], strict=True)))
    return found


@pytest.mark.parametrize(
    ("second", "texts"),
    [
        (line("and the next goes on.", 688), [f"{FULL} and the next goes on."]),
        (line("A gap is before it.", 660), [FULL, "A gap is before it."]),
        (line("A larger one", 688, height=14), [FULL, "A larger one"]),
        (line("• an item", 688), [f"{FULL}\n• an item"]),
        (line("beside it", 700, x=500), [f"{FULL} beside it"]),
    ],
)
def test_what_separates_a_line_from_the_next(second: Line, texts: list[str]) -> None:
    assert joined([line(FULL, 712), line(FULL, 700), second]) == [f"{FULL} {texts[0]}", *texts[1:]]


def test_a_line_that_ends_early_ends_a_paragraph_if_it_ends_a_sentence() -> None:
    lines = [line(FULL, 712), line("It ends here.", 700), line(FULL, 688)]
    assert joined(lines) == [f"{FULL} It ends here.", FULL]
    lines[1] = line("a verse ends here", 700)
    assert joined(lines) == [f"{FULL} a verse ends here\n{FULL}"]


def test_an_indent_begins_a_paragraph_and_the_line_after_it_does_not() -> None:
    lines = [line(f"{FULL[:-2]}o.", 712), line(FULL[:-3], 700, x=90), line(FULL, 688)]
    assert joined(lines) == [f"{FULL[:-2]}o.", f"{FULL[:-3]} {FULL}"]


def test_the_second_line_of_an_item_belongs_to_it() -> None:
    lines = [line(f"1. {FULL}.", 712), line("and its end.", 700, x=90)]
    assert joined(lines) == [f"1. {FULL}. and its end."]


def test_a_paragraph_goes_on_over_a_page_and_a_column() -> None:
    page = [line(FULL, 100), line(FULL, 88)]
    assert joined(page, [line("goes on.", 700), line(FULL, 688)]) == [
        f"{FULL} {FULL} goes on.",
        FULL,
    ]
    assert joined([*page, line("goes on.", 700, x=500)]) == [f"{FULL} {FULL} goes on."]
    ended = [line(FULL, 100), line("It ends.", 88)]
    assert joined(ended, [line(FULL, 700)]) == [f"{FULL} It ends.", FULL]


def test_a_page_of_one_sentence_ends_with_it() -> None:
    assert joined([line("One slide.", 700)], [line("Another.", 700)]) == ["One slide.", "Another."]


def test_footnotes_come_after_the_paragraph_that_runs_over_their_page() -> None:
    note = line("1 A note.", 60, height=8)
    assert joined([line(FULL, 100), line(FULL, 88), note], [line("goes on.", 700)]) == [
        f"{FULL} {FULL} goes on.",
        "1 A note.",
    ]
