"""Reading the truth on disk: one generation at a time, and never half of one.

The tables are described in ``schema``; ``staging`` writes them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Self, TypeAlias

from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import NotAnIndex
from indexer.storing import schema
from indexer.storing.checksums import generation_checksum
from indexer.storing.database import (
    Connection,
    damaged,
    database_errors,
    format_of,
    open_for_reading,
)
from indexer.storing.lock import is_held
from indexer.storing.snapshot import Snapshot
from indexer.types import Splitting


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived file: its name in the index folder, the hash it must have, what it covers."""

    name: str
    sha256: str
    generation: int
    through: int
    passages: int


@dataclass(frozen=True, slots=True)
class State:
    """What a published generation consists of."""

    generation: int
    published: str
    encoder: EncoderIdentity
    splitting: Splitting
    articles: int
    passages: int
    vectors: Derived | None
    lexical: Derived | None
    calibration: str | None
    """In JSON, see ``calibration``."""

    def as_json(self) -> dict[str, Any]:
        """What a person or a program asks of it: how much there is, and made with which model."""
        return {
            "generation": self.generation,
            "published": self.published,
            "articles": self.articles,
            "passages": self.passages,
            "model": {
                "name": self.encoder.name,
                "weights": self.encoder.weights,
                "dimension": self.encoder.dimension,
                "max_tokens": self.encoder.max_tokens,
                "pooling": self.encoder.pooling,
            },
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A generation that is staged, with its derived files, and about to be published.

    ``state`` and ``snapshot`` are what readers would see; ``live`` is what they see, None before
    the first. ``load`` gives the encoder of either.
    """

    folder: Path
    live: State | None
    state: State
    snapshot: Snapshot
    load: Callable[[EncoderIdentity], Encoder]


Gate: TypeAlias = Callable[[Candidate], None]
"""Lets a generation be published, or raises GateClosed."""


class Store:
    """An index folder, opened for reading. Safe to use from several threads.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, snapshot):
    ...     print(state.articles, snapshot.article_names())
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``; raises NotAnIndex, VersionMismatch or DamagedIndex."""
        self.folder = folder
        self._lock = RLock()
        self._file = schema.identity(folder)
        with database_errors(folder):
            self._connection = open_for_reading(folder)
            try:
                self.version = format_of(self._connection, folder)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[State, Snapshot]]:
        """The published generation, unchanging for as long as the block lasts."""
        with self._lock, database_errors(self.folder):
            self._connection.execute("BEGIN")
            try:
                state = read_state(self._connection, self.folder, self.version)
                if state is None:
                    raise NotAnIndex(
                        f"{self.folder} holds no finished index yet:"
                        f" `locus index --index {self.folder}` goes on with it"
                    )
                dimension = state.encoder.dimension
                yield (
                    state,
                    Snapshot(
                        self._connection, self.folder, state.generation, dimension, self.version
                    ),
                )
            finally:
                self._connection.execute("ROLLBACK")

    def is_replaced(self) -> bool:
        """Whether the folder was deleted since, or made anew under the same name."""
        return schema.identity(self.folder) != self._file

    def has_writer(self) -> bool:
        """Whether a process is writing the index now."""
        return is_held(self.folder)


def read_state(connection: Connection, folder: Path, version: int = schema.FORMAT) -> State | None:
    """The newest published generation; None before the first."""
    since_2 = "calibration, checksum" if version > 1 else "NULL, NULL"
    row = connection.execute(
        f"SELECT number, published, encoder, splitting, articles, passages, {since_2}"
        " FROM generations"
        " WHERE published IS NOT NULL ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, published, encoder, splitting, articles, passages, calibration, checksum = row
    if checksum not in {None, generation_checksum(*row[:-1])}:
        raise damaged(folder, f"generation {number} is not what was published")
    rows = connection.execute(
        "SELECT kind, name, sha256, generation, through, passages FROM derived"
    )
    derived = {kind: Derived(*facts) for kind, *facts in rows}
    try:
        identity, how = EncoderIdentity.from_json(encoder), Splitting(**json.loads(splitting))
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(folder, f"the settings of generation {number}: {error}") from error
    return State(
        number,
        published,
        identity,
        how,
        articles,
        passages,
        derived.get("vectors"),
        derived.get("lexical"),
        calibration,
    )
