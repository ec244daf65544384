"""Calls that several threads make at once, answered together: eight take a model as long as four.

Nothing waits for company: a call that comes alone runs alone, and those that come while it runs go
together when it has ended.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """A function of one item out of ``run``, a function of many, which runs once at a time."""

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        """``run`` gives a result for each item, in their order; it gets at most ``most``."""
        self._run = run
        self._most = most
        self._turn = Lock()
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()

    def __call__(self, item: Item) -> Result:
        """The result of ``item``. Raises what ``run`` raises of those that it went with."""
        future = Future[Result]()
        self._waiting.append((item, future))
        # Whoever has the turn runs for those before it too; often another has run for it by then.
        with self._turn:
            while not future.done():
                self._run_next()
        return future.result()

    def _run_next(self) -> None:
        # A call leaves the queue once it has its outcome: a thread that is told to end, at whatever
        # point, leaves behind what the next one takes up. Only who has the turn removes any.
        while self._waiting[0][1].done():
            self._waiting.popleft()
        calls = [self._waiting[place] for place in range(min(len(self._waiting), self._most))]
        try:
            results = self._run([item for item, _ in calls])
        except Exception as error:  # noqa: BLE001 - each thread raises it
            for _, future in calls:
                future.set_exception(error)
        else:
            for (_, future), result in zip(calls, results, strict=True):
                future.set_result(result)
