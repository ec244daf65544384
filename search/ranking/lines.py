"""Find the line of its article on which a passage starts.

For that, the line breaks of the text, up to 16 MiB, must be found. Their offsets are cached, in
four bytes per line, for the articles of recent hits.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

import numpy as np
import numpy.typing as npt

from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage

_LineEnds = npt.NDArray[np.uint32]
"""The character offsets of the line breaks of a text, in order."""

_MOST = 4_000_000
"""The maximum number of lines in the cache, which then has 16 MB."""


class LineNumbers:
    """Finds line numbers, and caches line breaks. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._count = 0
        self._lock = Lock()
        self._known: OrderedDict[str, _LineEnds] = OrderedDict()
        """By the SHA-256 of the text, the least recently used first."""

    def of(self, passages: Collection[StoredPassage], snapshot: Snapshot) -> dict[int, int]:
        """Passage id to the line, from 1, on which the passage starts."""
        ends: dict[str, _LineEnds] = {}
        with self._lock:
            for it in passages:
                if (known := self._known.get(it.sha256)) is not None:
                    ends[it.sha256] = known
                    self._known.move_to_end(it.sha256)
        missing = {it.article_id: it.sha256 for it in passages if it.sha256 not in ends}
        for article, text in snapshot.texts(missing):
            ends[missing[article]] = self._remembered(missing[article], _line_ends(text))
        # np.searchsorted would convert all line breaks to the type of the offset, each time.
        return {it.id: bisect_left(ends[it.sha256], it.start) + 1 for it in passages}

    def _remembered(self, sha256: str, ends: _LineEnds) -> _LineEnds:
        size = len(ends) + 1  # an entry without lines needs memory too
        with self._lock:
            if size <= self._most and sha256 not in self._known:
                self._known[sha256] = ends
                self._count += size
                while self._count > self._most:
                    self._count -= len(self._known.popitem(last=False)[1]) + 1
        return ends


def _line_ends(text: bytes) -> _LineEnds:
    """The line breaks of a text in UTF-8; damaged text gives wrong line numbers, not an error."""
    characters = np.frombuffer(text.decode("utf-8", "replace").encode("utf-32-le"), "<u4")
    return np.flatnonzero(characters == ord("\n")).astype(np.uint32)
