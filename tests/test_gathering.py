"""Calls of several threads run as one batch; each gets its result, or the error of its batch."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexer.encoding.gathering import Gathered


class Squares:
    """Runs that wait until they are released; ``runs`` has the items of each."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.told = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.runs.append(list(items))
        self.begun.release()
        assert self.told.wait(30)
        if -1 in items:
            raise ValueError("-1 has none")
        if -2 in items:
            raise KeyboardInterrupt
        return [item * item for item in items]


@pytest.fixture
def squares() -> Squares:
    return Squares()


def gather(squares: Squares, first: int, rest: Sequence[int], most: int) -> list[object]:
    """The result or error of each call: of the first, and of those made while it runs."""
    square = Gathered(squares, most)
    found: list[object] = [None] * (1 + len(rest))

    def call(place: int, item: int) -> None:
        try:
            found[place] = square(item)
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            found[place] = error

    threads = [threading.Thread(target=call, args=(0, first))]
    threads[0].start()
    assert squares.begun.acquire(timeout=30)
    for place, item in enumerate(rest, 1):
        threads.append(threading.Thread(target=call, args=(place, item)))
        threads[-1].start()
        while len(square._waiting) <= place:  # the first call counts too, until it has ended
            pass
    squares.told.set()
    for thread in threads:
        thread.join(30)
    return found


def test_a_call_alone_runs_alone(squares: Squares) -> None:
    squares.told.set()
    square = Gathered(squares, 8)
    assert [square(3), square(4)] == [9, 16]
    assert squares.runs == [[3], [4]]


def test_those_that_come_meanwhile_go_together(squares: Squares) -> None:
    assert gather(squares, 1, [2, 3, 4, 5, 6], 3) == [1, 4, 9, 16, 25, 36]
    assert squares.runs == [[1], [2, 3, 4], [5, 6]]


def test_a_failure_is_that_of_its_company_alone(squares: Squares) -> None:
    found = gather(squares, 1, [2, -1, 3, 4], 2)
    assert (found[0], *found[3:]) == (1, 9, 16)
    assert [repr(error) for error in found[1:3]] == [repr(ValueError("-1 has none"))] * 2


def test_a_thread_that_is_told_to_end_leaves_the_others_theirs(squares: Squares) -> None:
    found = gather(squares, 1, [2, 3, -2], 8)
    # The system decides which of the three runs the batch and so is released.
    ended = [place for place, one in enumerate(found) if isinstance(one, KeyboardInterrupt)]
    assert 3 in ended
    assert len(ended) <= 3
    assert all(one == [1, 4, 9][place] for place, one in enumerate(found) if place not in ended)


def test_what_an_ended_thread_left_behind_is_taken_up() -> None:
    told = [KeyboardInterrupt(), None]

    def halved(items: Sequence[int]) -> list[int]:
        error = told.pop(0)
        if error is not None:
            raise error
        return [item // 2 for item in items]

    half = Gathered(halved, 8)
    with pytest.raises(KeyboardInterrupt):
        half(2)
    assert half(8) == 4


def test_items_given_together_are_run_by_their_order_and_with_no_others() -> None:
    runs: list[list[int]] = []

    def squared(items: Sequence[int]) -> list[int]:
        runs.append(list(items))
        return [item * item for item in items]

    square = Gathered(squared, 4)
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(square, -1) for _ in range(200)]
        assert square.together(range(10)) == [item * item for item in range(10)]
        assert {other.result() for other in others} == {1}
    assert [run for run in runs if -1 not in run] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_many_threads_each_get_their_own() -> None:
    def squared(items: Sequence[int]) -> list[int]:
        return [item * item for item in items]

    square = Gathered(squared, 4)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(square, range(2000))) == [item * item for item in range(2000)]
