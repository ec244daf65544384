"""Whether the derived files of a generation have the bytes that were written."""

from pathlib import Path
from threading import Thread
from typing import NamedTuple

from indexer.deriving import lexical
from indexer.durable import file_sha256
from indexer.storing.state import Derived, State


class Sound(NamedTuple):
    """The derived files that have their bytes; None for one that is missing or damaged."""

    vectors: Derived | None
    lexical: Derived | None


class Check:
    """Looks for the sound files in a thread, beside what is done until ``result`` is wanted."""

    def __init__(self, folder: Path, state: State | None) -> None:
        self._found = Sound(None, None)
        self._thread = Thread(target=self._look, args=(folder, state), name="hashes", daemon=True)
        self._thread.start()

    def _look(self, folder: Path, state: State | None) -> None:
        if state is not None:
            self._found = sound(folder, state)

    def result(self) -> Sound:
        """The sound files of the generation; none if there is no generation."""
        self._thread.join()
        return self._found


def sound(folder: Path, state: State) -> Sound:
    """The derived files of a generation that have the bytes that were written."""
    return Sound(_if_sound(folder, state.vectors), _if_sound(folder, state.lexical))


def _if_sound(folder: Path, file: Derived | None) -> Derived | None:
    if file is None:
        return None
    path = folder / file.name
    try:
        found = lexical.folder_sha256(path) if path.is_dir() else file_sha256(path)
    except OSError:
        return None
    return file if found == file.sha256 else None
