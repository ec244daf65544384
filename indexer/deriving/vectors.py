"""The vector index: build, write, open and search it.

Up to ``_EXACT_LIMIT`` passages every search is exact: it compares the question with each vector.
Above it, a search reads the clusters nearest to the question by their codes, and compares the best
candidates with the vectors themselves, in float16. How many clusters it reads is chosen when the
index is built, by measuring it against exact search (see ``choosing``).

If only some passages are allowed, or some are dead, clusters without any are passed over, and more
of the others are read. Few are compared one by one; so are all that are allowed if the clusters
near the question have hardly any of them.

Measured with 70,000 vectors of the default model (384 components) and 200 real questions, on one
thread of a shared server processor with AVX2: the time to compare one vector against that of exact
search, and the recall@10 after 400 candidates were compared with the vectors, where 0.995 was the
most that the clusters read could give.

=============================================  ====  ==============  ============
candidate                                      time  bytes a vector  recall
=============================================  ====  ==============  ============
float16, all compared (exact)                  1.0   768             1
clusters of float16                            1.3   768             0.996
clusters of 8 bits a component                 1.3   384             0.996
clusters of 1 bit a component (RaBitQ)         0.65  56              0.9955
the same in FAISS's fast scan                  0.6   56              0.9955
clusters of 4 bits for 2 components, fast      0.3   96              0.996
**clusters of 4 bits for 4 components, fast**  0.2   48              0.9955
=============================================  ====  ==============  ============

4 bits a component were slower than 8 and lost a tenth without a second comparison.

A graph (HNSW, 32 links, float16) was measured with 100,000 vectors of hashed words, which are hard
for codes, beside the chosen clusters with 400 candidates. The depths are those of its search.

=====================  ====  ==============  ======  =============
candidate              time  bytes a vector  recall  time to build
=====================  ====  ==============  ======  =============
HNSW, depth 128        0.11  1,040           0.926   6.6
HNSW, depth 256        0.22  1,040           0.952   6.6
HNSW, depth 800        0.58  1,040           0.985   6.6
clusters, those above  0.42  48              0.925   1.0
=====================  ====  ==============  ======  =============

So it is quicker to ask, but it takes several times as long to build, holds all vectors in memory
while it is built, found little behind a filter (measured earlier on another machine), and has to be
compared as a whole before it can be opened: a flipped link would crash FAISS.

With 280,000 vectors, a third of them real and the others copies with noise, a question takes a
twelfth of the time of an exact search, its recall is 0.99 (behind filters of 1, 10 and 50% as
well), 70 bytes a vector are read when the file is opened, and a build takes 125 MiB. With a million
so made, a question takes a fortieth, its recall is 0.98, and a build takes 275 MiB.

A file has the vectors, the ids and the clusters (see ``storing.blocks``). Scores are inner products
of unit vectors; results contain the passages' own ids.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from indexer.arrays import Ids, Scores, Vectors
from indexer.deriving.choosing import choose
from indexer.deriving.clusters import Clusters
from indexer.deriving.flat import Flat, header, of_older_format
from indexer.deriving.subset import Subset
from indexer.durable import written_whole
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex, IndexFolderError
from indexer.storing.blocks import BEGINNING, BlockFile, BlockWriter
from indexer.storing.digests import matches
from indexer.storing.folder import index_option
from indexer.types import EXACT, SearchDepth

_EXACT_LIMIT = 30_000
_FEW, _FEW_OF = 4096, 4
"""If at most so many passages are allowed, and at most such a part of all, they are compared one by
one. If most are, passing over the others costs less than collecting those that are allowed."""
_NEAR, _NEAR_OF_K, _NEAR_OF = 400, 4, 1250
"""So many candidates are compared with the vectors: at least, for each hit, and such a part of all.

Among more vectors, more have nearly the same codes. With 1,030,000 vectors of hashed words, which
are hard for codes, 826 candidates instead of 400 find 0.86 of the ten nearest instead of 0.80, and
a whole question takes 1.06 times as long.
"""
_DROPPED = 100
"""If at most so many passages are not allowed, as after a few updates, so many more candidates are
found, and those that are not allowed are dropped. This takes 0.87 of the time of passing over them
when a search reads 1,789 clusters, and 0.75 when it reads 276."""
_SHARE = 0.5
"""If a share s of the passages is allowed, a search reads s to this power of what it usually reads:
their nearest are farther apart, so it needs more than the share s of it."""
_FAR = 0.5
"""If the nearest clusters have less than this part of the allowed passages that they would have by
chance, the allowed ones lie elsewhere. Clusters do not tell then which are nearest, so the question
is compared with all of them."""
_FLOAT16 = 2  # bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A vector file: its digest, and how it is searched."""

    digest: str
    depth: SearchDepth


class VectorIndex:
    """Passage vectors, ids ascending; never changed after construction. Thread-safe."""

    def __init__(
        self,
        ids: Ids,
        flat: Flat,
        clusters: Clusters | None = None,
        file: BlockFile | None = None,
    ) -> None:
        """Use ``build`` or ``load``."""
        self.ids = ids
        self._flat = flat
        self._clusters = clusters
        self._file = file
        self._bytes = flat.rows.view(np.uint8)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def last(self) -> int:
        """The highest id; 0 in an empty index."""
        return int(self.ids[-1]) if len(self.ids) else 0

    @classmethod
    def build(cls, blocks: Iterable[tuple[Ids, Vectors]], dimension: int) -> Self:
        """Index vectors in memory, given in blocks of ascending ids; every search is exact."""
        ids, rows = [np.empty(0, np.int64)], [np.empty((0, dimension), "<f2")]
        for some, vectors in blocks:
            ids.append(some)
            rows.append(vectors.astype("<f2"))
        return cls(np.concatenate(ids), Flat.of_rows(np.concatenate(rows)))

    @classmethod
    def load(cls, path: Path, digest: str) -> Self:
        """Open a written index; raises DamagedIndex if it cannot be read or ``digest`` differs.

        The vectors are mapped, not read, so processes share their pages. They are compared with
        their hashes when a search reads them, which raises DamagedIndex; all at once, and here, if
        every search reads all.
        """
        try:
            if not digest.startswith(BEGINNING):
                return cls._load_older(path, digest)
            file = BlockFile(path, digest)
            ids, packed = file.others
            clusters = Clusters.unpacked(packed) if packed else None
            flat = Flat.mapped(file)
        except OSError as error:
            raise DamagedIndex(path, f"cannot read it: {error.strerror}") from error
        except RuntimeError as error:
            raise DamagedIndex(
                path, f"FAISS cannot open it although its checksum is correct: {error}"
            ) from error
        index = cls(np.frombuffer(bytes(ids), "<i8"), flat, clusters, file)
        if clusters is None:
            index.compare()
        index.release()  # FAISS has its own copy of the clusters
        return index

    @classmethod
    def _load_older(cls, path: Path, digest: str) -> Self:
        if not matches(path, digest):
            raise DamagedIndex(path, CHECKSUM_MISMATCH)
        return cls(*of_older_format(path))

    def subset(self, allowed: Ids | None, dead: Ids | None) -> Subset | None:
        """The passages that are ``allowed``, all if it is None, and not ``dead``; both ascending.

        None for all passages. A subset can be used for many searches of this index, and of no
        other.
        """
        return Subset.of(self.ids, allowed, dead, self._clusters)

    def search(
        self, query: Vectors, k: int, among: Subset | None = None, *, exact: bool = False
    ) -> tuple[Scores, Ids]:
        """The ``k`` or fewer nearest passages to one query vector ``(dimension,)``, best first.

        Returns scores and ids, only those of ``among`` if it is given. If it is ``exact``, the
        query is compared with each of them. Raises DamagedIndex if a vector was changed.
        """
        k = min(k, len(self.ids) if among is None else among.size)
        if k == 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        if among is not None and among.size <= min(_FEW, len(self.ids) // _FEW_OF):
            return self._best(query, k, among.positions)
        if self._clusters is not None and not exact:
            most = max(_candidates(len(self.ids)), _NEAR_OF_K * k)
            near = self._near(self._clusters, query, most, among)
            if len(near) >= k:
                return self._best(query, k, near)
        self.compare()
        scores, places = self._flat.search(query, k, None if among is None else among.bits)
        return scores, self.ids[places]

    def _near(self, clusters: Clusters, query: Vectors, near: int, among: Subset | None) -> Ids:
        """The positions of so many candidates, by their codes; none if they are too far away."""
        left_out = 0 if among is None else len(self.ids) - among.size
        if among is None or left_out <= _DROPPED:
            found = clusters.nearest(query, near + left_out)
            return found if among is None else found[among.has(found)][:near]
        scores, order = clusters.ordered(query)
        counts = np.cumsum(among.counts[order])
        share = among.size / len(self.ids)
        usual = clusters.sizes[order[: clusters.probes]].sum()
        if counts[clusters.probes - 1] < _FAR * share * usual:
            return np.empty(0, np.int64)
        read = int(np.searchsorted(counts, max(near, usual * share**_SHARE))) + 1
        some = np.diff(counts[:read], prepend=0) > 0
        return clusters.nearest_in(query, near, order[:read][some], scores[:read][some], among.bits)

    def _best(self, query: Vectors, k: int, places: Ids) -> tuple[Scores, Ids]:
        """The ``k`` best of the passages at these positions."""
        scores = self._scores(query, places)
        ids = self.ids[places]
        best = np.lexsort((ids, -scores))[:k]
        return scores[best], ids[best]

    def score(self, query: Vectors, ids: Ids) -> Scores:
        """float32 ``(len(ids),)``: the inner product of a query with each passage in ``ids``.

        All of them must be in the index.
        """
        return self._scores(query, np.searchsorted(self.ids, ids))

    def vectors(self, ids: Ids) -> Vectors:
        """float32 ``(len(ids), dimension)``: the vectors of passages that are in the index."""
        return self._rows(np.searchsorted(self.ids, ids))

    def _rows(self, places: Ids) -> Vectors:
        self.compare(places)
        found: Vectors = self._flat.rows[places].astype(np.float32)
        return found

    def _scores(self, query: Vectors, places: Ids) -> Scores:
        self.compare(places)
        return self._flat.scores(query, places)

    def compare(self, places: Ids | None = None) -> None:
        """Raise DamagedIndex if vectors are not those that were written; all if it is None."""
        if self._file is None:
            return
        try:
            self._file.compare(self._bytes, places)
        except DamagedIndex as error:
            path = self._file.path
            advice = f". Repair it with `locus verify{index_option(path.parent)} --repair`"
            raise DamagedIndex(path, error.reason, advice if self._clusters else "") from None

    def release(self) -> None:
        """Remove the pages of the file from the memory of this process, until they are read again.

        A question reads four hundred vectors, and the system maps 64 KiB around each.
        """
        if self._file is not None:
            self._file.release()


def _candidates(size: int) -> int:
    """How many candidates a search of so many vectors compares with the vectors, at least."""
    return max(_NEAR, size // _NEAR_OF)


def write(path: Path, blocks: Iterable[tuple[Ids, Vectors]], dimension: int) -> Written:
    """Write an index of vectors, given in blocks of ascending ids, to ``path`` atomically.

    No more than a part of the vectors is in memory at any time. Raises IndexFolderError.
    """
    try:
        with written_whole(path) as temporary, temporary.open("w+b") as file:
            begun = len(header(0, dimension))
            writer = BlockWriter(file, begun, _FLOAT16 * dimension)
            ids = [np.empty(0, np.int64)]
            for some, vectors in blocks:
                ids.append(some)
                writer.add(vectors.astype("<f2").tobytes())
            file.flush()
            every = np.concatenate(ids)

            def read(start: int, stop: int) -> Vectors:
                row = _FLOAT16 * dimension
                data = os.pread(file.fileno(), (stop - start) * row, begun + start * row)
                return np.frombuffer(data, "<f2").astype(np.float32).reshape(-1, dimension)

            depth, packed = EXACT, memoryview(b"")
            if len(every) > _EXACT_LIMIT:
                clusters = Clusters.build(read, len(every), dimension)
                depth = choose(clusters, read, len(every), _candidates(len(every)))
                packed = clusters.packed()
            digest = writer.finish(header(len(every), dimension), [every.tobytes(), packed])
            return Written(digest, depth)
    except (OSError, RuntimeError) as error:
        raise IndexFolderError(f"cannot write to {path}: {error}") from error
