"""The newest published generation, as its row in ``generations``. Imports nothing heavy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from indexer.storing.checksums import generation_checksum
from indexer.storing.database import Connection, damaged


def newest_generation(connection: Connection, folder: Path) -> tuple[Any, ...] | None:
    """Its number, date, encoder, splitting, articles, passages, calibration and tuning.

    None before the first is published. Raises DamagedIndex if the row was changed since.
    """
    row = connection.execute(
        "SELECT number, published, encoder, splitting, articles, passages, calibration, tuning,"
        " checksum FROM generations"
        " WHERE published IS NOT NULL ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    *facts, checksum = row
    if checksum not in {None, row_checksum(facts)}:
        raise damaged(folder, f"generation {facts[0]}: checksum mismatch")
    return tuple(facts)


def row_checksum(facts: Sequence[object]) -> int:
    """The checksum of a generation with these facts, in the order of ``newest_generation``.

    A tuning that is None is left out, because older formats had none.
    """
    *others, tuning = facts
    return generation_checksum(*others, *([] if tuning is None else [tuning]))
