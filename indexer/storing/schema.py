"""The index folder, format 3: its files, its tables, and the rules that keep it consistent.

::

    DIR/
      locus.db                     SQLite in WAL mode: all data of the index
      vectors-<generation>.faiss   derived: the vectors up to that generation, for FAISS
      lexical/<generation>/        derived: tantivy over the passages of that generation
      writer.lock                  locked, with flock, by the one process that writes
      serve.sock                   exists while `locus serve` runs; `locus search` connects to it

**Generations.** A reader sees one generation: a number. An article's row records the generation in
which it was ``born`` and the one in which it ``died``; it is visible in generation g if
``born <= g`` and it has not died by g. A writer stages the next generation next to the current one,
in any number of transactions: staged rows are born in, or die in, a generation that is not
published, so no reader sees them. One small transaction then publishes it: it sets the date in
``generations`` and the names of the derived files. A changed article is a new row; rows are never
updated in place, and are deleted ("swept") only when no derived file needs them.

**Recovery.** After a crash the last published generation is unchanged, and there may be staged rows
above it. The next writer reverts the staged deaths, keeps staged articles that are complete and
still match the source, and reuses the vectors of the others.

**Sources** are remembered with their selection: the patterns to ``exclude``, in .gitignore syntax,
one per line, whether ``hidden`` files are included, and the names of tables' ``text_columns``, one
per line. A source's ``stamp`` is a hash of its files
(names, sizes, times, inodes) when the published generation was built; while it is the same, its
files are not compared. A ``forgotten`` source is deleted when its articles are swept.

**Articles.** The text is in a table of its own: SQLite would read all of its pages to get at a
column behind it, for every hit. ``passages`` counts those of the article. ``size`` and ``mtime_ns``
show whether it has changed: those of its file, or of its line in a ``.jsonl`` file the length and a
hash (0 before they were stored). ``metadata`` is JSON, and ``texts.structure`` has the article's
blocks and locations, both NULL if the file has none (see ``structure``). ``container`` is the name
of the file if it contains several articles; each of them has the size and time of that file. The
time is 0 until the file was read to its end.

**Skipped** files are those that the last run over their source could not read, with the reason. If
a reader failed, the file's size and time and the version of the readers are noted too: until one of
them changes, it is not tried again. A ``partial`` one is an article: parts of its file could not be
read.

**Passages.** ``text`` repeats ``texts.text[start:end]``, so that a hit needs one small read.
``sentences`` packs each sentence's start and end, little-endian uint32, relative to the passage.
``key`` is the SHA-256, truncated to 16 bytes, of the encoder's key, the embedded text and the spans
of its sentences: equal keys have equal vectors, so a passage that reappears in any article is not
embedded again. ``words`` are those of the title and of each sentence, hashed (see ``evidence``).
``place`` says where it is in words of the article's format, if offsets are not enough.

**Vectors** are float16, little-endian, unit length before rounding, one row per passage; ``parts``
are those of its sentences (see ``evidence``), if the encoder computes vectors of parts.

**Checksums** (CRC-32, see ``checksums``) protect what readers use, because SQLite has none: a
generation's facts, a passage with what a hit shows of its article, a vector. An article's text has
its SHA-256. A row without a checksum was written in format 1 and is not checked.

**Derived files** are write-once, have their generation in their name, and are listed in ``derived``
with the ``digest`` of their content (see ``digests``). ``through`` is the highest passage id when
they were made: live passages above it are the delta, searched exactly. ``depth`` says in JSON how
much of its vectors a search reads (see ``SearchDepth``).

Nothing in them is used before it was compared. A library that follows what it reads, such as a
length or a link, could crash on a flipped bit: so all that FAISS and tantivy parse is compared when
it is opened. Of the vector file these are the ids, the clusters and their codes, and the hashes of
the vectors, together a tenth of it; of the lexical folder it is all. The vectors are only numbers,
which cannot crash but could mislead: each block of 32 is compared when a question first reads it
(see ``blocks``). The files are mapped into memory: processes share the pages. Because a file is
never changed after it was written, a page is what was compared, as long as the disk returns what it
returned then.

**What grows with the index.** Opening it reads a tenth of the vector file (70 bytes a passage) and
hashes the lexical folder. A new generation reads the vectors of the delta and the ids of the dead,
at most a tenth of the passages each. A filter is looked up once a generation. A check of earlier
hits, if a text is not in its article any more, reads a small row of every article (see
``same_text``). A run that writes hashes all derived files, in a thread beside its other work.

**In memory**, a searcher keeps at most 4,096 of the passages that its questions read and checked
(about 16 MB), until a newer generation is published.

**Formats.** An index of an older format is searched as it is and upgraded by the next run that
writes. Format 1 had no checksums, no selection of a source, and no words and parts of passages:
those passages are ranked without re-scoring until ``--rebuild``. It had no ``calibration`` (see the
module of that name), so its answers have no confidence. Formats 1 and 2 knew words between spaces
only: their analysis is version 1 (see ``Splitting``), until the next run that can read all sources.
They had no ``tuning``, ``metadata``, ``structure``, ``container``, ``place`` and ``skipped``, and
their derived files have SHA-256 hashes.
"""

from pathlib import Path

FORMAT = 3
OLDEST_FORMAT = 1
DEFAULT_INDEX = Path(".locus")
DATABASE = "locus.db"
LOCK = "writer.lock"
MANIFEST = "shards.json"
"""Instead of a database, an index of several shards has a manifest (see ``shards.manifest``)."""
APPLICATION = 0x4C4F4355  # "LOCU" in the file's header: see file(1) and PRAGMA application_id

_TEXTS = """\
CREATE TABLE texts (
    article    INTEGER PRIMARY KEY REFERENCES articles (id),
    text       TEXT NOT NULL,
    structure  BLOB
) STRICT;
"""
_SKIPPED = """\
CREATE TABLE skipped (
    source     INTEGER NOT NULL REFERENCES sources (id),
    name       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    container  TEXT,
    size       INTEGER,
    mtime_ns   INTEGER,
    version    INTEGER,
    partial    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX skipped_by_source ON skipped (source);
"""

TABLES = f"""
CREATE TABLE generations (
    number       INTEGER PRIMARY KEY,
    published    TEXT,
    encoder      TEXT NOT NULL,
    splitting    TEXT NOT NULL,
    articles     INTEGER NOT NULL DEFAULT 0,
    passages     INTEGER NOT NULL DEFAULT 0,
    calibration  TEXT,
    tuning       TEXT,
    checksum     INTEGER
) STRICT;
CREATE TABLE sources (
    id         INTEGER PRIMARY KEY,
    path       TEXT NOT NULL UNIQUE,
    exclude    TEXT NOT NULL DEFAULT '',
    hidden     INTEGER NOT NULL DEFAULT 0,
    stamp      TEXT,
    forgotten  INTEGER NOT NULL DEFAULT 0,
    text_columns TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE articles (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    source    INTEGER NOT NULL REFERENCES sources (id),
    name      TEXT NOT NULL,
    title     TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    mtime_ns  INTEGER NOT NULL,
    passages  INTEGER NOT NULL DEFAULT 0,
    complete  INTEGER NOT NULL,
    born      INTEGER NOT NULL,
    died      INTEGER,
    container TEXT,
    metadata  TEXT
) STRICT;
{_TEXTS}{_SKIPPED}CREATE INDEX articles_by_name ON articles (source, name);
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
    place      TEXT,
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
    digest      TEXT NOT NULL,
    generation  INTEGER NOT NULL,
    through     INTEGER NOT NULL,
    passages    INTEGER NOT NULL,
    depth       TEXT
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
    2: f"""
ALTER TABLE generations ADD COLUMN tuning TEXT;
ALTER TABLE sources ADD COLUMN text_columns TEXT NOT NULL DEFAULT '';
{_TEXTS}INSERT INTO texts SELECT id, text, NULL FROM articles;
ALTER TABLE articles DROP COLUMN text;
ALTER TABLE articles ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
UPDATE articles SET passages = (SELECT count(*) FROM passages WHERE article = articles.id);
ALTER TABLE articles ADD COLUMN container TEXT;
ALTER TABLE articles ADD COLUMN metadata TEXT;
ALTER TABLE passages ADD COLUMN place TEXT;
{_SKIPPED}ALTER TABLE derived RENAME COLUMN sha256 TO digest;
ALTER TABLE derived ADD COLUMN depth TEXT;
""",
}
"""By format: the statements that upgrade it to the next format."""

_TEXTS_AND_COUNTS = """
CREATE TEMP VIEW articles AS SELECT *, NULL AS container, NULL AS metadata,
    (SELECT count(*) FROM main.passages WHERE article = articles.id) AS passages
    FROM main.articles;
CREATE TEMP VIEW texts AS SELECT id AS article, text, NULL AS structure FROM main.articles;
CREATE TEMP VIEW skipped AS SELECT id AS source, NULL AS name, NULL AS reason, NULL AS container,
    NULL AS size, NULL AS mtime_ns, NULL AS version, 0 AS partial FROM main.sources WHERE FALSE;
CREATE TEMP VIEW derived AS
    SELECT kind, name, sha256 AS digest, generation, through, passages, NULL AS depth
    FROM main.derived;
"""

SEEN_AS_NEWEST = {
    1: f"""{_TEXTS_AND_COUNTS}
CREATE TEMP VIEW generations AS
    SELECT *, NULL AS calibration, NULL AS tuning, NULL AS checksum FROM main.generations;
CREATE TEMP VIEW sources AS
    SELECT *, '' AS exclude, 0 AS hidden, NULL AS stamp, 0 AS forgotten, '' AS text_columns
    FROM main.sources;
CREATE TEMP VIEW passages AS
    SELECT *, NULL AS words, NULL AS place, NULL AS checksum FROM main.passages;
CREATE TEMP VIEW vectors AS SELECT *, NULL AS parts, NULL AS checksum FROM main.vectors
""",
    2: f"""{_TEXTS_AND_COUNTS}
CREATE TEMP VIEW generations AS SELECT *, NULL AS tuning FROM main.generations;
CREATE TEMP VIEW sources AS SELECT *, '' AS text_columns FROM main.sources;
CREATE TEMP VIEW passages AS SELECT *, NULL AS place FROM main.passages;
""",
}
"""By older format: temporary views that hide its tables under the same names.

They have the columns of this format, so a reader's statements work for every format.
"""

VISIBLE = (
    "(articles.born <= :generation AND (articles.died IS NULL OR articles.died > :generation))"
)
"""The condition for an article to be visible in ``:generation``."""


def vectors_name(generation: int | str) -> str:
    """The name of a generation's FAISS file in the index folder; a glob for ``*``."""
    return f"vectors-{generation}.faiss"


def lexical_name(generation: int | str) -> str:
    """The name of a generation's tantivy folder in the index folder; a glob for ``*``."""
    return f"lexical/{generation}"


def layout_name(layout: int | str) -> str:
    """The name of the folder of all shards of a layout in the index folder; a glob for ``*``."""
    return f"shards-{layout}"


def is_index(folder: Path) -> bool:
    """Whether there is an index, finished or not, in ``folder``."""
    return (folder / DATABASE).is_file() or is_sharded(folder)


def is_sharded(folder: Path) -> bool:
    """Whether there is an index of several shards, finished or not, in ``folder``."""
    return (folder / MANIFEST).is_file()


def identity(folder: Path) -> str | None:
    """An identifier of the index in ``folder``; None if there is none.

    It shows whether the database file was replaced while the old one is open. A manifest is
    replaced by each update, so an index of several shards is known by its lock.
    """
    try:
        facts = (folder / (LOCK if is_sharded(folder) else DATABASE)).stat()
    except OSError:
        return None
    return f"{facts.st_dev}:{facts.st_ino}"
