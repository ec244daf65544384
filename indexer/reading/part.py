"""The part of a source that belongs to one shard: its files, or its lines, by their names."""

from dataclasses import dataclass

import xxhash

RULE = "xxh3_64(file) % count"
"""How a file's name, in UTF-8, gives the number of its shard; a line's name is its ``_id``."""


def shard_of(name: str, count: int) -> int:
    """The number of the shard, from 0, to which a file of this name belongs, of ``count``.

    >>> shard_of("notes/owls.md", 1)
    0
    """
    return int(xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass")) % count)


@dataclass(frozen=True, slots=True)
class ShardPart:
    """The files of the shard ``number``, from 0, of ``count`` shards.

    >>> ShardPart(3, 8).has("notes/owls.md") == (shard_of("notes/owls.md", 8) == 3)
    True
    """

    number: int
    count: int

    @property
    def is_first(self) -> bool:
        """Whether what concerns no single file is counted for this part."""
        return self.number == 0

    def has(self, name: str) -> bool:
        """Whether a file of this name, which may contain several articles, is in this part."""
        return self.count == 1 or shard_of(name, self.count) == self.number


WHOLE = ShardPart(0, 1)
"""All files."""
