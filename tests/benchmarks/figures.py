"""Measured figures, and the folder that keeps them, so that an interrupted run can go on.

A piece is what is measured together, in one file: ``growth-stand-in-1000-build.json``, for example.
It names what it was measured with (its inputs). A run skips a piece that is there with the same
inputs, and the report is made from all pieces, so both can be repeated at any time.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.machine import Machine, OtherWork

Inputs = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``what`` is a key of a row in ``tables`` or of a part of a ratio."""

    system: str
    what: str
    value: float
    unit: str
    passages: int
    encoder: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What was measured together: with which inputs, on which kind of machine, and when."""

    name: str
    inputs: Inputs
    machine: Machine
    date: str
    figures: tuple[Figure, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""
    """What a benchmark that prints a table has printed."""
    others: float = 0.0
    """The cores that other processes kept busy meanwhile."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        machine = Machine.from_json(given["machine"])
        figures = tuple(Figure(**figure) for figure in given["figures"])
        return cls(**{**given, "machine": machine, "figures": figures})


@dataclass(frozen=True, slots=True)
class Measured:
    """What the measurement of a piece returns."""

    figures: Sequence[Figure] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""


class Results:
    """The pieces in a folder, each a JSON file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kept(self, name: str, inputs: Inputs) -> Piece | None:
        """The piece with this name, if it was measured with these inputs."""
        piece = self._read(self._path(name))
        return piece if piece is not None and dict(piece.inputs) == _plain(inputs) else None

    def piece(self, name: str, inputs: Inputs, measure: Callable[[], Measured]) -> Piece:
        """The piece with this name: the kept one, otherwise measured now and kept."""
        kept = self.kept(name, inputs)
        if kept is not None:
            print(f"{name}: kept from {kept.date}", flush=True)
            return kept
        print(f"{name} ...", end=" ", flush=True)
        started, others = time.perf_counter(), OtherWork()
        found = measure()
        piece = Piece(
            name,
            _plain(inputs),
            Machine.here(),
            time.strftime("%Y-%m-%d %H:%M"),
            tuple(found.figures),
            dict(found.versions),
            found.printed,
            round(others.cores(), 2),
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._path(name).with_suffix(".part")
        unfinished.write_text(json.dumps(piece.as_json(), indent=1), "utf-8")
        unfinished.replace(self._path(name))
        print(f"{time.perf_counter() - started:.0f} s", flush=True)
        return piece

    def forget(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def all(self) -> list[Piece]:
        """Every piece that can be read, by name."""
        found = (self._read(path) for path in sorted(self.folder.glob("*.json")))
        return [piece for piece in found if piece is not None]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    @staticmethod
    def _read(path: Path) -> Piece | None:
        """The piece in a file; None if there is none, or one of an older shape."""
        try:
            return Piece.from_json(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _plain(inputs: Inputs) -> dict[str, Any]:
    """Inputs as they are after they were written and read again."""
    plain: dict[str, Any] = json.loads(json.dumps(inputs, default=str))
    return plain
