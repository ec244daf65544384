"""The sources that an index remembers: the table ``sources``.

A source is remembered with its selection, and with its stamp: what it looked like when the
generation that readers see was taken from it.
"""

from dataclasses import dataclass
from pathlib import Path

from indexer.storing import schema
from indexer.storing.database import Connection, transaction
from indexer.storing.under import Rows
from indexer.types import Selection


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """A source of an index. ``stamp`` is that of the generation that readers see, if it has one."""

    number: int
    path: Path
    selection: Selection
    stamp: str | None


def remembered_sources(connection: Connection) -> dict[Path, RememberedSource]:
    """The sources of an index by their paths, in the order of these."""
    rows = connection.execute(
        "SELECT id, path, exclude, hidden, stamp FROM sources WHERE NOT forgotten ORDER BY path"
    )
    return {
        Path(path): RememberedSource(
            number, Path(path), Selection(_patterns(exclude), bool(hidden)), stamp
        )
        for number, path, exclude, hidden, stamp in rows
    }


def counted_sources(rows: Rows) -> list[tuple[str, int]]:
    """Each remembered source's path, and how many articles of it a generation has."""
    return rows(
        "SELECT path, count(articles.id) FROM sources LEFT JOIN articles"
        f" ON source = sources.id AND {schema.VISIBLE} WHERE NOT forgotten"
        " GROUP BY sources.id ORDER BY path"
    ).fetchall()


def _patterns(exclude: str) -> tuple[str, ...]:
    r"""The patterns of a selection, as ``remember`` joins them: each ends at ``\n`` alone."""
    return tuple(exclude.split("\n")) if exclude else ()


def remember(connection: Connection, path: Path, selection: Selection) -> RememberedSource:
    """Remember a source with this selection from now on."""
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
    """Forget a source; its articles end with the next generation."""
    with transaction(connection) as run:
        run("UPDATE sources SET forgotten = TRUE, stamp = NULL WHERE path = ?", (str(path),))
