"""Remember what was used last, up to a total length."""

from collections import OrderedDict
from collections.abc import Hashable, Sized
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Sized)


class Recent(Generic[Key, Value]):
    """Values by key, of at most ``most`` elements in all. Thread-safe.

    The least recently used are forgotten first; a value that is longer is not remembered. An empty
    value counts as one element, because it needs memory too.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = Lock()
        self._known: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, if it is remembered."""
        with self._lock:
            if key not in self._known:
                return None
            self._known.move_to_end(key)
            return self._known[key]

    def add(self, key: Key, value: Value) -> Value:
        """Remember a value, and return it."""
        size = len(value) + 1
        with self._lock:
            if size <= self._most and key not in self._known:
                self._known[key] = value
                self._count += size
                while self._count > self._most:
                    self._count -= len(self._known.popitem(last=False)[1]) + 1
        return value
