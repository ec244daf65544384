"""A signal ends a run at once, and what the run did or raised comes through."""

import os
import signal
from threading import Event, Timer

import pytest

from indexer.interrupt import Interrupted, interruptible


def test_what_work_returns_and_raises_comes_through() -> None:
    assert interruptible(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 // 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda it: it.name)
def test_a_signal_is_answered_while_the_work_cannot_be(number: signal.Signals) -> None:
    release = Event()
    before = signal.getsignal(number)
    sender = Timer(0.1, os.kill, (os.getpid(), number))
    sender.start()
    with pytest.raises(Interrupted) as interrupted:
        interruptible(lambda: release.wait(60))  # a lock in a thread takes no signal
    release.set()
    assert interrupted.value.exit_code == 128 + number
    assert signal.getsignal(number) is before
