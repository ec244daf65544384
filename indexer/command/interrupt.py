"""Run work that a signal can interrupt immediately, even while native code is running."""

import signal
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


class Interrupted(Exception):
    """A signal interrupted the work, which is still running; the process must exit."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def interruptible(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread and return its result; raises Interrupted on Ctrl-C or SIGTERM.

    Python handles a signal only between two of its own instructions, and a single library call can
    take seconds. So the work runs in another thread, and still runs after Interrupted: the caller
    must then exit the process. An index is consistent wherever its writer is stopped.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []
    ended = Event()

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            failure.append(error)
        finally:
            ended.set()

    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        Thread(target=run, name="work", daemon=True).start()
        # A signal that arrives just as a wait begins is handled only when that wait ends.
        while not ended.wait(_WAIT_SECONDS):
            for number in before:  # again: Ray replaces the handlers when it starts
                signal.signal(number, _interrupt)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if failure:
        raise failure[0]
    return outcome[0]


_SIGNALS = signal.SIGINT, signal.SIGTERM
_WAIT_SECONDS = 0.2


def _interrupt(number: int, _: FrameType | None) -> None:
    raise Interrupted(number)
