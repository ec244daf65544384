"""Run two searches at the same time: FAISS and tantivy work without Python's lock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # a question to a small index does not need it
    from concurrent.futures import ThreadPoolExecutor

First = TypeVar("First")
Second = TypeVar("Second")


class AtOnce:
    """Runs two functions at the same time, unless another thread is here too.

    Several questions at once keep the cores busy by themselves. Handing a search over to another
    thread takes a tenth of a millisecond, which they would only lose.

    >>> AtOnce().both(lambda: 1, lambda: 2)
    (1, 2)
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._here = 0

    def both(
        self, first: Callable[[], First], second: Callable[[], Second]
    ) -> tuple[First, Second]:
        """The results of both; ``second`` may run in another thread. Raises what they raise."""
        with self._entered() as is_alone:
            if not is_alone:
                return first(), second()
            other = _threads().submit(second)
            return first(), other.result()

    @contextmanager
    def _entered(self) -> Iterator[bool]:
        """Whether no other thread is inside."""
        with self._lock:
            self._here += 1
            is_alone = self._here == 1
        try:
            yield is_alone
        finally:
            with self._lock:
                self._here -= 1


@cache
def _threads() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, "leg")


AT_ONCE = AtOnce()
"""That of this process: its questions share the cores, whichever index they ask."""
