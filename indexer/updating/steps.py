"""Run the steps of a pipeline side by side: each in a thread, a little ahead of the next one.

Python runs one thread at a time, but tokenizers, models and the database do their work without its
lock. So while a model reads one batch, the next one is split and the previous one is stored.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Condition, Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

AHEAD = 1
"""How many items a step has ready for the next one, besides the one that it works on."""


class _Stopped(Exception):
    """The pipeline has ended, so a step must not wait for its next item."""


class _Ready(Generic[T]):
    """The items that a step has ready, and how it ended."""

    def __init__(self) -> None:
        self.items: deque[T] = deque()
        self.ended = False
        self.error: BaseException | None = None


class Steps:
    """The threads of one pipeline, which end with the block.

    >>> with Steps() as steps:
    ...     lines = steps.ahead(read(path))
    ...     for number in steps.ahead(map(count, lines)):
    ...         print(number)
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._stopped = False
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop all steps, each after the item that it works on, and wait for that."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def ahead(self, items: Iterable[T]) -> Iterator[T]:
        """The same items in the same order, produced in a thread; raises what they raise there."""
        ready = _Ready[T]()
        # A daemon, so that a process that is interrupted can exit at once.
        thread = Thread(target=self._produce, args=(items, ready), name="step", daemon=True)
        self._threads.append(thread)
        thread.start()
        return self._consume(ready)

    def _produce(self, items: Iterable[T], ready: _Ready[T]) -> None:
        try:
            for item in items:
                self._put(item, ready)
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by the next step
            ready.error = error
        finally:
            with self._changed:
                ready.ended = True
                self._changed.notify_all()

    def _put(self, item: T, ready: _Ready[T]) -> None:
        with self._changed:
            while len(ready.items) >= AHEAD and not self._stopped:
                self._changed.wait()
            if self._stopped:
                raise _Stopped
            ready.items.append(item)
            self._changed.notify_all()

    def _consume(self, ready: _Ready[T]) -> Iterator[T]:
        while True:
            with self._changed:
                while not (ready.items or ready.ended or self._stopped):
                    self._changed.wait()
                if self._stopped:
                    raise _Stopped
                if not ready.items:
                    break
                item = ready.items.popleft()
                self._changed.notify_all()
            yield item
        if ready.error is not None:
            raise ready.error
