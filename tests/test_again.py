"""A text is found again: the same, but for white space, or reworded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.types import Span
from search.checking.again import LEAST, ArticleWords, exactly

SENTENCES = [
    f"In year {n} the keeper{n} of lighthouse{n} wrote about storm{n} and ships{n}."
    for n in range(60)
]
ARTICLE = "\n".join(SENTENCES)


@given(st.text("ab", max_size=40), st.text("ab", min_size=1, max_size=4), st.integers(0, 50))
def test_of_several_places_the_nearest_is_found(text: str, cited: str, near: int) -> None:
    starts = [at for at in range(len(text)) if text.startswith(cited, at)]
    found = exactly(text, cited, near)
    assert (found is None) == (not starts)
    if found is not None:
        assert found in starts
        assert abs(found - near) == min(abs(start - near) for start in starts)


@pytest.mark.parametrize("space", ["\n", "  ", "\u00a0", ""])
def test_white_space_is_passed_over_but_words_are_not_joined(space: str) -> None:
    article = ArticleWords(f"Owls{space} hunt mice,{space}and moths. Owls hunt mice")
    found = article.but_for_space("Owls hunt mice , and moths", 0)
    assert found == Span(0, len("Owls hunt mice,and moths") + 2 * len(space))
    assert article.but_for_space("Owls huntmice", 0) is None
    assert article.but_for_space("Owls hunt moths", 0) is None


def test_of_the_places_with_the_same_words_the_nearest_is_found() -> None:
    article = ArticleWords("red  owl, " * 5)
    assert article.but_for_space("red owl", 0) == Span(0, 8)
    assert article.but_for_space("red owl", 29) == Span(30, 38)
    assert article.but_for_space("red owl", 500) == Span(40, 48)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" about storm30", ""),
        ("keeper30", "guard"),
        ("wrote about", "often wrote long letters home about"),
        ("In year 30", "A century later"),
        ("storm30 and", "calm days and"),
    ],
)
def test_a_reworded_text_is_found_whole_and_nothing_beside_it(old: str, new: str) -> None:
    cited = " ".join(SENTENCES[29:32])
    changed = (
        ARTICLE.replace(old, new, 1)
        if "30" in old
        else ARTICLE.replace(SENTENCES[30], SENTENCES[30].replace(old, new))
    )
    place, share = ArticleWords(changed).most_similar(cited, 0)
    start, end = changed.index(SENTENCES[29]), changed.index(SENTENCES[31]) + len(SENTENCES[31])
    assert place == Span(start, end)
    assert 0.7 < share < 1


def test_a_text_that_was_cut_out_is_similar_to_nothing() -> None:
    rest = ARTICLE.replace(SENTENCES[30], "").replace("lighthouse", "house")
    other = "Wolves roam the mountains at dawn, when snow covers every path."
    assert ArticleWords(rest).most_similar(other, 0)[1] < LEAST
    assert ArticleWords("").most_similar(other, 0) == (Span(0, 0), 0.0)
    assert ArticleWords(rest).most_similar("zebra", 0) == (Span(0, 0), 0.0)


@given(st.text(max_size=60), st.text(min_size=1, max_size=30), st.integers(0, 80))
def test_any_text_can_be_looked_for(text: str, cited: str, near: int) -> None:
    article = ArticleWords(text)
    place, share = article.most_similar(cited, near)
    assert 0 <= place.start <= place.end <= len(text)
    assert 0 <= share <= 1
    found = article.but_for_space(cited, near)
    if found is not None:
        assert text[found.start : found.end].split() or not cited.strip()
