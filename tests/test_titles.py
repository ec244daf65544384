"""What a text is called that has no heading of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.reading.titles import title_of
from indexer.splitting.sentences import sentences

LONGEST = 120


def test_a_first_line_of_120_characters_is_a_title_and_a_longer_one_is_a_paragraph() -> None:
    assert title_of("x" * LONGEST, "owls.txt") == "x" * LONGEST
    assert title_of("x" * (LONGEST + 1), "owls.txt") == "owls"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Owls hunt.", "Owls hunt"),
        ("Owls hunt...", "Owls hunt..."),
        ("Owls hunt..", "Owls hunt.."),
        (".", "."),
        ("Do owls hunt?", "Do owls hunt?"),
        ("  Owls \t", "Owls"),
    ],
)
def test_one_full_stop_is_not_part_of_a_title(line: str, title: str) -> None:
    assert title_of(line, "") == title


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\f", "\u2028", "\u2029"])
def test_the_first_line_ends_at_any_line_end(end: str) -> None:
    assert title_of(f"{end}  {end}Owls{end}Bats", "") == "Owls"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("night/forest-owls_of  Asia.txt", "forest owls of Asia"),
        ("größe.md", "größe"),
        ("日本語.md", "日本語"),
        ("2021-05-owls.txt", "2021 05 owls"),
        ("archive.tar.owls", "archive tar"),
    ],
)
def test_a_file_is_called_by_the_words_of_its_name(name: str, title: str) -> None:
    assert title_of("word " * 60, name) == title
    assert title_of("", name) == title


def test_a_name_without_a_word_of_three_letters_gives_way_to_the_text() -> None:
    text = "Owls hunt at night. " + "word " * 60
    for name in ("01.txt", "ab-cd.txt", "x1y2z3.txt", ""):
        assert title_of(text, name) == "Owls hunt at night"
    assert title_of("", "night/01.txt") == "night/01.txt", "there is nothing else"


def test_a_long_first_sentence_is_cut_between_words_and_ends_without_a_comma() -> None:
    words = ", ".join(["word"] * 60)
    title = title_of(words, "01")
    assert title.endswith("word…")
    assert len(title) <= LONGEST
    assert words.startswith(title[:-1])


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8"), max_size=300), st.sampled_from(["01", ""]))
def test_a_title_made_of_the_text_is_at_most_120_characters_of_its_first_line(
    text: str, name: str
) -> None:
    text = f"Owl{text}"
    title = title_of(text, name)
    assert title
    assert text.startswith(title.removesuffix("…"))
    assert len(title.removesuffix("…")) <= LONGEST
    assert not set(title) & set("\n\r\f\u2028\u2029")


@settings(max_examples=300)
@given(st.text(st.sampled_from("aB1 .!?):;,-*\té"), min_size=121, max_size=260))
def test_the_first_sentence_is_the_same_whether_or_not_it_is_seen_to_be_long(text: str) -> None:
    line = "x" + text.strip() + "x"
    first = sentences(line[: 2 * LONGEST])[0]
    title = title_of(line, "")
    if len(line) > LONGEST:
        assert title.endswith("…") == (first.end > LONGEST or line[: first.end].endswith("…"))


def test_a_list_ends_the_first_sentence() -> None:
    start = "There are three different types of nondeterminism in quantum communication:"
    text = (
        start
        + r" i) $\nqp$-communication, ii) $\qma$-communication, and iii) $\qcma$-communication."
    )
    assert title_of(text, "1") == start
