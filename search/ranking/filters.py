"""Which passages to search. Imports no index, so that a search by keywords loads no FAISS."""

from dataclasses import dataclass, field

import numpy as np

from indexer.arrays import Ids

REPAIR = "Results are still correct, but slower. Repair it with `locus verify --repair`"
"""What to say of a damaged file whose content was read from the database instead."""


def _no_ids() -> Ids:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Filter:
    """The passages to search, by their ids, ascending: the ``allowed``, all if it is None.

    Those ``without`` are left out.
    """

    allowed: Ids | None = None
    without: Ids = field(default_factory=_no_ids)


EVERYTHING = Filter()
"""All passages."""
