"""Two searches at the same time, or one after the other if another question is being searched."""

from threading import Barrier, get_ident

import pytest

from search.ranking.at_once import AtOnce


def test_both_run_at_the_same_time() -> None:
    meeting = Barrier(2, timeout=20)  # breaks if one waits for the other
    places = AtOnce().both(meeting.wait, meeting.wait)
    assert sorted(places) == [0, 1]


def test_an_error_of_either_is_raised_and_the_next_question_is_answered() -> None:
    def fails() -> int:
        raise ZeroDivisionError

    legs = AtOnce()
    with pytest.raises(ZeroDivisionError):
        legs.both(fails, lambda: 2)
    with pytest.raises(ZeroDivisionError):
        legs.both(lambda: 1, fails)
    assert legs.both(get_ident, get_ident)[1] != get_ident()


def test_beside_another_question_both_run_in_the_own_thread() -> None:
    legs = AtOnce()

    def asks_another() -> tuple[int, int]:
        return legs.both(get_ident, get_ident)

    (first, second), other = legs.both(asks_another, get_ident)
    assert (first, second) == (get_ident(), get_ident())
    assert other != get_ident()
