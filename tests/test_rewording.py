"""What differs between two texts: as runs of words, and as people read it."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.checking.rewording import diff, runs, word_spans, words

NUMBERS = st.lists(st.integers(0, 5), max_size=30)


@given(NUMBERS, NUMBERS)
@example([1, 2, 3], [4, 2, 5])
def test_the_runs_give_both_texts_back_and_kept_words_are_the_same(
    old: list[int], new: list[int]
) -> None:
    found = runs(old, new)
    assert [n for run in found for n in old[run.start : run.end]] == old
    assert [n for run in found for n in new[run.new_start : run.new_end]] == new
    assert all(one.is_kept != other.is_kept for one, other in pairwise(found))
    for run in found:
        is_same = old[run.start : run.end] == new[run.new_start : run.new_end]
        assert is_same or not run.is_kept


def test_a_single_word_between_two_changes_belongs_to_the_change() -> None:
    old, new = "Two owls hunt mice here.", "Ten hawks hunt moles here."
    assert diff(old, new) == "[-Two owls hunt mice-]{+Ten hawks hunt moles+} here."


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("The sea is salt.", "The sea is very salt.", "The sea is {+very+} salt."),
        ("The old sea is salt.", "The sea is salt.", "The [-old-] sea is salt."),
        ("The old sea.", "old sea.", "[-The-] old sea."),
        ("The sea is salt", "The sea is salt!", "The sea is salt{+!+}"),
        ("東京都は大きい。", "東京都は小さい。", "東京都は[-大き-]{+小さ+}い。"),
        ("a\n\nb c", "a\tb d", "a b [-c-]{+d+}"),
        ("a b", "a \x1b[2J b", "a {+\N{REPLACEMENT CHARACTER}[2J+} b"),
    ],
)
def test_a_diff_reads_on_one_line(old: str, new: str, shown: str) -> None:
    assert diff(old, new) == shown


def test_a_diff_is_short_however_long_the_texts_are() -> None:
    same = " ".join(f"word{n}" for n in range(500))
    other = " ".join(f"other{n}" for n in range(500))
    assert diff(f"{same} salt {same}", f"{same} sand {same}") == (
        "… word496 word497 word498 word499 [-salt-]{+sand+} word0 word1 word2 word3 …"
    )
    assert len(diff(same, other)) < 1500


@given(st.text())
def test_words_are_apart_and_have_every_character_that_is_no_white_space(text: str) -> None:
    spans = list(word_spans(text))
    assert [text[start:end] for start, end in spans] == words(text)
    assert "".join(words(text)) == "".join(text.split())
    assert all(one.end <= other.start for one, other in pairwise(spans))
