"""``locus verify``: each kind of damage is named, and only derived files are rebuilt."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.deriving import lexical, vectors
from indexer.deriving.analysis import Analyzer
from indexer.deriving.verify import repair, verify
from indexer.errors import DamagedIndex, NotAnIndex
from indexer.storing.digests import digest_of
from search import open_index
from tests.conftest import Locus
from tests.hashing import HashingEncoder
from tests.histories import ask, contents, run, write

LAST = "WHERE passage = (SELECT max(id) FROM passages)"
QUESTION = "Which birds hunt mice at night?"


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    """An index of three articles, the last newer than the FAISS file."""
    folder = tmp_path / "x.locus"
    bats = (articles / "night/bats.txt").read_text()
    (articles / "night/bats.txt").unlink()
    run(folder, articles)
    write(articles / "night/bats.txt", bats)
    run(folder, articles)
    return folder


def change(index: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(index / "locus.db")
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


def test_a_sound_index_is_sound(index: Path) -> None:
    report = verify(index)
    assert (report.ok, report.articles, report.generation) == (True, 3, 2)
    assert report.passages == len(contents(index))


@pytest.mark.parametrize(
    ("statement", "problem", "answers"),
    [
        (
            "UPDATE texts SET text = text || '.' WHERE article = 2",
            "article 'night/owls.txt': its text is damaged (checksum mismatch)",
            True,
        ),
        ("UPDATE articles SET title = 'Owls!' WHERE id = 2", "checksum mismatch", False),
        ("UPDATE articles SET name = 'x.txt' WHERE id = 2", "checksum mismatch", False),
        ("UPDATE articles SET born = 9 WHERE id = 3", ", found ", False),
        ("UPDATE articles SET died = 1 WHERE id = 1", ", found ", False),
        ("UPDATE passages SET text = 'Owls.' WHERE id = 4", "checksum mismatch", False),
        ("UPDATE passages SET start = start + 1", "checksum mismatch", False),
        (
            f"UPDATE vectors SET vector = zeroblob(128) {LAST}",
            "of article 'night/bats.txt' is damaged",
            False,
        ),
        (f"DELETE FROM vectors {LAST}", "the vector of passage", False),
        (
            "UPDATE generations SET passages = 7 WHERE number = 2",
            "generation 2: checksum mismatch",
            False,
        ),
        ("UPDATE generations SET splitting = '{' WHERE number = 2", "generation 2", False),
        ("UPDATE sources SET path = path || '/x'", "checksum mismatch", False),
        (
            "UPDATE passages SET article = 99 WHERE id = 1",
            "orphaned row in table passages (no matching row in articles)",
            False,
        ),
    ],
)
def test_damage_to_the_database_is_named_and_never_answered_from(
    index: Path, statement: str, problem: str, answers: bool
) -> None:
    right = ask(index, QUESTION)
    change(index, statement)
    report = verify(index)
    assert any(problem in it.problem for it in report.problems), report.problems
    assert not any("locus verify" in it.problem for it in report.problems), "that is what was run"
    assert not any(it.repairable for it in report.problems)
    with open_index(index, encoder=HashingEncoder()) as searcher:
        if answers:
            assert [hit.article for hit in searcher.search(QUESTION, 20).hits] == right
        else:
            with pytest.raises(DamagedIndex, match="is damaged") as raised:
                searcher.search(QUESTION, 20)
            assert f"`locus verify --index {index}`" in str(raised.value)
            assert "delete" not in str(raised.value)
    before = (index / "vectors-1.faiss").read_bytes()
    assert repair(index).repaired == [], "nothing is made from what is damaged"
    assert (index / "vectors-1.faiss").read_bytes() == before


def lose_vectors(index: Path) -> None:
    (index / "vectors-1.faiss").unlink()


def lose_words(index: Path) -> None:
    shutil.rmtree(index / "lexical")


def cut_vectors(index: Path) -> None:
    path = index / "vectors-1.faiss"
    path.write_bytes(path.read_bytes()[:-1])


def other_vectors(index: Path) -> None:
    """A vector file with the right hash and the wrong content."""
    path = index / "vectors-1.faiss"
    digest = (
        sqlite3.connect(index / "locus.db")
        .execute("SELECT digest FROM derived WHERE kind = 'vectors'")
        .fetchone()
    )
    right = vectors.VectorIndex.load(path, *digest)
    wrong = right.vectors(right.ids)[::-1].copy()
    made = vectors.write(path, [(right.ids, wrong)], wrong.shape[1])
    change(index, "UPDATE derived SET digest = ? WHERE kind = 'vectors'", made.digest)


def other_words(index: Path) -> None:
    """A lexical index with the right hash that lacks a passage."""
    lexical.write(index / "lexical/2", [(1, "Some words.")], Analyzer("english"))
    digest = digest_of(index / "lexical/2")
    change(index, "UPDATE derived SET digest = ? WHERE kind = 'lexical'", digest)


@pytest.mark.parametrize(
    "damage", [lose_vectors, lose_words, cut_vectors, other_vectors, other_words]
)
def test_what_is_derived_is_made_anew_without_a_model(
    index: Path, damage: Callable[[Path], None]
) -> None:
    right, stands = ask(index, QUESTION), contents(index)
    damage(index)
    report = verify(index)
    assert len(report.problems) == 1
    assert report.problems[0].repairable
    report = repair(index)
    assert (report.ok, len(report.repaired)) == (True, 1)
    assert verify(index).ok
    assert ask(index, QUESTION) == right
    assert contents(index) == stands


def test_a_searcher_takes_up_what_was_repaired(index: Path) -> None:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        right = searcher.search(QUESTION).hits
        lose_vectors(index)
        with open_index(index, encoder=HashingEncoder()) as other:
            answer = other.search(QUESTION)
            assert answer.warnings
            assert answer.hits == right
            repair(index)
            answer = other.search(QUESTION)
            assert answer.warnings == ()
            assert answer.hits == right
        assert searcher.search(QUESTION).hits == right


def test_the_command_says_what_is_wrong_and_what_to_do(
    locus: Locus, index: Path, tmp_path: Path
) -> None:
    done = locus("verify", "--index", index, check=0)
    assert "3 articles" in done.stdout
    assert "is OK: " in done.stdout
    cut_vectors(index)
    done = locus("verify", "--index", index, check=1)
    assert "vectors-1.faiss: checksum mismatch" in done.stdout.replace("\n", "")
    assert "--repair" in done.stderr
    report = json.loads(locus("verify", "--index", index, "--json", check=1).stdout)
    assert report["ok"] is False
    assert report["problems"][0]["file"] == "vectors-1.faiss"
    assert report["problems"][0]["repairable"] is True
    done = locus("verify", "--repair", "--index", index, check=0)
    assert "rebuilt " in done.stdout
    change(index, "UPDATE articles SET title = 'x'")
    done = locus("verify", "--repair", "--index", index, check=1)
    assert "--rebuild" in done.stderr
    locus("verify", "--index", tmp_path / "nowhere", check=2)


def test_there_is_nothing_to_verify_before_the_first_generation(tmp_path: Path) -> None:
    with pytest.raises(NotAnIndex):
        verify(tmp_path)
