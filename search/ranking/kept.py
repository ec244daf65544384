"""Keep the passages that recent questions read, because other questions have the same candidates.

Most of a question's time in a small collection is to read its candidates from the database and to
compare their checksums. Rows never change, so the passages of one generation can be kept.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage

_MOST = 4096
"""Passages that are kept: about 4 kB for each."""

Value = TypeVar("Value")


class KeptPassages:
    """Reads the passages of one generation, and keeps those of recent questions. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._passages: dict[int, StoredPassage] = {}
        self._parts: dict[int, bytes | None] = {}

    def passages(self, ids: Sequence[int], snapshot: Snapshot) -> dict[int, StoredPassage]:
        """As ``Snapshot.passages``; it must always be the same generation."""
        return self._read(ids, self._passages, snapshot.passages)

    def parts(self, ids: Sequence[int], snapshot: Snapshot) -> dict[int, bytes | None]:
        """As ``Snapshot.parts``; it must always be the same generation."""
        return self._read(ids, self._parts, snapshot.parts)

    def _read(
        self,
        ids: Sequence[int],
        kept: dict[int, Value],
        read: Callable[[Sequence[int]], Mapping[int, Value]],
    ) -> dict[int, Value]:
        looked_up = [(number, kept.get(number, _MISSING)) for number in ids]
        found = {number: value for number, value in looked_up if not isinstance(value, _Missing)}
        if len(found) < len(ids):
            new = read([number for number in ids if number not in found])
            if len(kept) + len(new) > self._most:
                kept.clear()  # a thread that is reading has its own ``found``
            kept.update(new)
            found.update(new)
        return found


class _Missing:
    """Not kept; None is a value."""


_MISSING = _Missing()
