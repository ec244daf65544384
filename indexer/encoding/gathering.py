"""Batch calls from several threads: a model needs about as long for eight texts as for four.

A call never waits for others to join it: a single call runs alone, and the calls that arrive while
it runs form the next batch.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """A function of one item, made from ``run``, a function of many; ``run`` never overlaps."""

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        """``run`` returns a result for each item, in order; it gets at most ``most`` items."""
        self._run = run
        self._most = most
        self._turn = Lock()
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()

    def __call__(self, item: Item) -> Result:
        """The result of ``item``. Raises what ``run`` raises for its batch."""
        future = Future[Result]()
        self._waiting.append((item, future))
        # The thread with the turn also runs the calls before its own; often another thread has
        # already run this call by then.
        with self._turn:
            while not future.done():
                self._run_next()
        return future.result()

    def together(self, items: Sequence[Item]) -> list[Result]:
        """The results of items, in order, from runs that no other call joins.

        Runs are shared out by the order of the items. Raises what ``run`` raises.
        """
        results: list[Result] = []
        for first in range(0, len(items), self._most):
            with self._turn:
                results += self._run(items[first : first + self._most])
        return results

    def _run_next(self) -> None:
        # A call leaves the queue only when it has a result, so if a thread is stopped at any point,
        # the next one continues its work. Only the thread with the turn removes calls.
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
