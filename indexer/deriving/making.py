"""Build derived files from a snapshot, next to the files that readers use."""

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from indexer.deriving import lexical
from indexer.deriving.analysis import Analyzer
from indexer.encoding.encoder import Encoder
from indexer.storing import schema
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import Derived

if TYPE_CHECKING:
    from indexer.deriving.vectors import VectorIndex

T = TypeVar("T")

_TOLD = 1024
"""After how many passages the progress is told."""


class Maker:
    """Builds the derived files of one generation, each written atomically under an unused name."""

    def __init__(
        self,
        folder: Path,
        snapshot: Snapshot,
        generation: int,
        analyzer: Analyzer,
        taken: Collection[str] = (),
        built: Callable[[int], object] = lambda _: None,
    ) -> None:
        """``taken`` are the names of files that this generation already uses.

        ``built`` is called with the number of passages that were read for a new file since the last
        call.
        """
        self._folder = folder
        self._snapshot = snapshot
        self._generation = generation
        self._analyzer = analyzer
        self._taken = taken
        self._built = built

    def vectors(self) -> tuple["VectorIndex", Derived]:
        """The FAISS index of all passages, and its file."""
        from indexer.deriving.vectors import (  # a run without changes does not need FAISS
            VectorIndex,
            write,
        )

        size, through = self._snapshot.extent()
        name = self._free(schema.vectors_name)
        blocks = self._told(self._snapshot.vectors(), lambda block: len(block[0]))
        made = write(self._folder / name, blocks, self._snapshot.dimension)
        index = VectorIndex.load(self._folder / name, made.digest)
        return index, Derived(name, made.digest, self._generation, through, size, made.depth)

    def lexical(self) -> Derived:
        """The lexical index of all passages."""
        name = self._free(schema.lexical_name)
        documents = self._told(self._snapshot.documents(), lambda _: 1)
        return self._written(name, lexical.write(self._folder / name, documents, self._analyzer))

    def lexical_from(self, old: Derived) -> Derived:
        """The lexical index of an earlier generation, updated with the changes since then."""
        name = self._free(schema.lexical_name)
        digest = lexical.write(
            self._folder / name,
            self._snapshot.documents(after=old.through),
            self._analyzer,
            previous=(self._folder / old.name, old.digest),
            without=self._snapshot.dead(old.through, since=old.generation).tolist(),
        )
        return self._written(name, digest)

    def calibration(
        self, base: "VectorIndex", words: Derived, load: Callable[[], Encoder]
    ) -> str | None:
        """The calibration of an index with these files, in JSON; None if it has no passages."""
        from indexer.deriving.calibration import calibrate

        if not len(base):
            return None
        index = lexical.LexicalIndex.load(self._folder / words.name, words.digest, self._analyzer)
        return calibrate(load(), base, index, self._snapshot).to_json()

    def _told(self, parts: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
        """The same parts; tells how many passages they have."""
        untold = 0
        for part in parts:
            yield part
            untold += size(part)
            if untold >= _TOLD:
                self._built(untold)
                untold = 0
        self._built(untold)

    def _written(self, name: str, digest: str) -> Derived:
        size, through = self._snapshot.extent()
        return Derived(name, digest, self._generation, through, size)

    def _free(self, name: Callable[[str], str]) -> str:
        """A name that no file of this generation uses."""
        number = str(self._generation)
        while name(number) in self._taken:
            number += "r"
        return name(number)
