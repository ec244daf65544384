"""The manifest of an index of several shards: what readers see of it, and how that is published.

::

    DIR/
      shards.json          the manifest
      shards-<layout>/0    an ordinary index (see ``schema``) with a part of the articles
      shards-<layout>/1    ...
      writer.lock          locked by the one process that updates the index
      serve.sock           as in an ordinary index

**Which shard.** An article belongs to the shard with the number ``xxh3_64(file) % count``, where
``file`` is the name of the file that the article was read from, in UTF-8; for an article of a
``.jsonl`` file it is its ``_id``. So a file that contains several articles is read for one shard
only. The manifest names this ``rule``; readers do not need it. To change the number of shards
everything is indexed again, in a folder with another ``layout``.

**What readers see.** The manifest has the state of a generation of each shard (None if it has no
generation): its number, its derived files, how many passages it has. Readers see these generations
and no others, whatever the shards' own databases say is published. The manifest is replaced
atomically, so it alone publishes what all shards have changed.

**A run** stages the next generation of each shard, as in an ordinary index, and makes its derived
files; a shard without changes stays as it is. Then it writes the manifest, which names the staged
generations: now readers see them. Last it publishes them in the shards' own databases, and deletes
what is no longer needed. A reader begins to read all databases before it makes sure that the
manifest is still the same, so what it needs cannot be deleted before it has begun.

**After a crash** before the manifest was written, readers see the old generations, and the next run
keeps what was staged. After a crash behind it they see the new ones, which are complete; the next
run first publishes them in the databases that have not done so. A shard whose derived files were
repaired has others under the same generation; the next run, or the repair, writes them down here.

**Calibration** is that of all shards together (see ``calibration``); so that one shard can change
alone, the manifest keeps the ``nearest`` cosines that each shard has contributed. ``tuning`` holds
for all shards.

A ``checksum`` protects the content, and each value is checked when it is read.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import xxhash

from indexer.durable import written_whole
from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex, IndexFolderError, VersionMismatch
from indexer.storing.folder import not_finished
from indexer.storing.schema import DATABASE, MANIFEST, is_sharded, layout_name
from indexer.storing.state import Derived, State
from indexer.types import UNTUNED, SearchDepth, Splitting, Tuning

FORMAT = 1
MOST = 1024
"""The largest number of shards."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The generation of a shard that readers see.

    Its ``state`` does not have the time, the calibration and the tuning, which all shards have in
    common. ``nearest`` are the cosines of the calibration's questions with their nearest passages,
    when all vectors of the shard were last indexed.
    """

    state: State
    nearest: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ShardedState(State):
    """The state of an index of several shards; ``shards`` has the state of each."""

    shards: tuple[State | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What readers see of an index of several shards. ``generation`` is 0 before the first one.

    ``published`` is an ISO 8601 time in UTC, ``calibration`` is in JSON.

    >>> manifest = Manifest.read(Path(".locus"))
    >>> manifest.count, manifest.generation
    (8, 3)
    """

    rule: str
    layout: int
    shards: tuple[Shard | None, ...]
    generation: int = 0
    published: str = ""
    calibration: str | None = None
    tuning: Tuning = UNTUNED

    @property
    def count(self) -> int:
        return len(self.shards)

    def folder(self, index: Path, shard: int) -> Path:
        """The folder of a shard of the ``index``."""
        return index / layout_name(self.layout) / str(shard)

    def folders(self, index: Path) -> list[Path]:
        """The folder of each shard of the ``index``."""
        return [self.folder(index, shard) for shard in range(self.count)]

    def states(self) -> Iterator[tuple[int, State]]:
        """The number and the state of each shard that has a generation."""
        for number, shard in enumerate(self.shards):
            if shard is not None:
                yield number, shard.state

    def of_shard(self, state: State) -> State:
        """The state of a shard as its own database has it: with the facts of all shards."""
        return replace(
            state, published=self.published, calibration=self.calibration, tuning=self.tuning
        )

    def tuned(self, tuning: Tuning) -> Self:
        """The same, searched with ``tuning``."""
        return replace(self, tuning=tuning)

    @property
    def state(self) -> ShardedState | None:
        """The facts about all shards together; None before the first generation."""
        states = [state for _, state in self.states()]
        if not self.generation or not states:
            return None
        return ShardedState(
            generation=self.generation,
            published=self.published,
            encoder=states[0].encoder,
            splitting=states[0].splitting,
            articles=sum(it.articles for it in states),
            passages=sum(it.passages for it in states),
            vectors=None,
            lexical=None,
            calibration=self.calibration,
            tuning=self.tuning,
            shards=tuple(None if it is None else it.state for it in self.shards),
        )

    @classmethod
    def read(cls, index: Path) -> Self:
        """The manifest in the folder of an index.

        Raises DamagedIndex, VersionMismatch, or IndexFolderError if it cannot be read.
        """
        path = index / MANIFEST
        try:
            found = json.loads(path.read_bytes())
            if not isinstance(found, dict) or not isinstance(found.get("format"), int):
                raise DamagedIndex(path, "it is not a manifest")
            if found["format"] != FORMAT:
                raise VersionMismatch(
                    f"{path} was made by another version of Locus (format {found['format']}; this"
                    f" version reads {FORMAT}). Upgrade Locus, or build a new index elsewhere"
                )
            if found.pop("checksum", None) != _checksum(found):
                raise DamagedIndex(path, CHECKSUM_MISMATCH)
            tuning = Tuning(**found["tuning"])
            shards = tuple(None if it is None else _shard(it) for it in found["shards"])
            if not 1 <= len(shards) <= MOST:
                raise DamagedIndex(path, f"it has {len(shards)} shards")
            return cls(
                str(found["rule"]),
                int(found["layout"]),
                shards,
                int(found["generation"]),
                str(found["published"]),
                found["calibration"],
                tuning,
            )
        except OSError as error:
            raise IndexFolderError(f"cannot read {path}: {error.strerror}") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedIndex(path, f"it is not valid: {error}") from None

    def write(self, index: Path) -> None:
        """Replace the manifest in the folder of an index atomically. Raises IndexFolderError."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "rule": self.rule,
            "layout": self.layout,
            "generation": self.generation,
            "published": self.published,
            "calibration": self.calibration,
            "tuning": asdict(self.tuning),
            "shards": [None if it is None else _as_json(it) for it in self.shards],
        }
        content["checksum"] = _checksum(content)
        path = index / MANIFEST
        try:
            with written_whole(path) as temporary:
                temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
        except OSError as error:
            raise IndexFolderError(f"cannot write {path}: {error.strerror}") from error


def databases(index: Path) -> list[Path]:
    """The folders of an index that have a database: its own, or those of its shards.

    Each shard remembers all sources. Raises IndexFolderError.
    """
    if not is_sharded(index):
        return [index]
    found = [it for it in Manifest.read(index).folders(index) if (it / DATABASE).is_file()]
    if not found:
        raise not_finished(index)
    return found


def _checksum(content: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(content, sort_keys=True).encode())


def _as_json(shard: Shard) -> dict[str, Any]:
    it = shard.state
    return {
        "generation": it.generation,
        "encoder": asdict(it.encoder),
        "splitting": asdict(it.splitting),
        "articles": it.articles,
        "passages": it.passages,
        "vectors": None if it.vectors is None else asdict(it.vectors),
        "lexical": None if it.lexical is None else asdict(it.lexical),
        "nearest": list(shard.nearest),
    }


def _shard(found: dict[str, Any]) -> Shard:
    """The inverse of ``_as_json``; raises ValueError, TypeError or KeyError."""
    state = State(
        int(found["generation"]),
        "",
        EncoderIdentity(**found["encoder"]),
        Splitting(**found["splitting"]),
        int(found["articles"]),
        int(found["passages"]),
        _derived(found["vectors"]),
        _derived(found["lexical"]),
        calibration=None,
    )
    return Shard(state, tuple(map(float, found["nearest"])))


def _derived(found: dict[str, Any] | None) -> Derived | None:
    if found is None:
        return None
    derived = Derived(**found)
    if Path(derived.name).is_absolute() or ".." in Path(derived.name).parts:
        raise ValueError(f"{derived.name!r} is not in the folder of its shard")
    depth = found["depth"]
    return replace(derived, depth=None if depth is None else SearchDepth(**depth))
