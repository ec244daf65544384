"""A signal ends a run at once, and the result or error of a run is passed on."""

import signal
import subprocess
import sys

import pytest

from indexer.command.interrupt import interruptible
from tests.conftest import ROOT


def test_what_work_returns_and_raises_comes_through() -> None:
    assert interruptible(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 // 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda it: it.name)
def test_a_signal_is_answered_while_the_work_cannot_be(number: signal.Signals) -> None:
    # In a process of its own, so that the signal handlers of pytest are not replaced.
    program = f"""
import os, signal
from threading import Event, Timer
from indexer.command.interrupt import Interrupted, interruptible

number = signal.Signals({int(number)})
signal.signal(number, signal.default_int_handler)
Timer(0.1, os.kill, (os.getpid(), number)).start()
try:
    interruptible(lambda: Event().wait(60))  # a lock in a thread takes no signal
except Interrupted as interrupted:
    print(interrupted.exit_code, signal.getsignal(number) is signal.default_int_handler, flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
        cwd=ROOT,
    )
    assert done.stdout.split() == [str(128 + number), "True"], done.stderr


def test_a_handler_that_a_library_installs_does_not_last() -> None:
    program = """
import ctypes, os, signal
from threading import Event, Timer
from indexer.command.interrupt import Interrupted, interruptible

def work():
    ctypes.CDLL(None).signal(signal.SIGTERM, ctypes.c_void_p(1))  # ignored from now on
    Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    Event().wait(20)

try:
    interruptible(work)
except Interrupted as interrupted:
    print(interrupted.exit_code, flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
        cwd=ROOT,
    )
    assert done.stdout.split() == ["143"], done.stderr
