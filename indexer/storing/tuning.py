"""Change how the published generation is searched, without a new generation."""

import json
from dataclasses import asdict
from pathlib import Path

from indexer.storing.database import open_for_writing, transaction
from indexer.storing.folder import not_an_index, not_finished
from indexer.storing.lock import writer_lock
from indexer.storing.published import newest_generation, row_checksum
from indexer.storing.schema import is_index, is_sharded
from indexer.storing.shards.manifest import Manifest
from indexer.types import UNTUNED, Tuning


def tuning_json(tuning: Tuning) -> str | None:
    """A tuning as the database has it: None for an index that is not tuned."""
    return None if tuning == UNTUNED else json.dumps(asdict(tuning))


def retune(folder: Path, tuning: Tuning) -> None:
    """Search an index with ``tuning`` from now on; ``UNTUNED`` undoes an earlier one.

    This is one small transaction: the articles and passages stay as they are. Processes that have
    the index open use it from the next question on. Raises NotAnIndex or another IndexFolderError,
    such as IndexBusy while another process writes.

    >>> retune(Path(".locus"), Tuning(meaning=2.0))
    """
    if not is_index(folder):
        raise not_an_index(folder)
    if is_sharded(folder):
        with writer_lock(folder):
            manifest = Manifest.read(folder)
            if manifest.state is None:
                raise not_finished(folder)
            manifest.tuned(tuning).write(folder)
        return
    with open_for_writing(folder) as connection, transaction(connection) as run:
        row = newest_generation(connection, folder)
        if row is None:
            raise not_finished(folder)
        number, *_ = facts = [*row[:-1], tuning_json(tuning)]
        run(
            "UPDATE generations SET (tuning, checksum) = (?, ?) WHERE number = ?",
            (facts[-1], row_checksum(facts), number),
        )
