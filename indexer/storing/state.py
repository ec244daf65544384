"""The facts of a published generation, which writers record and readers read first."""

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from indexer.encoding.encoder import EncoderIdentity
from indexer.storing.database import Connection, damaged
from indexer.storing.published import newest_generation
from indexer.types import UNTUNED, SearchDepth, Splitting, Tuning


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived file or folder: its name in the index folder, its digest, and what it covers.

    It contains ``passages`` passages, up to the id ``through``. ``digests`` describes the digest.
    ``depth`` is that of a search in a vector file; None for other files and those of older formats.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, _):
    ...     state.vectors
    Derived(name='vectors-1.faiss', digest='{...}', generation=1, through=119, passages=119, ...)
    """

    name: str
    digest: str
    generation: int
    through: int
    passages: int
    depth: SearchDepth | None = None

    def as_row(self) -> tuple[object, ...]:
        """The columns of its row in the database, without its kind."""
        depth = None if self.depth is None else json.dumps(asdict(self.depth))
        facts = self.name, self.digest, self.generation, self.through, self.passages
        return *facts, depth

    @classmethod
    def of_row(
        cls,
        name: str,
        digest: str,
        generation: int,
        through: int,
        passages: int,
        depth: str | None,
    ) -> Self:
        """The inverse of ``as_row``; raises ValueError or TypeError."""
        found = None if depth is None else SearchDepth(**json.loads(depth))
        return cls(name, digest, generation, through, passages, found)


@dataclass(frozen=True, slots=True)
class State:
    """The facts of a published generation; ``published`` is an ISO 8601 time in UTC.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (state, _):
    ...     state.generation, state.articles, state.passages
    (1, 24, 119)
    """

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
    tuning: Tuning = UNTUNED

    def bare(self) -> Self:
        """The same without the time, the calibration and the tuning."""
        return replace(self, published="", calibration=None, tuning=UNTUNED)

    def as_json(self) -> dict[str, Any]:
        """How much the index contains, and which model it was built with."""
        return {
            "generation": self.generation,
            "published": self.published,
            "articles": self.articles,
            "passages": self.passages,
            "tuning": None if self.tuning == UNTUNED else asdict(self.tuning),
            "model": {
                "name": self.encoder.name,
                "weights": self.encoder.weights,
                "dimension": self.encoder.dimension,
                "max_tokens": self.encoder.max_tokens,
                "pooling": self.encoder.pooling,
            },
        }


def read_state(connection: Connection, folder: Path) -> State | None:
    """The latest published generation; None before the first. Raises DamagedIndex."""
    row = newest_generation(connection, folder)
    if row is None:
        return None
    number, published, encoder, splitting, articles, passages, calibration, tuned = row
    rows = connection.execute(
        "SELECT kind, name, digest, generation, through, passages, depth FROM derived"
    )
    try:
        derived = {kind: Derived.of_row(*facts) for kind, *facts in rows}
        identity, how, tuning = _settings(encoder, splitting, tuned)
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(folder, f"invalid settings of generation {number}: {error}") from error
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
        tuning,
    )


@lru_cache(maxsize=16)
def _settings(
    encoder: str, splitting: str, tuning: str | None
) -> tuple[EncoderIdentity, Splitting, Tuning]:
    """The settings from their JSON; cached, because they are read before each question."""
    return (
        EncoderIdentity.from_json(encoder),
        Splitting(**{"analysis": 1, **json.loads(splitting)}),
        UNTUNED if tuning is None else Tuning(**json.loads(tuning)),
    )
