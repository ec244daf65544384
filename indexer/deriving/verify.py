"""Check that an index contains exactly what was written to it.

Every row that readers can see is compared with its checksum, every passage with its article's text,
every derived file with its hash and then with the rows it was built from. Derived files can be
rebuilt from the database; a damaged database can only be rebuilt from the sources.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.deriving.analysis import Analyzer
from indexer.deriving.checking import Intact, intact
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.publishing import rebuild_damaged
from indexer.deriving.subset import positions
from indexer.deriving.vectors import VectorIndex
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex
from indexer.storing import examining, schema
from indexer.storing.database import open_for_writing
from indexer.storing.digests import matches
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State, read_state
from indexer.storing.store import Store
from indexer.types import Article

if TYPE_CHECKING:
    from indexer.arrays import Ids


_OTHER_PASSAGES = "does not match the database (different passages)"
_OTHER_VECTORS = "does not match the database (different vectors)"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and whether ``repair`` can rebuild it."""

    file: str
    problem: str
    repairable: bool


@dataclass(slots=True)
class Report:
    """What was checked, what is wrong, and which files were rebuilt."""

    generation: int = 0
    articles: int = 0
    passages: int = 0
    problems: list[Problem] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no problem was found."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The object that ``locus verify --json`` prints."""
        return {"ok": self.ok, **asdict(self)}


def verify(folder: Path) -> Report:
    """Check everything in an index; raises IndexFolderError if it cannot be opened."""
    while True:
        report = Report()
        try:
            with Store(folder) as store:
                with store.snapshot() as (state, snapshot):
                    examine(folder, state, snapshot, report)
                with store.snapshot() as (now, _):
                    if report.ok or now == state:
                        return report  # else a new generation replaced files in the meantime
        except DamagedIndex as error:
            report.problems.append(Problem(schema.DATABASE, error.reason, repairable=False))
            return report


def repair(folder: Path) -> Report:
    """Rebuild derived files that are missing, damaged or wrong; does not run the model.

    If the database itself is damaged, nothing is rebuilt. Raises IndexFolderError if the index
    cannot be opened or written.
    """
    found = verify(folder)
    if found.ok or not all(it.repairable for it in found.problems):
        return found
    with open_for_writing(folder) as connection:
        state = read_state(connection, folder)
        if state is None:
            return found
        snapshot = Snapshot(connection, folder, state.generation, state.encoder.dimension)
        wrong = {it.file for it in found.problems}
        kept = [it if it and it.name not in wrong else None for it in intact(folder, state)]
        made = rebuild_damaged(folder, connection, state, snapshot, Intact(*kept))
    report = verify(folder)
    report.repaired = made
    return report


def examine(folder: Path, state: State, snapshot: Snapshot, report: Report) -> None:
    """Check everything in one generation, and add what is wrong to ``report``."""
    report.generation = state.generation
    report.articles, report.passages = state.articles, state.passages
    in_database = [
        *examining.flaws(snapshot),
        *_wrong_articles(state, snapshot),
        *(
            f"the structure of article {name!r} is damaged"
            for name in examining.wrong_structures(snapshot)
        ),
        *(
            f"the vector of passage {number} of article {name!r} is damaged"
            for number, name in examining.wrong_vectors(snapshot)
        ),
    ]
    report.problems += [Problem(schema.DATABASE, it, repairable=False) for it in in_database]
    if in_database:
        return  # the derived files cannot be compared with a damaged database
    for file, problem in (
        _wrong_base(folder, state, snapshot),
        _wrong_words(folder, state, snapshot),
    ):
        if problem:
            report.problems.append(Problem(file, problem, repairable=True))


def _wrong_articles(state: State, snapshot: Snapshot) -> Iterator[str]:
    articles = passages = 0
    for name, text, sha256, ids in examining.articles(snapshot):
        articles += 1
        passages += len(ids)
        if Article(name, "", text).sha256 != sha256:
            yield f"article {name!r}: its text is damaged (checksum mismatch)"
        try:
            found = snapshot.passages(ids).values()
        except DamagedIndex as error:
            yield error.reason
            continue
        if not ids or len(found) != len(ids):
            yield f"article {name!r}: some passages are missing"
        if any(text[it.start : it.end] != it.text for it in found):
            yield f"article {name!r}: a passage does not match the article's text"
    if (articles, passages) != (state.articles, state.passages):
        yield (
            f"expected {state.articles:,} articles and {state.passages:,} passages,"
            f" found {articles:,} and {passages:,}"
        )


def _wrong_base(folder: Path, state: State, snapshot: Snapshot) -> tuple[str, str | None]:
    if state.vectors is None:
        return schema.vectors_name(state.generation), "the vector file is missing"
    name, through = state.vectors.name, state.vectors.through
    try:
        if not matches(folder / name, state.vectors.digest):
            return name, CHECKSUM_MISMATCH
        base = VectorIndex.load(folder / name, state.vectors.digest)
    except OSError as error:
        return name, f"cannot read it: {error.strerror}"
    except DamagedIndex as error:
        return name, error.reason
    return name, _difference(base, through, snapshot)


def _difference(base: VectorIndex, through: int, snapshot: Snapshot) -> str | None:
    """How a vector file differs from the database, if it does."""
    living = base.subset(None, snapshot.dead(through))
    left = len(base) if living is None else living.size
    for ids, vectors in snapshot.vectors():
        held = ids <= through
        if len(positions(base.ids, ids[held])) != np.count_nonzero(held):
            return _OTHER_PASSAGES
        if not np.array_equal(base.vectors(ids[held]), vectors[held]):
            return _OTHER_VECTORS
        left -= int(np.count_nonzero(held))
    return _OTHER_PASSAGES if left else None


def _wrong_words(folder: Path, state: State, snapshot: Snapshot) -> tuple[str, str | None]:
    if state.lexical is None:
        return schema.lexical_name(state.generation), "the keyword index is missing"
    name = state.lexical.name
    try:
        words = LexicalIndex.load(folder / name, state.lexical.digest, Analyzer.of(state.splitting))
    except DamagedIndex as error:
        return name, error.reason
    wanted: Ids = np.fromiter((number for number, _ in snapshot.documents()), np.int64)
    same = np.array_equal(words.ids(), wanted)
    return name, None if same else _OTHER_PASSAGES
