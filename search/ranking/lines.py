"""Find the line of its article on which a passage starts.

For that, the line breaks of the text, up to 16 MiB, must be found. Their offsets are cached, in
four bytes per line, for the articles of recent hits.
"""

from bisect import bisect_left
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage
from search.ranking.recent import Recent

_LineEnds = npt.NDArray[np.uint32]
"""The character offsets of the line breaks of a text, in order."""

_MOST = 4_000_000
"""The maximum number of lines in the cache, which then has 16 MB."""


class LineNumbers:
    """Finds line numbers, and caches line breaks. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._known: Recent[str, _LineEnds] = Recent(most)
        """By the SHA-256 of the text."""

    def of(self, passages: Collection[StoredPassage], snapshot: Snapshot) -> dict[int, int]:
        """Passage id to the line, from 1, on which the passage starts."""
        later = [it for it in passages if it.start]  # the others need no line breaks
        ends: dict[str, _LineEnds] = {}
        for sha256 in {it.sha256 for it in later}:
            if (known := self._known.get(sha256)) is not None:
                ends[sha256] = known
        missing = {it.article_id: it.sha256 for it in later if it.sha256 not in ends}
        for article, text in snapshot.texts(missing) if missing else ():
            ends[missing[article]] = self._known.add(missing[article], _line_ends(text))
        # np.searchsorted would convert all line breaks to the type of the offset, each time.
        found = {it.id: bisect_left(ends[it.sha256], it.start) + 1 for it in later}
        return {it.id: found.get(it.id, 1) for it in passages}


def _line_ends(text: bytes) -> _LineEnds:
    """The line breaks of a text in UTF-8; damaged text gives wrong line numbers, not an error."""
    characters = np.frombuffer(text.decode("utf-8", "replace").encode("utf-32-le"), "<u4")
    return np.flatnonzero(characters == ord("\n")).astype(np.uint32)
