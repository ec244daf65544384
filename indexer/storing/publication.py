"""Publish a staged generation in the database, and sweep what it no longer needs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TypeAlias

from indexer.encoding.encoder import EncoderIdentity
from indexer.storing.database import Connection, Execute, transaction
from indexer.storing.published import row_checksum
from indexer.storing.skips import SkippedFile, replace_skips
from indexer.storing.state import Derived, State
from indexer.storing.tuning import tuning_json
from indexer.types import Splitting

Notes: TypeAlias = Mapping[int, tuple[str | None, Sequence[SkippedFile]]]
"""The stamp of each source in a generation, and what was skipped of it, by the source's number."""


def now() -> str:
    """The time, in ISO 8601 and UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def settings_json(encoder: EncoderIdentity, splitting: Splitting) -> tuple[str, str]:
    """The encoder and the splitting as a generation's row has them."""
    return encoder.to_json(), json.dumps(asdict(splitting), sort_keys=True)


def publish_generation(connection: Connection, state: State, notes: Notes) -> bool:
    """Publish the staged generation with this state: from now on readers see it.

    Returns whether there is such a generation; if not, nothing is changed.
    """
    settings = settings_json(state.encoder, state.splitting)
    counts = state.articles, state.passages
    tuning = tuning_json(state.tuning)
    facts = state.published, *settings, *counts, state.calibration, tuning
    checksum = row_checksum([state.generation, *facts])
    with transaction(connection) as run:
        found = run(
            "UPDATE generations"
            " SET (published, articles, passages, calibration, tuning, checksum)"
            " = (?, ?, ?, ?, ?, ?) WHERE (number, encoder, splitting) = (?, ?, ?)",
            (
                *(state.published, *counts, state.calibration, tuning, checksum),
                *(state.generation, *settings),
            ),
        )
        if not found.rowcount:
            return False
        derived = {"vectors": state.vectors, "lexical": state.lexical}
        name_derived(run, **{kind: it for kind, it in derived.items() if it is not None})
        write_notes(run, notes)
    return True


def name_derived(run: Execute, **derived: Derived) -> None:
    """Record the derived files that readers use from now on."""
    for kind, file in derived.items():
        run(
            "INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, *file.as_row()),
        )


def write_notes(run: Execute, notes: Notes) -> None:
    """Write the stamps of sources, and what was skipped of them."""
    for source, (stamp, skipped) in notes.items():
        run(
            "UPDATE sources SET stamp = :stamp WHERE id = :id AND stamp IS NOT :stamp",
            {"id": source, "stamp": stamp},
        )
        replace_skips(run, source, skipped)


def sweep(connection: Connection, generation: int) -> None:
    """Delete what died by a generation; call it when no derived file contains these passages."""
    ended = "(SELECT id FROM articles WHERE died <= ?)"
    with transaction(connection) as run:
        run(
            "DELETE FROM vectors WHERE passage IN"
            f" (SELECT id FROM passages WHERE article IN {ended})",
            (generation,),
        )
        run(f"DELETE FROM passages WHERE article IN {ended}", (generation,))
        run(f"DELETE FROM texts WHERE article IN {ended}", (generation,))
        run("DELETE FROM articles WHERE died <= ?", (generation,))
        run("DELETE FROM skipped WHERE source IN (SELECT id FROM sources WHERE forgotten)")
        run("DELETE FROM sources WHERE forgotten AND id NOT IN (SELECT source FROM articles)")
