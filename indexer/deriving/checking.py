"""Check that the derived files of a generation are intact: compare them with their digests."""

from pathlib import Path
from threading import Thread
from typing import NamedTuple

from indexer.storing.digests import matches
from indexer.storing.state import Derived, State


class Intact(NamedTuple):
    """The derived files that are intact; None for one that is missing or damaged."""

    vectors: Derived | None
    lexical: Derived | None


class Check:
    """Checks the derived files in a background thread; ``result`` waits for it."""

    def __init__(self, folder: Path, state: State | None) -> None:
        self._found = Intact(None, None)
        self._thread = Thread(target=self._look, args=(folder, state), name="hashes", daemon=True)
        self._thread.start()

    def _look(self, folder: Path, state: State | None) -> None:
        if state is not None:
            self._found = intact(folder, state)

    def result(self) -> Intact:
        """The intact files of the generation; none if there is no generation."""
        self._thread.join()
        return self._found


def intact(folder: Path, state: State) -> Intact:
    """The derived files of a generation whose checksums match."""
    return Intact(_if_intact(folder, state.vectors), _if_intact(folder, state.lexical))


def _if_intact(folder: Path, file: Derived | None) -> Derived | None:
    if file is None:
        return None
    try:
        return file if matches(folder / file.name, file.digest) else None
    except OSError:
        return None
