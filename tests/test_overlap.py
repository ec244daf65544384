"""Rank-biased overlap: its bounds, its weights, and values worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.evaluation.measured.overlap import rank_biased_overlap

RANKINGS = st.lists(st.integers(0, 12), unique=True, max_size=8)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("abc", "abc", 1.0),
        ("abc", "xyz", 0.0),
        ("", "", 1.0),
        ("", "abc", 0.0),
        # (1 - p) / p * (1 p + 1/2 p^2 + 3/3 p^3) + 3/3 p^3, with p = 0.9
        ("abc", "acb", 0.955),
        # (1 - p) / p * (0 p + 2/2 p^2) + 2/2 p^2
        ("ab", "ba", 0.9),
        ("a", "ab", 1.0),  # all of the shorter one is in the longer one
    ],
)
def test_values_worked_out_by_hand(first: str, second: str, expected: float) -> None:
    assert rank_biased_overlap(first, second) == pytest.approx(expected)


@given(RANKINGS, RANKINGS)
def test_it_is_symmetric_and_from_0_to_1(first: list[int], second: list[int]) -> None:
    found = rank_biased_overlap(first, second)
    assert found == pytest.approx(rank_biased_overlap(second, first))
    assert -1e-9 <= found <= 1 + 1e-9
    assert rank_biased_overlap(first, first) == pytest.approx(1)


@given(st.permutations(range(6)), st.integers(0, 3))
def test_a_swap_near_the_top_counts_more(ranking: list[int], at: int) -> None:
    def swapped(place: int) -> list[int]:
        other = list(ranking)
        other[place : place + 2] = other[place + 1], other[place]
        return other

    above = rank_biased_overlap(ranking, swapped(at))
    assert above < rank_biased_overlap(ranking, swapped(at + 1))
