"""The files that the last run over each source skipped: the table ``skipped``."""

from collections.abc import Sequence
from typing import NamedTuple

from indexer.storing.database import Connection, Execute
from indexer.storing.under import Rows


class SkippedFile(NamedTuple):
    """A file, or an article in the file ``container``, that was skipped, and the reason.

    With a size and a time it need not be tried again while it has them, by readers of the same
    ``version``. A ``partial`` one was read without some of its parts.
    """

    name: str
    reason: str
    container: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    version: int | None = None
    partial: bool = False


def known_skips(connection: Connection, source: int, version: int) -> list[SkippedFile]:
    """The skipped files of a source that readers of this version need not try again."""
    rows = connection.execute(
        "SELECT name, reason, container, size, mtime_ns, version FROM skipped"
        " WHERE source = ? AND version = ? AND mtime_ns IS NOT NULL AND NOT partial",
        (source, version),
    )
    return [SkippedFile(*row) for row in rows]


def known_partial(connection: Connection, source: int) -> list[SkippedFile]:
    """The files of a source that were read without some of their parts."""
    rows = connection.execute(
        "SELECT name, reason, container, size, mtime_ns, version, partial FROM skipped"
        " WHERE source = ? AND partial",
        (source,),
    )
    return [SkippedFile(*row) for row in rows]


def replace_skips(run: Execute, source: int, skipped: Sequence[SkippedFile]) -> None:
    """Note what a run skipped, instead of what an earlier run did."""
    run("DELETE FROM skipped WHERE source = ?", (source,))
    for it in skipped:
        run("INSERT INTO skipped VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (source, *it))


def listed_skips(rows: Rows, *, partial: bool) -> list[tuple[str, str, str]]:
    """The source, name and reason of each skipped file, or of each partial one, sorted."""
    return rows(
        "SELECT path, name, reason FROM skipped JOIN sources ON sources.id = source"
        " WHERE NOT forgotten AND partial = :partial ORDER BY path, name",
        partial=partial,
    ).fetchall()
