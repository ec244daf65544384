"""The sources that an index remembers: the table ``sources``.

A source is remembered with its selection and its stamp: what its files looked like when the
published generation was built from them.
"""

from dataclasses import dataclass
from pathlib import Path

from indexer.storing import schema
from indexer.storing.database import Connection, transaction
from indexer.storing.under import Rows
from indexer.types import Selection


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """A source of an index; ``stamp`` belongs to the published generation, None if unknown."""

    number: int
    path: Path
    selection: Selection
    stamp: str | None


def remembered_sources(connection: Connection) -> dict[Path, RememberedSource]:
    """The sources of an index by path, sorted."""
    rows = connection.execute(
        "SELECT id, path, exclude, hidden, stamp FROM sources WHERE NOT forgotten ORDER BY path"
    )
    return {
        Path(path): RememberedSource(
            number, Path(path), Selection(patterns(exclude), bool(hidden)), stamp
        )
        for number, path, exclude, hidden, stamp in rows
    }


def counted_sources(rows: Rows) -> list[tuple[str, int]]:
    """The path of each remembered source, and how many articles of it a generation has."""
    return rows(
        "SELECT path, count(articles.id) FROM sources LEFT JOIN articles"
        f" ON source = sources.id AND {schema.VISIBLE} WHERE NOT forgotten"
        " GROUP BY sources.id ORDER BY path"
    ).fetchall()


def patterns(exclude: str) -> tuple[str, ...]:
    r"""The patterns of a row, which ``remember`` joined with ``\n``."""
    return tuple(exclude.split("\n")) if exclude else ()


def remember(connection: Connection, path: Path, selection: Selection) -> RememberedSource:
    """Add a source with this selection, or change the selection of a remembered one."""
    facts = str(path), "\n".join(selection.exclude), selection.hidden
    with transaction(connection) as run:
        run(
            "INSERT INTO sources (path, exclude, hidden) VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE"
            " SET (exclude, hidden, forgotten) = (excluded.exclude, excluded.hidden, FALSE)",
            facts,
        )
    return remembered_sources(connection)[path]


def forget(connection: Connection, path: Path) -> None:
    """Mark a source as forgotten; its articles die in the next generation."""
    with transaction(connection) as run:
        run("UPDATE sources SET forgotten = TRUE, stamp = NULL WHERE path = ?", (str(path),))
