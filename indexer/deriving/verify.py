"""Whether an index holds what was written to it, all of it and nothing else.

Every row that a reader can see is compared with its checksum, every passage with its article's
text, every derived file with its hash and then with the rows it was made from. What is derived can
be made anew from the database; what is wrong with the database itself only the sources can mend.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.deriving.checking import Sound, sound
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.publishing import mend
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex
from indexer.storing import examining, schema
from indexer.storing.database import open_for_writing
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State, read_state
from indexer.storing.store import Store
from indexer.types import Article

if TYPE_CHECKING:
    from indexer.arrays import Ids


_OTHER_PASSAGES = "it holds other passages than the database"
_OTHER_VECTORS = "it holds other vectors than the database"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which file, as a sentence; and whether ``repair`` can mend it."""

    file: str
    problem: str
    repairable: bool


@dataclass(slots=True)
class Report:
    """What was looked at, what is wrong with it, and which files were made anew."""

    generation: int = 0
    articles: int = 0
    passages: int = 0
    problems: list[Problem] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The contract's object."""
        return {"ok": self.ok, **asdict(self)}


def verify(folder: Path) -> Report:
    """Look at everything in an index; raises IndexFolderError if it cannot be opened."""
    while True:
        report = Report()
        try:
            with Store(folder) as store:
                with store.snapshot() as (state, snapshot):
                    _examine(folder, state, snapshot, report)
                with store.snapshot() as (now, _):
                    if report.ok or now == state:
                        return report  # else a new generation has replaced files meanwhile
        except DamagedIndex as error:
            report.problems.append(Problem(schema.DATABASE, error.reason, repairable=False))
            return report


def repair(folder: Path) -> Report:
    """Make derived files anew where they are lost, damaged or wrong; no model is run.

    Nothing is made from a database that is itself damaged. Raises IndexFolderError if the index
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
        kept = [it if it and it.name not in wrong else None for it in sound(folder, state)]
        made = mend(folder, connection, state, snapshot, Sound(*kept))
    report = verify(folder)
    report.repaired = made
    return report


def _examine(folder: Path, state: State, snapshot: Snapshot, report: Report) -> None:
    report.generation = state.generation
    report.articles, report.passages = state.articles, state.passages
    in_database = [
        *examining.flaws(snapshot),
        *_wrong_articles(state, snapshot),
        *(
            f"the vector of passage {number} of article {name!r} is not what was written"
            for number, name in examining.wrong_vectors(snapshot)
        ),
    ]
    report.problems += [Problem(schema.DATABASE, it, repairable=False) for it in in_database]
    if in_database:
        return  # what the derived files should hold is not known
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
            yield f"the text of article {name!r} is not what was written"
        try:
            found = snapshot.passages(ids).values()
        except DamagedIndex as error:
            yield error.reason
            continue
        if not ids or len(found) != len(ids):
            yield f"passages of article {name!r} are missing"
        if any(text[it.start : it.end] != it.text for it in found):
            yield f"article {name!r} does not contain the text of one of its passages"
    if (articles, passages) != (state.articles, state.passages):
        yield (
            f"{state.articles} articles and {state.passages} passages were published,"
            f" but the index holds {articles} articles and {passages} passages"
        )


def _wrong_base(folder: Path, state: State, snapshot: Snapshot) -> tuple[str, str | None]:
    if state.vectors is None:
        return schema.vectors_name(state.generation), "the FAISS file is missing"
    name, through = state.vectors.name, state.vectors.through
    try:
        base = VectorIndex.load(folder / name, state.vectors.sha256)
    except DamagedIndex as error:
        return name, error.reason
    alive = np.setdiff1d(base.ids, snapshot.dead(through), assume_unique=True)
    seen = np.empty(0, np.int64)
    for ids, vectors in snapshot.vectors():
        held = ids <= through
        seen = np.concatenate([seen, ids[held]])
        if not np.isin(ids[held], base.ids).all():
            break
        if not np.array_equal(base.vectors(ids[held]), vectors[held]):
            return name, _OTHER_VECTORS
    return name, None if np.array_equal(seen, alive) else _OTHER_PASSAGES


def _wrong_words(folder: Path, state: State, snapshot: Snapshot) -> tuple[str, str | None]:
    if state.lexical is None:
        return schema.lexical_name(state.generation), "the lexical index is missing"
    name = state.lexical.name
    try:
        words = LexicalIndex.load(folder / name, state.lexical.sha256, state.splitting.language)
    except DamagedIndex as error:
        return name, error.reason
    wanted: Ids = np.fromiter((number for number, _ in snapshot.documents()), np.int64)
    same = np.array_equal(words.ids(), wanted)
    return name, None if same else _OTHER_PASSAGES
