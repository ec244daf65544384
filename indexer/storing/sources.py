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
        "SELECT id, path, stamp, exclude, hidden, text_columns FROM sources"
        " WHERE NOT forgotten ORDER BY path"
    )
    return {
        Path(path): RememberedSource(number, Path(path), _selection(*row), stamp)
        for number, path, stamp, *row in rows
    }


def selections(rows: Rows) -> dict[str, Selection]:
    """The selection of each remembered source, by the source's path."""
    found = rows("SELECT path, exclude, hidden, text_columns FROM sources WHERE NOT forgotten")
    return {path: _selection(*row) for path, *row in found}


def counted_sources(rows: Rows) -> list[tuple[str, int]]:
    """The path of each remembered source, and how many articles of it a generation has."""
    return rows(
        "SELECT path, count(articles.id) FROM sources LEFT JOIN articles"
        f" ON source = sources.id AND {schema.VISIBLE} WHERE NOT forgotten"
        " GROUP BY sources.id ORDER BY path"
    ).fetchall()


def _selection(exclude: str, hidden: int, text_columns: str) -> Selection:
    """The selection of a row."""
    return Selection(_lines(exclude), bool(hidden), _lines(text_columns))


def _lines(joined: str) -> tuple[str, ...]:
    r"""What ``remember`` joined with ``\n``."""
    return tuple(joined.split("\n")) if joined else ()


def remember(connection: Connection, path: Path, selection: Selection) -> RememberedSource:
    """Add a source with this selection, or change the selection of a remembered one.

    With other text columns its tables are read again, and so are its other containers.
    """
    exclude, columns = "\n".join(selection.exclude), "\n".join(selection.text_columns)
    facts = {"path": str(path), "exclude": exclude, "hidden": selection.hidden, "columns": columns}
    with transaction(connection) as run:
        other = "(SELECT id FROM sources WHERE path = :path AND text_columns != :columns)"
        run(
            "UPDATE articles SET mtime_ns = 0 WHERE container IS NOT NULL AND died IS NULL"
            f" AND source IN {other}",
            facts,
        )
        run(f"UPDATE skipped SET mtime_ns = NULL WHERE source IN {other}", facts)
        run(
            "UPDATE sources SET stamp = NULL WHERE path = :path AND text_columns != :columns", facts
        )
        run(
            "INSERT INTO sources (path, exclude, hidden, text_columns)"
            " VALUES (:path, :exclude, :hidden, :columns)"
            " ON CONFLICT (path) DO UPDATE SET (exclude, hidden, text_columns, forgotten)"
            " = (excluded.exclude, excluded.hidden, excluded.text_columns, FALSE)",
            facts,
        )
    return remembered_sources(connection)[path]


def forget(connection: Connection, path: Path) -> None:
    """Mark a source as forgotten; its articles die in the next generation."""
    with transaction(connection) as run:
        run("UPDATE sources SET forgotten = TRUE, stamp = NULL WHERE path = ?", (str(path),))
