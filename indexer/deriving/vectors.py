"""FAISS: choose, build, save, load and search an index. The only module to import FAISS.

Up to ``_EXACT_LIMIT`` passages every search is exact: it compares float16 vectors one by one. Above
it an HNSW graph over the same vectors finds 0.99 of the exact neighbours in about a millisecond. If
only some passages are allowed and the graph finds too few of them near the query, these are
compared one by one too.
Scores are inner products of unit vectors; results contain the passages' own ids.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import faiss as _faiss
import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Scores, Vectors
from indexer.durable import written_whole
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex, IndexFolderError
from indexer.storing.digests import digest_of, matches

_EXACT_LIMIT = 100_000
_HNSW_LINKS = 32
_HNSW_BUILD_DEPTH = 100
_WALKS = (256, 2048)
"""Depths of a graph search; the second is used if the first finds too few allowed passages."""
_FEW_ALLOWED = 0.05
"""If at most this share of the passages is allowed, only these are compared."""

faiss: Any = _faiss  # its type stubs are incomplete and partly wrong


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run FAISS in this thread only: others cannot speed up a single query and would busy-wait.

    torch uses the same setting of this thread, so it is restored afterwards.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


class VectorIndex:
    """Passage vectors in FAISS, ids ascending; never changed after construction."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - FAISS has no usable type for it
        """Wrap an IndexIDMap; use ``build`` or ``load``."""
        self._index = index
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        self._vectors: Any = faiss.downcast_index(index.index)
        """The index without ids: its results are positions in ``ids``."""
        self._float16 = _components(self._vectors)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def last(self) -> int:
        """The highest id; 0 in an empty index."""
        return int(self.ids[-1]) if len(self.ids) else 0

    @classmethod
    def build(cls, blocks: Iterable[tuple[Ids, Vectors]], dimension: int, size: int) -> Self:
        """Index about ``size`` vectors, given in blocks of ascending ids."""
        float16, inner = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        if size <= _EXACT_LIMIT:
            index = faiss.IndexScalarQuantizer(dimension, float16, inner)
        else:
            index = faiss.IndexHNSWSQ(dimension, float16, _HNSW_LINKS, inner)
            index.hnsw.efConstruction = _HNSW_BUILD_DEPTH
            index.hnsw.efSearch = _WALKS[0]
        index.is_trained = True  # float16 has no parameters to learn
        mapped = faiss.IndexIDMap(index)
        for ids, vectors in blocks:
            mapped.add_with_ids(vectors, ids)
        return cls(mapped)

    def save(self, path: Path) -> str:
        """Write the index to ``path`` atomically; returns the file's digest.

        Raises IndexFolderError.
        """
        try:
            with written_whole(path) as temporary:
                faiss.write_index(self._index, str(temporary))
                return digest_of(temporary)
        except (OSError, RuntimeError) as error:
            raise IndexFolderError(f"cannot write to {path}: {error}") from error

    @classmethod
    def load(cls, path: Path, digest: str) -> Self:
        """Open a saved index; raises DamagedIndex if it cannot be read or ``digest`` differs.

        The file is mapped, not read into memory, so processes share its pages.
        """
        try:
            if not matches(path, digest):
                raise DamagedIndex(path, CHECKSUM_MISMATCH)
            faiss.set_deserialization_vector_byte_limit(2 * path.stat().st_size + 1024)
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except OSError as error:
            raise DamagedIndex(path, f"cannot read it: {error.strerror}") from error
        except RuntimeError as error:
            raise DamagedIndex(
                path, f"FAISS cannot open it although its checksum is correct: {error}"
            ) from error

    def search(
        self, query: Vectors, k: int, *, allowed: Ids | None = None, dead: Ids | None = None
    ) -> tuple[Scores, Ids]:
        """The ``k`` or fewer nearest passages to one query vector ``(dimension,)``, best first.

        Returns scores and ids. Only ``allowed`` passages, if given, and none of the ``dead``; both
        ascending.
        """
        if allowed is not None:
            allowed = np.intersect1d(allowed, self.ids, assume_unique=True)
            if dead is not None:
                allowed = np.setdiff1d(allowed, dead, assume_unique=True)
            if len(allowed) <= _FEW_ALLOWED * len(self.ids):
                return self._compare(query, k, allowed)
        k = min(k, len(self.ids) if allowed is None else len(allowed))
        if k == 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        if isinstance(self._vectors, faiss.IndexHNSW):
            scores, ids = self._walk(query, k, allowed, dead)
            if len(ids) == k:
                return scores, ids
        return self._scan(query, k, allowed, dead)

    def _walk(
        self, query: Vectors, k: int, allowed: Ids | None, dead: Ids | None
    ) -> tuple[Scores, Ids]:
        """The ``k`` nearest passages found by the graph, or fewer.

        The search runs over all passages and filters the result. If it visited only allowed
        passages, it would stop near the query and find hardly any that are farther away.
        """
        all_wanted = allowed is None and (dead is None or not len(dead))
        for depth in _WALKS:
            near = min(len(self.ids), k if all_wanted else max(k, depth // 2))
            parameters = faiss.SearchParametersHNSW(efSearch=max(depth, near))
            scores, ids = self._found(self._vectors, query, near, parameters)
            if allowed is not None:
                wanted = np.isin(ids, allowed, assume_unique=True)
                scores, ids = scores[wanted], ids[wanted]
            elif dead is not None:
                wanted = np.isin(ids, dead, assume_unique=True, invert=True)
                scores, ids = scores[wanted], ids[wanted]
            if len(ids) >= k or all_wanted:
                break
        return scores[:k], ids[:k]

    def _scan(
        self, query: Vectors, k: int, allowed: Ids | None, dead: Ids | None
    ) -> tuple[Scores, Ids]:
        """The ``k`` nearest passages, found by comparing the query with each allowed one."""
        vectors = self._vectors
        if isinstance(vectors, faiss.IndexHNSW):
            vectors = faiss.downcast_index(vectors.storage)
        selector = None
        if allowed is not None:
            wanted = np.zeros(len(self.ids), bool)
            wanted[np.searchsorted(self.ids, allowed)] = True
            bits = np.packbits(wanted, bitorder="little")  # FAISS reads it during the search
            selector = faiss.IDSelectorBitmap(bits)
        elif dead is not None and len(dead):
            places = np.searchsorted(self.ids, dead[dead <= self.last])
            places = places[self.ids[places] == dead[: len(places)]]
            selector = faiss.IDSelectorNot(faiss.IDSelectorBatch(places))
        return self._found(vectors, query, k, faiss.SearchParameters(sel=selector))

    def _found(
        self,
        vectors: Any,  # noqa: ANN401 - as above
        query: Vectors,
        k: int,
        parameters: object,
    ) -> tuple[Scores, Ids]:
        with _one_thread():
            scores, places = vectors.search(query[None, :], k, params=parameters)
        found = places[0] >= 0
        return scores[0][found], self.ids[places[0][found]]

    def score(self, query: Vectors, ids: Ids) -> Scores:
        """float32 ``(len(ids),)``: the inner product of a query with each passage in ``ids``.

        All of them must be in the index.
        """
        scores: Scores = self.vectors(ids) @ query
        return scores

    def vectors(self, ids: Ids) -> Vectors:
        """float32 ``(len(ids), dimension)``: the vectors of passages that are in the index."""
        found: Vectors = self._float16[np.searchsorted(self.ids, ids)].astype(np.float32)
        return found

    def _compare(self, query: Vectors, k: int, allowed: Ids) -> tuple[Scores, Ids]:
        scores = self.score(query, allowed)
        best = np.lexsort((allowed, -scores))[:k]
        return scores[best], allowed[best]


def _components(vectors: Any) -> npt.NDArray[np.float16]:  # noqa: ANN401 - as above
    """The vectors of an index as it has them in memory, ``(n, dimension)``, without a copy."""
    if isinstance(vectors, faiss.IndexHNSW):
        vectors = faiss.downcast_index(vectors.storage)
    if not vectors.ntotal:
        return np.empty((0, vectors.d), np.float16)
    codes = faiss.rev_swig_ptr(vectors.codes.data(), vectors.codes.size())
    found: npt.NDArray[np.float16] = codes.view("<f2").reshape(vectors.ntotal, vectors.d)
    return found
