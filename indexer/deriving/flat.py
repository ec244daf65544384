"""FAISS: compare a vector with all others, one by one, as they are in a file or in memory.

A file begins with an index of FAISS: a header and the vectors in float16. FAISS uses them where the
file is mapped into memory, so opening it costs the same for any number of vectors, and processes
share its pages.
"""

from pathlib import Path
from typing import Any, Self

import faiss as _faiss
import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids, Scores, Vectors
from indexer.deriving.clusters import Float16, one_thread
from indexer.errors import DamagedIndex
from indexer.storing.blocks import BlockFile

faiss: Any = _faiss  # its type stubs are incomplete and partly wrong

_COUNT = slice(8, 16)
"""Where FAISS writes the number of vectors; their length in bytes ends the header."""
_FLOAT16 = 2  # bytes


class Flat:
    """Vectors in FAISS, ``rows`` of float16 ``(n, dimension)``."""

    def __init__(self, index: Any, owner: object = None) -> None:  # noqa: ANN401 - untyped
        """Wrap an IndexScalarQuantizer; use ``of_rows`` or ``mapped``.

        ``owner`` is kept as long as it, if the vectors belong to another index or to a file.
        """
        self._index = index
        self._owner = owner
        self.rows: Float16 = _components(index)

    @classmethod
    def of_rows(cls, rows: Float16) -> Self:
        """Vectors in memory."""
        index = _empty(rows.shape[1])
        if len(rows):
            index.add_sa_codes(np.ascontiguousarray(rows, "<f2").view(np.uint8))
        return cls(index)

    @classmethod
    def mapped(cls, file: BlockFile) -> Self:
        """The vectors of a file, without a copy. Raises DamagedIndex."""
        try:
            reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(file.bytes), len(file.bytes))
            index = faiss.read_index(reader)
        except RuntimeError as error:
            raise DamagedIndex(file.path, f"FAISS cannot open it: {error}") from error
        if (index.ntotal, index.d * _FLOAT16) != (file.rows, file.row):
            raise DamagedIndex(file.path, "FAISS reads other vectors than were written")
        return cls(index, owner=file)

    def search(
        self, query: Vectors, k: int, allowed: npt.NDArray[np.uint8] | None = None
    ) -> tuple[Scores, Ids]:
        """The scores and positions of the ``k`` or fewer nearest vectors, best first.

        Only of those whose bit in ``allowed`` is set, if it is given.
        """
        selector = None if allowed is None else faiss.IDSelectorBitmap(allowed)
        parameters = faiss.SearchParameters(sel=selector)
        with one_thread():
            scores, places = self._index.search(query[None, :], k, params=parameters)
        found = places[0] >= 0
        return scores[0][found], places[0][found]

    def scores(self, query: Vectors, places: Ids) -> Scores:
        """The scores of the vectors at these positions, in their order."""
        if not len(places):
            return np.empty(0, np.float32)
        some = _empty(self.rows.shape[1])
        some.add_sa_codes(self.rows[places].view(np.uint8))
        with one_thread():
            scores, order = some.search(query[None, :], len(places))
        found = np.empty(len(places), np.float32)
        found[order[0]] = scores[0]
        return found


def header(rows: int, dimension: int) -> bytes:
    """What FAISS writes before the vectors."""
    index = _empty(dimension)
    index.add(np.zeros((1, dimension), np.float32))
    begun: bytes = faiss.serialize_index(index).tobytes()[: -2 * dimension]
    one, length = (1).to_bytes(8, "little"), (2 * dimension).to_bytes(8, "little")
    if begun[_COUNT] != one or begun[-8:] != length:
        raise RuntimeError("this version of FAISS writes another header")
    count, whole = rows.to_bytes(8, "little"), (2 * dimension * rows).to_bytes(8, "little")
    return begun[: _COUNT.start] + count + begun[_COUNT.stop : -8] + whole


def of_older_format(path: Path) -> tuple[Ids, Flat]:
    """The ids and vectors of a file as formats 1 and 2 had it; without the graph, if it has one.

    The file must be compared with its hash before. Raises RuntimeError.
    """
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    vectors = faiss.downcast_index(index.index)
    if isinstance(vectors, faiss.IndexHNSW):
        vectors = faiss.downcast_index(vectors.storage)
    return faiss.vector_to_array(index.id_map), Flat(vectors, owner=index)


def _empty(dimension: int) -> Any:  # noqa: ANN401 - as above
    float16, inner = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexScalarQuantizer(dimension, float16, inner)
    index.is_trained = True  # float16 has no parameters to learn
    return index


def _components(index: Any) -> Float16:  # noqa: ANN401 - as above
    """The vectors of an index as it has them in memory, without a copy."""
    if not index.ntotal:
        return np.empty((0, index.d), np.float16)
    codes = faiss.rev_swig_ptr(index.codes.data(), index.codes.size())
    found: Float16 = codes.view("<f2").reshape(index.ntotal, index.d)
    return found
