"""Confidence against being right: the area under the curve, the calibration error and the bins."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.evaluation.measured.reliability import Bin, Reliability


def test_what_separates_right_from_wrong_has_the_whole_area() -> None:
    found = Reliability.of([0.9, 0.8, 0.3, 0.1], [True, True, False, False])
    assert found.area == 1.0
    assert Reliability.of([0.1, 0.9], [True, False]).area == 0.0
    assert Reliability.of([0.5, 0.5], [True, False]).area == 0.5
    assert Reliability.of([0.9, 0.2], [True, True]).area is None


def test_the_error_is_the_distance_of_confidence_from_the_share_of_right_answers() -> None:
    found = Reliability.of([0.95, 0.95, 0.95, 0.95, 0.05], [True, True, True, False, False])
    low, high = found.bins
    assert low == Bin(0.0, 0.1, 1, 0.05, 0.0)
    assert (high.low, high.high, high.answers, high.right) == (0.9, 1.0, 4, 0.75)
    assert high.confidence == pytest.approx(0.95)
    assert found.error == pytest.approx((4 * 0.2 + 1 * 0.05) / 5)
    assert str(found) == "area under the curve 0.750, calibration error 0.170"
    assert str(replace(found, area=None)) == "calibration error 0.170"


def test_a_confidence_of_one_is_in_the_last_bin() -> None:
    assert Reliability.of([1.0], [True]).bins == (Bin(0.9, 1.0, 1, 1.0, 1.0),)
    assert Reliability.of([1.0], [True]).as_json() == {
        "area": None,
        "error": 0.0,
        "bins": [{"from": 0.9, "to": 1.0, "answers": 1, "confidence": 1.0, "right": 1.0}],
    }


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=1))
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[float, bool]]) -> None:
    found = Reliability.of([sure for sure, _ in pairs], [right for _, right in pairs])
    good = [sure for sure, right in pairs if right]
    bad = [sure for sure, right in pairs if not right]
    won = [(one > other) + (one == other) / 2 for one in good for other in bad]
    assert found.area == (pytest.approx(sum(won) / len(won)) if won else None)
    assert sum(one.answers for one in found.bins) == len(pairs)
    assert 0 <= found.error <= 1
