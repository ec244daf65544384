"""FAISS: find the neighbours of a vector among many, by comparing it with a part of them.

The vectors are divided into clusters by k-means. A search compares the question with the vectors of
the nearest clusters: first by codes of four bits for each few components (FAISS's *fast scan*),
which are a sixteenth of the vectors' size. ``vectors`` then compares the best with the vectors
themselves.

Nothing here depends on chance: two builds from the same vectors give the same clusters.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

import faiss as _faiss
import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Scores, Vectors

faiss: Any = _faiss  # its type stubs are incomplete and partly wrong
faiss.set_deserialization_vector_byte_limit(2**38)
"""More than any index has; what FAISS reads was compared with a hash before."""

Float16 = npt.NDArray[np.float16]

_CODED = (4, 3, 2, 1)
"""Components that one code stands for: the most that divide the dimension into enough codes."""
_ENOUGH_CODES = 64
_LISTS = 4.0
"""Clusters for each square root of the number of vectors."""
_TRAINED_WITH = 32
"""Vectors for each cluster that k-means reads; more make no difference to the recall."""
_ROUNDS = 6
_SEED = 1234
_ONE_QUESTION = 11
"""FAISS's scan that reads one cluster after another. Its usual scan prepares for many questions,
which takes a single one 1.3 times as long with 276 clusters, and 1.5 times with 1,800. Only of
candidates with equal codes can it choose others."""
_BLOCK = 8192


@contextmanager
def one_thread() -> Iterator[None]:
    """Run FAISS in this thread only: others cannot speed up a single query and would busy-wait.

    torch uses the same setting of this thread, so it is restored afterwards.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


@contextmanager
def all_but_one_thread() -> Iterator[None]:
    """Let FAISS use all cores but one, which something else keeps busy."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(max(1, threads - 1))
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


class Clusters:
    """The clusters of vectors, which are named by their positions; unchanged once built."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - FAISS has no usable type for it
        """Wrap a trained IndexIVFPQFastScan; use ``build`` or ``unpacked``."""
        self._index = index
        index.implem = _ONE_QUESTION
        self._centroids: Any = faiss.downcast_index(index.quantizer)
        self.count: int = index.nlist
        self.probes: int = index.nprobe
        """How many clusters a search without a filter reads."""

    @classmethod
    def build(cls, read: Callable[[int, int], Vectors], size: int, dimension: int) -> Self:
        """Divide ``size`` vectors, of which ``read(start, stop)`` returns some, into clusters.

        ``probes`` is that of all clusters until ``chosen`` sets it.
        """
        count = max(1, min(int(_LISTS * size**0.5), size // 2))
        sample = _sample(read, size, dimension, count * _TRAINED_WITH)
        means = faiss.Kmeans(
            dimension,
            count,
            niter=_ROUNDS,
            seed=_SEED,
            spherical=True,
            max_points_per_centroid=2 * _TRAINED_WITH,
            min_points_per_centroid=1,
        )
        means.train(sample)
        centroids = faiss.IndexFlatIP(dimension)
        centroids.add(means.centroids)
        codes = _codes(dimension)
        inner = faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexIVFPQFastScan(centroids, dimension, count, codes, 4, inner)
        index.pq.cp.seed = _SEED
        index.train(sample)
        del sample
        for start in range(0, size, _BLOCK):
            index.add(read(start, min(size, start + _BLOCK)))
        index.nprobe = count
        return cls(index)

    @classmethod
    def unpacked(cls, packed: bytes | memoryview) -> Self:
        """Clusters as ``packed`` returned them; the bytes must be compared with a hash before.

        Raises RuntimeError.
        """
        return cls(faiss.deserialize_index(np.frombuffer(packed, np.uint8)))

    def packed(self) -> memoryview:
        found: npt.NDArray[np.uint8] = faiss.serialize_index(self._index)
        return found.data

    def chosen(self, probes: int) -> None:
        """Read so many clusters in each search from now on; only called while it is built."""
        self.probes = self._index.nprobe = min(probes, self.count)

    @cached_property
    def of_each(self) -> npt.NDArray[np.int32]:
        """The cluster of each vector, by position."""
        found = np.empty(self._index.ntotal, np.int32)
        lists = self._index.invlists
        for number in range(self.count):
            if size := lists.list_size(number):
                found[faiss.rev_swig_ptr(lists.get_ids(number), size)] = number
        return found

    @cached_property
    def sizes(self) -> Ids:
        """How many vectors each cluster has."""
        return np.bincount(self.of_each, minlength=self.count)

    def ordered(self, query: Vectors) -> tuple[Scores, Ids]:
        """All clusters by their distance from a vector ``(dimension,)``, the nearest first."""
        with one_thread():
            scores, found = self._centroids.search(query[None, :], self.count)
        return scores[0], found[0]

    def nearest(self, query: Vectors, k: int) -> Ids:
        """The positions of ``k`` or fewer near vectors."""
        parameters = faiss.SearchParametersIVF(nprobe=self.probes)
        with one_thread():
            _, found = self._index.search(query[None, :], k, params=parameters)
        return _present(found[0])

    def nearest_in(
        self, query: Vectors, k: int, clusters: Ids, scores: Scores, allowed: npt.NDArray[np.uint8]
    ) -> Ids:
        """The positions of ``k`` or fewer near vectors of these clusters, if their bit is set."""
        selector = faiss.IDSelectorBitmap(allowed)  # FAISS reads it during the search
        parameters = faiss.SearchParametersIVF(nprobe=len(clusters), sel=selector)
        # FAISS reads and writes these as they are in memory, so they must outlive the call.
        question = np.ascontiguousarray(query, np.float32)
        near = np.ascontiguousarray(clusters, np.int64)
        products = np.ascontiguousarray(scores, np.float32)
        distances, found = np.empty(k, np.float32), np.empty(k, np.int64)
        with one_thread():
            self._index.search_preassigned_c(
                1,
                faiss.swig_ptr(question),
                k,
                faiss.swig_ptr(near),
                faiss.swig_ptr(products),
                faiss.swig_ptr(distances),
                faiss.swig_ptr(found),
                False,  # noqa: FBT003 - FAISS takes no names here: positions, not pairs
                parameters,
                None,
            )
        return _present(found)


def _codes(dimension: int) -> int:
    """How many codes a vector has."""
    for components in _CODED:
        codes, rest = divmod(dimension, components)
        if rest == 0 and codes >= _ENOUGH_CODES:
            return codes
    return dimension


def _sample(read: Callable[[int, int], Vectors], size: int, dimension: int, most: int) -> Vectors:
    """Vectors spread evenly over all, at most ``most``."""
    step = -(-size // most)
    sample = np.empty((-(-size // step), dimension), np.float32)
    at = 0
    for start in range(0, size, step * _BLOCK // 8):
        some = read(start, min(size, start + step * _BLOCK // 8))[::step]
        sample[at : at + len(some)] = some
        at += len(some)
    return sample


def _present(positions: Ids) -> Ids:
    found: Ids = positions[positions >= 0]
    return found
