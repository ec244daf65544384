"""FAISS: choose an index, build it, save it, load it, search it. The only module to import it.

Up to ``_EXACT_LIMIT`` passages every search is exact: float16 vectors, compared one by one. Above
it an HNSW graph over the same vectors finds 0.99 of the exact neighbours in about a millisecond.
Where only some passages are wanted and the graph comes upon too few of them near the query, those
are compared one by one there too.
Scores are inner products of unit vectors; results carry the passages' own ids.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import faiss as _faiss
import numpy as np

from indexer.arrays import Ids, Scores, Vectors
from indexer.durable import file_sha256, written_whole
from indexer.errors import DamagedIndex, IndexFolderError

_EXACT_LIMIT = 100_000
_HNSW_LINKS = 32
_HNSW_BUILD_DEPTH = 100
_WALKS = (256, 2048)
"""Depths of a walk through the graph; the second where the first met too few that are wanted."""
_FEW_ALLOWED = 0.05
"""Up to this share of allowed passages, they are compared without a look at the others."""

faiss: Any = _faiss  # its stubs lack some of what it has, and misstate more


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep FAISS to this thread: a second has nothing to do for one query, and would spin after it.

    The number is this thread's own, but torch has it too: it is put back.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


class VectorIndex:
    """Passage vectors in FAISS, ids ascending; complete once constructed, then only read."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - no usable type for it
        """Wrap an IndexIDMap; use ``build`` or ``load``."""
        self._index = index
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        self._vectors: Any = faiss.downcast_index(index.index)
        """The same without ids: what it finds are places in ``ids``."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def last(self) -> int:
        """The highest id; 0 in an empty index."""
        return int(self.ids[-1]) if len(self.ids) else 0

    @classmethod
    def build(cls, blocks: Iterable[tuple[Ids, Vectors]], dimension: int, size: int) -> Self:
        """Index about ``size`` vectors, which come in blocks of ascending ids."""
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
        """Write the index to ``path``, whole or not at all; returns the file's SHA-256."""
        try:
            with written_whole(path) as temporary:
                faiss.write_index(self._index, str(temporary))
                return file_sha256(temporary)
        except (OSError, RuntimeError) as error:
            raise IndexFolderError(f"{path} cannot be written: {error}") from error

    @classmethod
    def load(cls, path: Path, sha256: str) -> Self:
        """Open a saved index; raises DamagedIndex unless its bytes are those that were saved."""
        try:
            found = file_sha256(path)
            if found != sha256:
                raise DamagedIndex(path, "its bytes are not those that were written")
            faiss.set_deserialization_vector_byte_limit(2 * path.stat().st_size + 1024)
            return cls(faiss.read_index(str(path)))
        except OSError as error:
            raise DamagedIndex(path, f"it cannot be read: {error.strerror}") from error
        except RuntimeError as error:
            raise DamagedIndex(
                path, f"FAISS cannot open it, though its bytes are right: {error}"
            ) from error

    def search(
        self, query: Vectors, k: int, *, allowed: Ids | None = None, dead: Ids | None = None
    ) -> tuple[Scores, Ids]:
        """The at most ``k`` nearest passages to one query vector ``(dimension,)``, best first.

        Only ``allowed`` passages, if given, and none of the ``dead``; both ascending.
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
        """The ``k`` nearest by the graph, or fewer if it does not come upon as many.

        The walk is over all passages, and what is not wanted is left out afterwards. A walk that
        keeps to the allowed ends near the query, and has met hardly any if they are elsewhere.
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
        """The ``k`` nearest, by comparing the query with every passage that is wanted."""
        vectors = self._vectors
        if isinstance(vectors, faiss.IndexHNSW):
            vectors = faiss.downcast_index(vectors.storage)
        selector = None
        if allowed is not None:
            wanted = np.zeros(len(self.ids), bool)
            wanted[np.searchsorted(self.ids, allowed)] = True
            bits = np.packbits(wanted, bitorder="little")  # FAISS reads it as long as it searches
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
        """The inner product of a query with each of these passages, which must be in the index."""
        scores: Scores = self.vectors(ids) @ query
        return scores

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of these passages, which must be in the index."""
        positions = np.searchsorted(self.ids, ids)
        with _one_thread():
            found: Vectors = self._vectors.reconstruct_batch(positions)
        return found

    def _compare(self, query: Vectors, k: int, allowed: Ids) -> tuple[Scores, Ids]:
        scores = self.score(query, allowed)
        best = np.lexsort((allowed, -scores))[:k]
        return scores[best], allowed[best]
