"""Types of the arrays passed between encoder, store, FAISS and ranking.

They have a module of their own because it imports numpy.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
"""float32 ``(n, dimension)``, unit rows; a single vector is ``(dimension,)``."""
Scores: TypeAlias = npt.NDArray[np.float32]
"""float32 ``(n,)``: inner products, or BM25 scores."""
Ids: TypeAlias = npt.NDArray[np.int64]
"""int64 ``(n,)``: passage ids."""
