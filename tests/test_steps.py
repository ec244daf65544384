"""Steps that run in threads give the same items, the same errors, and end with their block."""

import threading
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from indexer.updating.steps import AHEAD, Steps


def steps_running() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "step"]


def test_items_come_in_order_through_several_steps() -> None:
    with Steps() as steps:
        doubled = (2 * number for number in steps.ahead(range(100)))
        assert list(steps.ahead(doubled)) == [2 * number for number in range(100)]
    assert steps_running() == []


def test_a_step_works_in_a_thread_of_its_own() -> None:
    with Steps() as steps:
        (worker,) = steps.ahead(threading.get_ident() for _ in range(1))
    assert worker != threading.get_ident()


def test_a_step_is_only_a_little_ahead() -> None:
    begun: list[int] = []
    reached = Event()

    def counted() -> Iterator[int]:
        for number in range(10):
            begun.append(number)
            if number == AHEAD + 1:
                reached.set()
            yield number

    with Steps() as steps:
        numbers = steps.ahead(counted())
        assert next(numbers) == 0
        assert reached.wait(5)
        assert begun == list(range(AHEAD + 2)), "those that are ready, and the one in hand"


def test_an_error_comes_after_the_items_before_it_and_is_the_same() -> None:
    failure = KeyboardInterrupt()

    def failing() -> Iterator[int]:
        yield 1
        raise failure

    seen = []
    with pytest.raises(KeyboardInterrupt) as raised, Steps() as steps:
        for number in steps.ahead(number for number in steps.ahead(failing())):
            seen.append(number)  # noqa: PERF402 - those before the error are wanted
    assert seen == [1]
    assert raised.value is failure
    assert steps_running() == []


def test_an_error_of_the_consumer_ends_the_steps() -> None:
    closed = Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    def consume() -> None:
        with Steps() as steps:
            for _ in steps.ahead(number for number in steps.ahead(endless())):
                raise ValueError

    with pytest.raises(ValueError):
        consume()
    assert steps_running() == []
    assert closed.wait(5)


def test_a_step_that_waits_for_another_ends_too() -> None:
    released = Event()

    def slow() -> Iterator[int]:
        yield 1
        released.wait(10)

    with Steps() as steps:
        numbers = steps.ahead(number for number in steps.ahead(slow()))
        assert next(numbers) == 1
        released.set()
    assert steps_running() == []
