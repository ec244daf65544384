"""Numbers for the rows of all shards: each shard numbers its own articles and passages from 1.

The number of row ``n`` of shard ``s`` among ``count`` shards is ``n * count + s``. So no two rows
have the same number, the numbers of a shard have the order of its rows, and few are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.arrays import Ids


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of the rows of ``count`` shards.

    >>> Numbering(8).number(7, 3), Numbering(8).place(59)
    (59, (7, 3))
    """

    count: int

    def number(self, row: int, shard: int) -> int:
        """The number of a row of a shard."""
        return row * self.count + shard

    def place(self, number: int) -> tuple[int, int]:
        """The row and its shard: the inverse of ``number``."""
        return divmod(number, self.count)

    def numbers(self, rows: Ids, shards: Ids | int) -> Ids:
        """As ``number``, for many rows: int64 ``(n,)``."""
        found: Ids = rows * self.count + shards
        return found

    def rows(self, numbers: Ids, shard: int) -> Ids:
        """The rows of one shard that are among ``numbers``, in their order."""
        found: Ids = numbers[numbers % self.count == shard] // self.count
        return found

    def by_shard(self, numbers: Sequence[int]) -> dict[int, list[int]]:
        """The rows of each shard that are among ``numbers``, in their order."""
        found: dict[int, list[int]] = {}
        for number in numbers:
            row, shard = self.place(int(number))
            found.setdefault(shard, []).append(row)
        return found
