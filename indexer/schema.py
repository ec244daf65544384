"""The index folder, format 1: what stands where, and what makes it true.

::

    DIR/
      locus.db                     SQLite in WAL mode: the truth, all of it
      vectors-<generation>.faiss   derived: FAISS over the passages up to that generation
      lexical/<generation>/        derived: tantivy over the passages of that generation
      writer.lock                  held, by flock, by the one process that writes

**Generations.** What a reader sees is one generation: a number. An article's row says in which
generation it was ``born`` and in which it ``died``; it is visible in generation g if
``born <= g`` and it has not died by g. A writer stages the next generation beside the current one,
in as many transactions as it likes: staged rows are born in, or die in, a generation that is not
published, so no reader sees them. One small transaction then publishes: it dates the row in
``generations`` and names the derived files. A changed article is a new row; rows are never
updated in place, and are swept only once no derived file needs them.

**Recovery.** A crash leaves the last published generation as it was, and perhaps staged rows
above it. The next writer takes back the staged deaths, keeps staged articles that are complete
and still what the source says, and reuses the vectors of the rest.

**Passages.** ``text`` repeats ``articles.text[start:end]`` so that a hit is one small read.
``sentences`` packs each sentence's start and end, little-endian uint32, relative to the passage.
``key`` is the SHA-256, cut to 16 bytes, of the encoder's key and the text that was embedded:
equal keys have equal vectors, so a passage met again in any article is not embedded again.

**Vectors** are float16, little-endian, unit length before rounding, a row per passage.

**Derived files** are write-once, carry their generation in their name, and are named in
``derived`` with the SHA-256 of each file in them; whoever opens one compares first. ``through`` is
the highest passage id they hold: live passages above it are the delta, searched exactly.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from indexer.errors import DamagedIndex, IndexFolderError, NotAnIndex, VersionMismatch

FORMAT = 1
DEFAULT_INDEX = Path(".locus")
DATABASE = "locus.db"
LOCK = "writer.lock"
_APPLICATION = 0x4C4F4355  # "LOCU", in the file's header: see file(1) and PRAGMA application_id

_ADVICE = {
    "SQLITE_FULL": ": free some space and run the command again; what was committed stands",
    "SQLITE_READONLY": ": the folder cannot be written",
    "SQLITE_BUSY": ": another program holds the database",
    "SQLITE_IOERR_WRITE": ": the disk refused the write; what was committed stands",
}

_TABLES = """
CREATE TABLE generations (
    number     INTEGER PRIMARY KEY,
    published  TEXT,
    encoder    TEXT NOT NULL,
    splitting  TEXT NOT NULL,
    articles   INTEGER NOT NULL DEFAULT 0,
    passages   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sources (
    id    INTEGER PRIMARY KEY,
    path  TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE articles (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    source    INTEGER NOT NULL REFERENCES sources (id),
    name      TEXT NOT NULL,
    title     TEXT NOT NULL,
    text      TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    mtime_ns  INTEGER NOT NULL,
    complete  INTEGER NOT NULL,
    born      INTEGER NOT NULL,
    died      INTEGER
) STRICT;
CREATE INDEX articles_by_name ON articles (source, name);
CREATE INDEX articles_dead ON articles (died) WHERE died IS NOT NULL;
CREATE INDEX articles_by_birth ON articles (born);
CREATE TABLE passages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    article    INTEGER NOT NULL REFERENCES articles (id),
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    text       TEXT NOT NULL,
    sentences  BLOB NOT NULL,
    key        BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_key ON passages (key);
CREATE TABLE vectors (
    passage  INTEGER PRIMARY KEY REFERENCES passages (id),
    vector   BLOB NOT NULL
) STRICT;
CREATE TABLE derived (
    kind        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    generation  INTEGER NOT NULL,
    through     INTEGER NOT NULL,
    passages    INTEGER NOT NULL
) STRICT;
"""

VISIBLE = (
    "(articles.born <= :generation AND (articles.died IS NULL OR articles.died > :generation))"
)
"""The condition, on ``articles``, of being seen in ``:generation``."""


def vectors_name(generation: int | str) -> str:
    """The name of a generation's FAISS file, in the index folder; of any, for ``*``."""
    return f"vectors-{generation}.faiss"


def lexical_name(generation: int | str) -> str:
    """The name of a generation's tantivy folder, in the index folder; of any, for ``*``."""
    return f"lexical/{generation}"


@contextmanager
def database_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into errors of this project, naming the folder."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexFolderError(
            f"{folder / DATABASE}: {error}{_ADVICE.get(error.sqlite_errorname, '')}"
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedIndex(
            f"{folder / DATABASE} is damaged ({error}): restore it from a backup, or delete "
            f"{folder} and index the sources again"
        ) from error


def is_index(folder: Path) -> bool:
    """Whether there is an index, finished or begun, in ``folder``."""
    return (folder / DATABASE).is_file()


def create_folder(folder: Path) -> None:
    """Make the folder of an index; raises IndexFolderError if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotAnIndex(f"{folder} is a file, and an index is a folder") from None
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be made: {error.strerror}") from None


def create(folder: Path) -> None:
    """Make an empty index in ``folder``; a database that is there is left as it is."""
    with database_errors(folder), closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")


def check(connection: sqlite3.Connection, folder: Path) -> None:
    """Raise NotAnIndex or VersionMismatch unless this Locus reads the index in ``folder``."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != _APPLICATION:
        raise NotAnIndex(f"{folder / DATABASE} is a database, but not one that Locus made")
    if version != FORMAT:
        advice = "upgrade Locus" if version > FORMAT else "index the sources again with --rebuild"
        raise VersionMismatch(
            f"{folder} is an index of format {version}; this Locus reads format {FORMAT}: {advice}"
        )
