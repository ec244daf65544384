"""Vectors that other shards have: an article that gets another name may move to another shard."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from indexer.errors import IndexFolderError
from indexer.storing import schema
from indexer.storing.database import Connection, open_for_reading
from indexer.storing.drafts import PackedVectors
from indexer.storing.staging import vectors_in


class OtherShards:
    """The databases of other shards. What they have staged counts too."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections

    def known_vectors(self, keys: Sequence[bytes]) -> dict[bytes, PackedVectors]:
        """The vectors in any of the other shards for these keys."""
        found: dict[bytes, PackedVectors] = {}
        for connection in self._connections:
            missing = [key for key in keys if key not in found]
            if missing:
                found.update(vectors_in(connection, missing))
        return found


@contextmanager
def other_shards(folders: Sequence[Path]) -> Iterator[OtherShards]:
    """Open those of the shards in these ``folders`` that can be read."""
    with ExitStack() as opened:
        connections = []
        for folder in folders:
            if (folder / schema.DATABASE).is_file():
                with suppress(IndexFolderError):  # one that has just been created
                    connection = open_for_reading(folder)
                    connections.append(opened.enter_context(closing(connection)))
        yield OtherShards(connections)
