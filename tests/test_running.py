from indexer.reading.formats.paged.paragraphs import Line
from indexer.reading.formats.paged.running import without


def line(text: str, bottom: float) -> Line:
    return Line(text, 72, 300, bottom, 12)


def kept(pages: list[list[Line]]) -> list[list[str]]:
    return [[it.text for it in page] for page in without(pages, 12)]


def test_a_line_that_three_pages_have_at_one_height_is_left_out() -> None:
    pages = [[line("Salt", 770), line(f"Body of {word}", 600)] for word in ("a", "b", "c")]
    assert kept(pages) == [["Body of a"], ["Body of b"], ["Body of c"]]
    assert kept(pages[:2]) == [["Body of a"], ["Body of b"]], "the pages are all there are"
    pages[1][0] = line("Salt", 700)
    assert kept(pages) == [["Salt", "Body of a"], ["Salt", "Body of b"], ["Salt", "Body of c"]]


def test_numbers_that_grow_with_the_pages_are_left_out_and_others_are_not() -> None:
    pages = [[line(f"Body {word}", 600), line(f"- {n} -", 40)] for word, n in (("a", 7), ("b", 8))]
    assert kept(pages) == [["Body a"], ["Body b"]]
    pages = [[line(f"Body {n}", 600), line(f"{2 * n + 40}", 40)] for n in range(3)]
    pages[2][0] = line("Body 9", 600)
    assert kept(pages) == [["Body 0", "40"], ["Body 1", "42"], ["Body 9", "44"]]


def test_what_a_page_has_left_is_its_text() -> None:
    assert kept([[line(f"Lesson {n}", 770)] for n in range(5)]) == [
        [f"Lesson {n}"] for n in range(5)
    ]


def test_the_head_of_a_section_is_left_out_by_the_number_beside_it() -> None:
    heads = ["12 The sea", "The mine 13", "14 The sun", "The pan 15"]
    pages = [[line(head, 770), line(f"Body of {head[:6]}.", 600)] for head in heads]
    assert kept(pages) == [[f"Body of {head[:6]}."] for head in heads]


def test_lines_within_the_page_are_kept() -> None:
    pages = [[line(f"First {w}", 700), line("Same", 650), line(f"Last {w}", 600)] for w in "abcd"]
    assert kept(pages) == [[f"First {w}", "Same", f"Last {w}"] for w in "abcd"]


def test_a_numbered_title_is_kept_by_its_size() -> None:
    pages = [
        [Line(f"Lesson {n}", 72, 300, 770, 20), line(f"Body of {word}", 600)]
        for n, word in enumerate("abc", 1)
    ]
    assert kept(pages) == [[f"Lesson {n}", f"Body of {w}"] for n, w in enumerate("abc", 1)]
