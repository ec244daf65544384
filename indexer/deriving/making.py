"""Build derived files from a snapshot, next to the files that readers use."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from indexer.deriving import lexical
from indexer.deriving.analysis import Analyzer
from indexer.encoding.encoder import Encoder
from indexer.storing import schema
from indexer.storing.database import database_errors, open_for_reading
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import Derived

if TYPE_CHECKING:
    from indexer.deriving.vectors import VectorIndex

T = TypeVar("T")

_TOLD = 1024
"""After how many passages the progress is told."""
MANY = 30_000
"""Fewer passages are indexed in a second or two."""


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

    def all(self) -> tuple["VectorIndex", Derived, Derived]:
        """The FAISS index of all passages, its file, and the lexical index.

        Large ones are built beside each other, in two threads.
        """
        if self._snapshot.extent()[0] < MANY:
            words = self.lexical()
            return *self.vectors(), words
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1, "vectors") as thread:
            read = deque[int]()
            making = thread.submit(self._vectors_beside, read.append)
            words = self._of(self._snapshot, lambda size: self._built(size + _sum(read))).lexical()
            made = making.result()
            self._built(_sum(read))
            return *made, words

    def _vectors_beside(self, built: Callable[[int], object]) -> tuple["VectorIndex", Derived]:
        """The same as ``vectors``, with a connection of its own to what is committed."""
        from indexer.deriving.clusters import all_but_one_thread

        with (
            closing(open_for_reading(self._folder)) as connection,
            database_errors(self._folder),
            all_but_one_thread(),
        ):
            connection.execute("BEGIN")
            return self._of(self._snapshot.on(connection), built).vectors()

    def _of(self, snapshot: Snapshot, built: Callable[[int], object]) -> Self:
        its = self._generation, self._analyzer, self._taken
        return type(self)(self._folder, snapshot, *its, built)

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

    def nearest(self, base: "VectorIndex", load: Callable[[], Encoder]) -> tuple[float, ...]:
        """The cosines that calibrate an index of these vectors; none if there are no passages."""
        from indexer.deriving.calibration import nearest_cosines

        return tuple(nearest_cosines(load(), base)) if len(base) else ()

    def calibration(
        self, cosines: Sequence[float], words: Derived, load: Callable[[], Encoder]
    ) -> str | None:
        """The calibration of an index with these words, in JSON; None if it has no passages.

        ``cosines`` are those of ``nearest``.
        """
        from indexer.deriving.calibration import calibrate

        if not cosines:
            return None
        index = lexical.LexicalIndex.load(self._folder / words.name, words.digest, self._analyzer)
        return calibrate(load(), cosines, index, self._snapshot).to_json()

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


def _sum(sizes: deque[int]) -> int:
    """The sum of the sizes that another thread has appended, which are taken out."""
    return sum(sizes.popleft() for _ in range(len(sizes)))
