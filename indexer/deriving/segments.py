"""The segments of several tantivy indexes, linked into one folder that tantivy opens as one index.

tantivy never changes a segment's files, and gives them random names. The segments of an index, with
what was deleted from each, are listed in its meta.json; they are numbered in this order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from indexer.arrays import Ids
from indexer.storing.shards.numbering import Numbering

LOCKS = (".tantivy-meta.lock", ".tantivy-writer.lock")
"""Files that belong to a process, and not to the index."""
_META = "meta.json"


@dataclass(frozen=True, slots=True)
class Segments:
    """The shard of each segment of an index that was linked from those of several shards."""

    numbering: Numbering
    shards: Ids

    @classmethod
    def linked(cls, folders: Mapping[int, Path], place: Path, numbering: Numbering) -> Self:
        """Link the indexes of shards, by their numbers, into the empty folder ``place``.

        Raises OSError or ValueError.
        """
        shards: list[int] = []
        segments: list[object] = []
        meta: dict[str, Any] = {}
        for shard, folder in folders.items():
            its = json.loads((folder / _META).read_bytes())
            segments += its["segments"]
            shards += [shard] * len(its["segments"])
            meta = {**its, "opstamp": max(its["opstamp"], meta.get("opstamp", 0))}
            for path in folder.iterdir():
                if path.suffix != ".json" and path.name not in LOCKS:
                    (place / path.name).symlink_to(path.resolve())
        (place / _META).write_text(json.dumps({**meta, "segments": segments}), "utf-8")
        return cls(numbering, np.array(shards, np.int64))

    def numbers(self, ids: Ids, segments: Ids) -> Ids:
        """The numbers of passages with these ids in these segments."""
        return self.numbering.numbers(ids, self.shards[segments])
