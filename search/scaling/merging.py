"""Merge what shards have found: pure functions over scores, ids and numbers.

The cosines of all shards compare as they are, because all have the same encoder. ``Numbering``
numbers the passages of all shards.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from indexer.arrays import Ids
from indexer.storing.shards.numbering import Numbering
from search.ranking.filters import Filter
from search.ranking.fusion import Candidates, merge

Parts = Mapping[int, Candidates]
"""The candidates of each shard, with its own ids, by the number of the shard."""


def best_of(parts: Parts, k: int, numbering: Numbering) -> Candidates:
    """The ``k`` best candidates of all shards, numbered over all, best first."""
    return merge((numbered(found, shard, numbering) for shard, found in parts.items()), k)


def numbered(found: Candidates, shard: int, numbering: Numbering) -> Candidates:
    """The candidates of one shard, numbered over all shards."""
    return Candidates(found.scores, numbering.numbers(found.ids, shard))


def part_of(wanted: Filter, shard: int, numbering: Numbering) -> Filter:
    """The passages of one shard that a filter over all shards allows, with the shard's own ids."""
    allowed = None if wanted.allowed is None else numbering.rows(wanted.allowed, shard)
    return Filter(allowed, numbering.rows(wanted.without, shard))


Values = TypeVar("Values", bound=np.generic)


def in_order(
    ids: Ids, values: Mapping[int, npt.NDArray[Values]], numbering: Numbering
) -> npt.NDArray[Values]:
    """The value of each passage, ``(len(ids), ...)``, from those of each shard.

    Those of a shard have the order in which its passages are among ``ids``.
    """
    every = np.concatenate(list(values.values()))
    found = np.empty((len(ids), *every.shape[1:]), every.dtype)
    shards = ids % numbering.count
    for shard, its in values.items():
        found[shards == shard] = its
    return found
