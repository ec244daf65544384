"""Whether two runs differ: small cases counted by hand, and general properties."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import DatasetError
from search.evaluation.measured.significance import (
    Move,
    Tally,
    differences,
    holm,
    moved_most,
    randomisation_test,
    tally,
)

some_differences = st.lists(
    st.floats(-1, 1).filter(lambda by: by == 0 or abs(by) > 1e-6), min_size=1, max_size=30
)


def test_four_wins_of_four_are_two_of_sixteen_patterns() -> None:
    assert randomisation_test([0.1, 0.2, 0.3, 0.4]) == 2 / 16
    assert randomisation_test([0.1, 0.2, 0.3, 0.4, 0.0, 0.0]) == 2 / 16, "ties say nothing"


def test_the_exact_test_counts_every_pattern() -> None:
    by = [0.5, -0.1, 0.25, 0.3]
    extreme = [
        abs(sum(sign * one for sign, one in zip(signs, by, strict=True))) >= sum(by) - 1e-12
        for signs in product([1, -1], repeat=4)
    ]
    assert randomisation_test(by) == sum(extreme) / 16


def test_drawn_and_counted_agree() -> None:
    by = np.random.default_rng(5).normal(0.15, 0.5, 13)
    drawn = randomisation_test([*by, 1e-8])  # a fourteenth, too small to matter
    assert drawn == pytest.approx(randomisation_test(by), abs=0.02)


def test_a_difference_in_every_one_of_many_queries_is_significant() -> None:
    assert randomisation_test([0.1] * 100) == pytest.approx(1 / 10_001)


def test_chance_is_rarely_significant() -> None:
    random = np.random.default_rng(6)
    below = sum(randomisation_test(random.normal(0, 1, 12)) < 0.05 for _ in range(400))
    assert 8 <= below <= 34  # 20 expected


@pytest.mark.parametrize("queries", [1, 5, 50])
def test_identical_runs_have_p_1(queries: int) -> None:
    assert randomisation_test([0.0] * queries) == 1.0


@given(some_differences)
@settings(max_examples=40, deadline=None)
def test_p_is_a_probability_and_has_two_sides(by: list[float]) -> None:
    p = randomisation_test(by)
    assert 0 < p <= 1
    assert randomisation_test(by) == p, "seeded"
    if sum(1 for one in by if one) <= 13:
        assert randomisation_test([-one for one in by]) == p
        assert randomisation_test(by[::-1]) == pytest.approx(p)


def test_holm_worked_out_by_hand() -> None:
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03}) == pytest.approx(
        {"a": 0.06, "b": 0.03, "c": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.6}) == {"a": 1.0, "b": 1.0}
    assert holm({"a": 0.02}) == {"a": 0.02}
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_lies_between_p_and_bonferroni_and_keeps_the_order(p: dict[str, float]) -> None:
    adjusted = holm(p)
    assert list(adjusted) == list(p)
    for name, value in p.items():
        assert value <= adjusted[name] <= min(1, value * len(p))
    names = sorted(p, key=lambda name: p[name])
    assert [adjusted[name] for name in names] == sorted(adjusted.values())


def test_wins_ties_losses_and_the_largest_moves() -> None:
    before = {"q1": 0.5, "q2": 0.2, "q3": 1.0, "q4": 0.1 + 0.2, "q5": 0.0}
    after = {"q1": 0.6, "q2": 1.0, "q3": 0.0, "q4": 0.3, "q5": 0.8}
    assert tally(differences(before, after)) == Tally(wins=3, ties=1, losses=1)
    moved = moved_most(before, after, 3)
    assert moved == (Move("q3", 1.0, 0.0), Move("q2", 0.2, 1.0), Move("q5", 0.0, 0.8))
    assert moved[0].by == -1.0
    assert len(moved_most(before, after)) == 4, "what did not move is not in it"


def test_runs_of_different_queries_do_not_compare() -> None:
    with pytest.raises(DatasetError, match=r"'q2' is only in one of them \(2 in total\)"):
        differences({"q1": 1.0, "q2": 1.0}, {"q1": 1.0, "q3": 1.0})
