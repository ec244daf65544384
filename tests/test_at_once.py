"""Two searches at the same time, unless another question is being answered."""

from threading import Barrier, get_ident

import pytest

from search.ranking.at_once import Askers, both


def test_both_run_at_the_same_time() -> None:
    meeting = Barrier(2, timeout=20)  # breaks if one waits for the other
    assert sorted(both(meeting.wait, meeting.wait)) == [0, 1]


def test_an_error_of_either_is_raised_and_the_next_question_is_answered() -> None:
    def fails() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both(fails, lambda: 2)
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1, fails)
    first, second = both(get_ident, get_ident)
    assert first == get_ident() != second


def test_only_one_asker_is_alone() -> None:
    askers = Askers()
    with askers.counted() as first, pytest.raises(ZeroDivisionError), askers.counted() as second:
        raise ZeroDivisionError
    with askers.counted() as third:
        assert (first, second, third) == (True, False, True)
