"""The arrays that travel between encoder, store, FAISS and ranking; apart, for they load numpy."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
"""float32 ``(n, dimension)``, each row of length 1; a single vector is ``(dimension,)``."""
Scores: TypeAlias = npt.NDArray[np.float32]
"""float32 ``(n,)``: inner products, or BM25 scores."""
Ids: TypeAlias = npt.NDArray[np.int64]
"""int64 ``(n,)``: passage ids."""
