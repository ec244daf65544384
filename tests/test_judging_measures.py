"""How sure the comparison is, and how well the judges agree, against figures worked by hand."""

import re
import sys

import pytest

from search.evaluation.measured.measures import resampled_means
from search.judging.agreement import INSTALL, agreement
from search.judging.pool import Pool, PooledHit
from search.judging.sureness import _share, sureness

SYSTEMS = ["one", "two"]


def pool(query: str, *articles: str, one: str, two: str) -> Pool:
    """A pool of articles named by letters, with the rankings of two systems."""
    hits = tuple(PooledHit(it, "/s", it, "0", ()) for it in articles)
    return Pool(query, "?", hits, {"one": tuple(one), "two": tuple(two)}, ())


def test_only_questions_whose_hits_all_have_a_grade_are_compared() -> None:
    pools = [pool("q1", "a", "b", one="ab", two="ba"), pool("q2", "a", "b", one="ab", two="ba")]
    grades = {("q1", "a"): 1, ("q1", "b"): 0, ("q2", "a"): 0}
    found = sureness(pools, grades, SYSTEMS, 10, 7)
    assert (found.questions, found.of, found.measure) == (1, 7, "nDCG@10")
    # The one relevant article is first, or second: 1 / log2(2) and 1 / log2(3).
    assert found.means == pytest.approx({"one": 1.0, "two": 0.6309}, abs=1e-4)
    (lead,) = found.leads
    assert (lead.better, lead.worse, lead.stands) == ("one", "two", 1.0)
    assert lead.by.mean == pytest.approx(0.3691, abs=1e-4)
    assert lead.p == 1.0, "one question proves nothing"


def test_without_a_whole_question_nothing_is_said() -> None:
    found = sureness([pool("q1", "a", one="a", two="")], {}, SYSTEMS, 10, 1)
    assert (found.means, found.leads, found.stands) == ({}, (), None)
    assert found.in_short() == ""
    assert found.as_text().startswith("No question is judged wholly yet")


def test_the_share_that_stands_is_that_of_resamples() -> None:
    """Of three questions, two are for the one and one for the other: 20 of 27 draws stand."""
    queries = ["q1", "q2", "q3"]
    pools = [
        pool(q, "a", "b", one="ab" if q != "q3" else "ba", two="ba" if q != "q3" else "ab")
        for q in queries
    ]
    grades = {(q, "a"): 2 for q in queries} | {(q, "b"): 0 for q in queries}
    found = sureness(pools, grades, SYSTEMS, 10, 3)
    assert found.leads[0].stands == pytest.approx(20 / 27, abs=0.02)
    assert found.stands == found.leads[0].stands
    assert re.fullmatch(r"The order .* holds in 7\d% of resamples\.", found.in_short())


def test_equal_systems_are_ahead_of_each_other_in_no_resample() -> None:
    pools = [pool("q1", "a", "b", one="ab", two="ab")]
    found = sureness(pools, {("q1", "a"): 1, ("q1", "b"): 0}, SYSTEMS, 10, 1)
    assert found.leads[0].stands == 0.0


def test_a_share_is_100_only_if_all_are() -> None:
    assert [_share(it) for it in (1.0, 0.9996, 0.5, 0.001, 0.0)] == [
        *("100%", "over 99%", "50%", "under 1%", "0%")
    ]


def test_resamples_draw_the_same_queries_for_each_row() -> None:
    import numpy as np

    drawn = resampled_means(np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert drawn.shape == (10_000, 2)
    assert np.allclose(drawn.sum(axis=1), 1)


def test_kappa_is_the_one_worked_by_hand() -> None:
    """Three of four equal: 0.75. By chance 0.5 * 0.25 + 0.25 * 0.25 + 0.25 * 0.5 = 0.3125."""
    grades = [(0, 0), (1, 1), (2, 2), (0, 2)]
    table = {("q1", str(n)): {"ann": one, "bob": two} for n, (one, two) in enumerate(grades)}
    (two,) = agreement({**table, ("q1", "alone"): {"ann": 3}}).two
    assert (two.first, two.second, two.hits, two.equal) == ("ann", "bob", 4, 0.75)
    assert two.kappa == pytest.approx((0.75 - 0.3125) / (1 - 0.3125))


def test_alpha_is_the_one_worked_by_hand() -> None:
    """Observed disagreement 2 / 8; expected 2 * 5 * 3 / (8 * 7)."""
    pytest.importorskip("krippendorff", reason="krippendorff is not installed")
    grades = [(0, 0), (0, 0), (1, 1), (0, 1)]
    table = {("q1", str(n)): {"ann": one, "bob": two} for n, (one, two) in enumerate(grades)}
    found = agreement(table)
    assert found.alpha == pytest.approx(1 - (2 / 8) / (30 / 56))
    assert "Krippendorff's alpha of all judges: 0.53 (4 hits)" in found.as_text()


def test_alpha_takes_grades_as_ordered_and_judges_of_different_hits() -> None:
    pytest.importorskip("krippendorff", reason="krippendorff is not installed")
    same = {("q", str(n)): {"ann": n % 4, "bob": n % 4, "cy": n % 4} for n in range(8)}
    near, far = (
        agreement({**same, ("q", "x"): {"ann": 0, "bob": grade}, ("q", "y"): {"cy": 1}}).alpha
        for grade in (1, 3)
    )
    assert near is not None
    assert far is not None
    assert 1 > near > far


def test_where_agreement_is_not_defined_it_says_so() -> None:
    always = {("q", str(n)): {"ann": 1, "bob": 1} for n in range(3)}
    found = agreement(always)
    assert found.two[0].kappa is None
    assert found.alpha is None
    assert "Cohen's kappa not defined, 100% equal (3 hits)" in found.as_text()
    apart = agreement({("q", "a"): {"ann": 1}, ("q", "b"): {"bob": 1}})
    assert str(apart.two[0]) == "ann and bob: no hit graded by both"
    assert agreement({("q", "a"): {"ann": 1}}).as_text() == ""


def test_without_the_extra_package_kappa_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "krippendorff", None)
    text = agreement({("q", "a"): {"ann": 1, "bob": 1}, ("q", "b"): {"ann": 0, "bob": 0}}).as_text()
    assert "Cohen's kappa 1.00" in text
    assert INSTALL in text
