"""Run two searches at the same time: FAISS and tantivy work without Python's lock.

This pays for one question at a time. Several at once keep the cores busy by themselves, and handing
a search over to another thread takes a tenth of a millisecond, which they would only lose.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # a question to a small index does not need it
    from concurrent.futures import ThreadPoolExecutor

First = TypeVar("First")
Second = TypeVar("Second")


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """The results of two functions; ``second`` runs in another thread. Raises what they raise.

    >>> both(lambda: 1, lambda: 2)
    (1, 2)
    """
    other = _thread().submit(second)
    return first(), other.result()


@cache
def _thread() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, "leg")


class Askers:
    """Counts the threads that are answering a question now.

    >>> with Askers().counted() as is_alone:
    ...     print(is_alone)
    True
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0

    @contextmanager
    def counted(self) -> Iterator[bool]:
        """Count this thread during the block; gives whether it is the only one."""
        with self._lock:
            self._count += 1
            is_alone = self._count == 1
        try:
            yield is_alone
        finally:
            with self._lock:
                self._count -= 1


ASKERS = Askers()
"""Those of this process: its questions share the cores, whichever index they ask."""
