"""On which line of its article a passage starts.

The lines before it are counted in the article's text, which may have 16 MiB. So where the lines of
a text end is remembered, in four bytes a line, for the articles that were hits lately.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

import numpy as np
import numpy.typing as npt

from indexer.storing.snapshot import Snapshot, StoredPassage

_LineEnds = npt.NDArray[np.uint32]
"""Character offsets of the line ends of a text, in order."""

_MOST = 4_000_000
"""Lines that are remembered: 16 MB."""


class LineNumbers:
    """Counts lines, and remembers where they end. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._count = 0
        self._lock = Lock()
        self._known: OrderedDict[str, _LineEnds] = OrderedDict()
        """By the SHA-256 of a text: no other text ever has it. Least lately used first."""

    def of(self, passages: Collection[StoredPassage], snapshot: Snapshot) -> dict[int, int]:
        """The line, from 1, on which each passage starts; by the passages' ids."""
        ends: dict[str, _LineEnds] = {}
        with self._lock:
            for it in passages:
                if (known := self._known.get(it.sha256)) is not None:
                    ends[it.sha256] = known
                    self._known.move_to_end(it.sha256)
        missing = {it.article_id: it.sha256 for it in passages if it.sha256 not in ends}
        for article, text in snapshot.texts(missing):
            ends[missing[article]] = self._remembered(missing[article], _line_ends(text))
        # numpy's own search would convert all line ends to the type of the offset, each time.
        return {it.id: bisect_left(ends[it.sha256], it.start) + 1 for it in passages}

    def _remembered(self, sha256: str, ends: _LineEnds) -> _LineEnds:
        size = len(ends) + 1  # a text without lines takes room too
        with self._lock:
            if size <= self._most and sha256 not in self._known:
                self._known[sha256] = ends
                self._count += size
                while self._count > self._most:
                    self._count -= len(self._known.popitem(last=False)[1]) + 1
        return ends


def _line_ends(text: bytes) -> _LineEnds:
    """Of a text in UTF-8. One that is damaged has wrong lines, and is an answer all the same."""
    characters = np.frombuffer(text.decode("utf-8", "replace").encode("utf-32-le"), "<u4")
    return np.flatnonzero(characters == ord("\n")).astype(np.uint32)
