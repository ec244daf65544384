"""The index folder, format 2: what stands where, and what makes it true.

::

    DIR/
      locus.db                     SQLite in WAL mode: the truth, all of it
      vectors-<generation>.faiss   derived: FAISS over the passages up to that generation
      lexical/<generation>/        derived: tantivy over the passages of that generation
      writer.lock                  held, by flock, by the one process that writes
      serve.sock                   while `locus serve` runs: where `locus search` asks it; no data

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

**Sources** are remembered with what of them is wanted: what to ``exclude``, in .gitignore's
patterns, a line each, and whether ``hidden`` files count. A source's ``stamp`` is what its files
looked like (names, sizes, times, inodes) when the generation that readers see was taken from it;
while it looks the same, nothing of it is compared. A source that was ``forgotten`` stays until its
articles are swept.

**Passages.** ``text`` repeats ``articles.text[start:end]`` so that a hit is one small read.
``sentences`` packs each sentence's start and end, little-endian uint32, relative to the passage.
``key`` is the SHA-256, cut to 16 bytes, of the encoder's key, the text that was embedded and where
its sentences are: equal keys have equal vectors, so a passage met again in any article is not
embedded again. ``words`` are those of the title and of each sentence, hashed (see ``evidence``).

**Vectors** are float16, little-endian, unit length before rounding, a row per passage; ``parts``
are its sentences' (see ``evidence``), where the encoder gives parts of a text a vector.

**Checksums** (CRC-32, see ``checksums``) stand beside what readers use, for SQLite has none of its
own: a generation's facts, a passage with what a hit shows of its article, a vector. An article's
text has its SHA-256. A row without a checksum was written in format 1 and is taken as it is.

**Derived files** are write-once, carry their generation in their name, and are named in
``derived`` with the SHA-256 of each file in them; whoever opens one compares first. ``through`` is
the highest passage id they hold: live passages above it are the delta, searched exactly.

**Formats.** An index of an older format is searched as it is, and brought to this one by the next
run that writes. Format 1 had no checksums, sources without a selection, and passages without words
and parts: those are ranked without a second look, until ``--rebuild``. It had no ``calibration``
(see the module of that name), so that no answer from it has a confidence.
"""

from pathlib import Path

FORMAT = 2
OLDEST_FORMAT = 1
DEFAULT_INDEX = Path(".locus")
DATABASE = "locus.db"
LOCK = "writer.lock"
APPLICATION = 0x4C4F4355  # "LOCU", in the file's header: see file(1) and PRAGMA application_id

TABLES = """
CREATE TABLE generations (
    number       INTEGER PRIMARY KEY,
    published    TEXT,
    encoder      TEXT NOT NULL,
    splitting    TEXT NOT NULL,
    articles     INTEGER NOT NULL DEFAULT 0,
    passages     INTEGER NOT NULL DEFAULT 0,
    calibration  TEXT,
    checksum     INTEGER
) STRICT;
CREATE TABLE sources (
    id         INTEGER PRIMARY KEY,
    path       TEXT NOT NULL UNIQUE,
    exclude    TEXT NOT NULL DEFAULT '',
    hidden     INTEGER NOT NULL DEFAULT 0,
    stamp      TEXT,
    forgotten  INTEGER NOT NULL DEFAULT 0
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
    key        BLOB NOT NULL,
    words      BLOB,
    checksum   INTEGER
) STRICT;
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_key ON passages (key);
CREATE TABLE vectors (
    passage   INTEGER PRIMARY KEY REFERENCES passages (id),
    vector    BLOB NOT NULL,
    parts     BLOB,
    checksum  INTEGER
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

UPGRADES = {
    1: """
ALTER TABLE generations ADD COLUMN calibration TEXT;
ALTER TABLE generations ADD COLUMN checksum INTEGER;
ALTER TABLE sources ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN stamp TEXT;
ALTER TABLE sources ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passages ADD COLUMN words BLOB;
ALTER TABLE passages ADD COLUMN checksum INTEGER;
ALTER TABLE vectors ADD COLUMN parts BLOB;
ALTER TABLE vectors ADD COLUMN checksum INTEGER;
""",
}
"""By format: what makes the next format of it."""

SEEN_AS_NEWEST = {
    1: """
CREATE TEMP VIEW generations AS
    SELECT *, NULL AS calibration, NULL AS checksum FROM main.generations;
CREATE TEMP VIEW sources AS
    SELECT *, '' AS exclude, 0 AS hidden, NULL AS stamp, 0 AS forgotten FROM main.sources;
CREATE TEMP VIEW passages AS SELECT *, NULL AS words, NULL AS checksum FROM main.passages;
CREATE TEMP VIEW vectors AS SELECT *, NULL AS parts, NULL AS checksum FROM main.vectors
""",
}
"""By older format: what stands before its tables, under their names, for a reader's connection.

To it they have the columns of this format, and no statement has to know of another.
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


def is_index(folder: Path) -> bool:
    """Whether there is an index, finished or begun, in ``folder``."""
    return (folder / DATABASE).is_file()


def identity(folder: Path) -> str | None:
    """What tells the database in ``folder`` from another of its name, while either is open.

    None if there is none.
    """
    try:
        facts = (folder / DATABASE).stat()
    except OSError:
        return None
    return f"{facts.st_dev}:{facts.st_ino}"
