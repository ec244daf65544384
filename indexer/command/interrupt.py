"""Work that a signal ends at once, whatever native code is running when it comes."""

import signal
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


class Interrupted(Exception):
    """A signal asked for the end; the work is left where it stands, and the process is to exit."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def interruptible(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread of its own; raises Interrupted on Ctrl-C or SIGTERM.

    Python answers a signal between two of its own steps, and one of them can be a merge of seconds
    inside a library. So the work goes on in another thread until the process exits, which the
    caller should see to: what is written to an index stands wherever it is cut.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []
    ended = Event()

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failure.append(error)
        finally:
            ended.set()

    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        Thread(target=run, name="work", daemon=True).start()
        # A signal that arrives just as a wait begins is answered when that wait ends, not before.
        while not ended.wait(_LOOK):
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if failure:
        raise failure[0]
    return outcome[0]


_SIGNALS = signal.SIGINT, signal.SIGTERM
_LOOK = 0.2


def _interrupt(number: int, _: FrameType | None) -> None:
    raise Interrupted(number)
