"""Judging on disk: what is said is saved, also after crashes, edits by hand and by two at once."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from indexer.errors import DatasetError, QueryError
from search import open_index
from search.evaluation import read_dataset
from search.judging import files
from search.judging.journal import NAME
from search.judging.session import Session
from search.judging.systems import systems_of
from tests.hashing import HashingEncoder
from tests.judged import ANIMALS, acts_of, dataset, rounds

OWLS = "night/owls.txt"


@contextmanager
def judging(folder: Path, index: Path, judge: str = "ann") -> Iterator[Session]:
    questions = {f"q{n}": text for n, text in enumerate(ANIMALS, 1)}
    with open_index(index, encoder=HashingEncoder()) as searcher:
        systems = systems_of(["hybrid", "lexical"], searcher, "hybrid", {})
        with closing(Session(folder, judge, questions, systems, searcher)) as session:
            yield session


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return dataset(tmp_path / "mine")


def qrels(folder: Path) -> str:
    return (folder / "qrels" / "test.tsv").read_text("utf-8")


def test_a_judged_dataset_can_be_measured(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        assert not (mine / "qrels").exists(), "looking at a dataset writes no judgements"
        session.judge_hit(0, OWLS, grade=2, answers=[(23, 27)], note="the second line")
        session.judge_hit(0, "bridges.md", grade=0)
    found = read_dataset(mine)
    assert found.qrels == {"q1": {OWLS: 2, "bridges.md": 0}}
    (span,) = found.answers["q1"]
    text = (small_index.parent / "articles" / OWLS).read_text("utf-8")
    assert (span.article, span.text) == (OWLS, text[23:27])
    assert [note for note in found.notes if "judgements" not in note.what] == []


def test_undo_goes_back_one_act_at_a_time_also_the_next_day(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=2)
        session.judge_hit(0, OWLS, grade=3)
        session.judge_hit(1, "night/bats.txt", grade=1)
    with judging(mine, small_index) as session:
        assert session.undo() == (1, "night/bats.txt")
        assert session.undo() == (0, OWLS)
        assert qrels(mine).splitlines()[1:] == [f"q1\t{OWLS}\t2"]
        assert session.undo() == (0, OWLS)
        assert session.undo() is None
        assert qrels(mine).splitlines()[1:] == []


def test_what_is_left_shrinks_and_the_next_hit_is_one_without_a_grade(
    mine: Path, small_index: Path
) -> None:
    with judging(mine, small_index) as session:
        at = session.next_ungraded()
        seen = []
        while at is not None:
            number, place = at
            seen.append(at)
            session.judge_hit(number, session.pool(number).articles[place], grade=place % 4)
            at = session.next_ungraded(number, place)
        left = session.left()
        assert len(seen) == len(set(seen)) == left.hits == left.graded
        assert (left.left, left.complete, left.questions) == (0, 3, 3)
        assert session.sureness().questions == 3
        session.undo()
        assert session.left().complete == 2
        assert session.next_ungraded(0) == seen[-1]


def test_a_hit_that_was_passed_over_comes_again(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        count = len(session.pool(0).hits)
        for place in range(1, count):
            session.judge_hit(0, session.pool(0).articles[place], grade=0)
        assert session.next_ungraded(0, 1) == (1, 0)
        for number in (1, 2):
            for hit in session.pool(number).hits:
                session.judge_hit(number, hit.article, grade=0)
        assert session.next_ungraded(0, 1) == (0, 0)
        assert session.next_ungraded(2, 5) == (0, 0)


def test_grades_that_were_there_stay_and_count_as_judged(mine: Path, small_index: Path) -> None:
    (mine / "qrels").mkdir()
    before = f"query-id\tcorpus-id\tscore\nq1\t{OWLS}\t2\nq9\tunknown.md\t3\n"
    (mine / "qrels" / "test.tsv").write_text(before, "utf-8")
    with judging(mine, small_index) as session:
        (owls,) = [it for it in session.hits(0) if it.hit.article == OWLS]
        assert (owls.earlier, owls.opinion.grade, owls.is_graded) == (2, None, True)
        assert session.left().graded == 1
        session.judge_hit(0, OWLS, grade=0)
        assert qrels(mine) == before.replace(f"{OWLS}\t2", f"{OWLS}\t0")
        session.undo()
        assert qrels(mine) == before


def test_an_edit_by_hand_is_taken_over(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=1)
        path = mine / "qrels" / "test.tsv"
        path.write_text(f"{qrels(mine).replace('1', '1')}q2\tbridges.md\t3\n", "utf-8")
        session.judge_hit(0, "bridges.md", grade=0)
        assert f"q1\t{OWLS}\t1\n" in qrels(mine)
        assert "q2\tbridges.md\t3\n" in qrels(mine)
    path.write_text(qrels(mine).replace(f"{OWLS}\t1", f"{OWLS}\t3"), "utf-8")
    with judging(mine, small_index) as session:
        assert session.book.grades["q1", OWLS] == 3
        session.judge_hit(0, OWLS, grade=2)
        assert f"q1\t{OWLS}\t2\n" in qrels(mine)


def test_a_file_that_lost_judgements_gets_them_back(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=1)
        session.judge_hit(0, "bridges.md", grade=0)
    (mine / "qrels" / "test.tsv").unlink()
    (mine / "answers.jsonl").unlink(missing_ok=True)
    with judging(mine, small_index):
        assert qrels(mine).splitlines()[1:] == [f"q1\t{OWLS}\t1", "q1\tbridges.md\t0"]


def test_two_judges_at_once_lose_nothing_of_each_other(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as ann, judging(mine, small_index, "bob") as bob:
        ann.judge_hit(0, OWLS, grade=3)
        bob.judge_hit(0, OWLS, grade=1)
        ann.judge_hit(0, "bridges.md", grade=0)
        bob.undo()
        bob.judge_hit(0, OWLS, grade=2)
        assert qrels(mine).splitlines()[1:] == [f"q1\t{OWLS}\t2", "q1\tbridges.md\t0"]
        assert bob.left().graded == 1, "each judge grades all hits"
        assert ann.book.judges == ["ann", "bob"]
    assert [act.judge for act in acts_of(mine)] == ["ann", "bob", "ann", "bob", "bob"]


def test_after_a_crash_between_journal_and_qrels_the_qrels_follow(
    mine: Path, small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=1)
        with monkeypatch.context() as patched:
            patched.setattr(files, "_replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                session.judge_hit(0, OWLS, grade=3)
    assert f"{OWLS}\t1" in qrels(mine)
    with judging(mine, small_index) as session:
        assert session.book.grades == {("q1", OWLS): 3}
        assert f"{OWLS}\t3" in qrels(mine)
        assert all(act.judge for act in acts_of(mine)), "the old grade is not taken for an edit"


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_was_cut_off_is_as_if_never_written(
    mine: Path, small_index: Path, cut: int
) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=1)
        older = qrels(mine)
        session.judge_hit(0, OWLS, grade=3)
    (mine / "qrels" / "test.tsv").write_text(older, "utf-8")  # it is written after the journal
    journal = mine / NAME
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-cut])
    with judging(mine, small_index) as session:
        # Only the line end is missing: the act is complete.
        assert session.book.grades == {("q1", OWLS): 3 if cut == 1 else 1}
        session.judge_hit(0, "bridges.md", grade=2)
    assert [act.article for act in acts_of(mine)][-1] == "bridges.md"
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())


def test_a_line_that_is_no_judgement_is_noted_and_stays(mine: Path, small_index: Path) -> None:
    (mine / NAME).write_text('by hand\n{"judge": "ann"}\n', "utf-8")
    with judging(mine, small_index) as session:
        assert "(2 in total)" in session.notes[0]
        session.judge_hit(0, OWLS, grade=3)
        assert session.undo() == (0, OWLS)
        assert session.book.grades == {}
    assert (mine / NAME).read_text("utf-8").startswith("by hand\n")


def test_a_full_disk_is_told_and_nothing_is_half_written(
    mine: Path, small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judging(mine, small_index) as session:
        session.judge_hit(0, OWLS, grade=1)
        real = os.write

        def full(place: int, data: bytes) -> int:
            real(place, bytes(data)[:10])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(DatasetError, match="no space left"):
                session.judge_hit(0, OWLS, grade=3)
        assert session.book.grades == {("q1", OWLS): 1}
        session.judge_hit(0, OWLS, grade=2)
    assert [act.grade for act in acts_of(mine)] == [1, 2]


def test_what_makes_no_sense_is_refused_and_not_written(mine: Path, small_index: Path) -> None:
    with judging(mine, small_index) as session:
        for said in (
            {"grade": 4},
            {"grade": -1},
            {"answers": [(5, 5)]},
            {"answers": [(0, 10**6)]},
            {"note": "x" * 2001},
            {"note": "\ud800"},
        ):
            with pytest.raises(QueryError):
                session.judge_hit(0, OWLS, **said)
        with pytest.raises(QueryError, match="is not among the hits"):
            session.judge_hit(0, "unknown.md", grade=1)
        with pytest.raises(QueryError, match="no question 9"):
            session.judge_hit(8, OWLS, grade=1)
    assert acts_of(mine) == []
    for name in ("", "  ", "a\nb", "x" * 61):
        with pytest.raises(DatasetError, match="name of a judge"), judging(mine, small_index, name):
            pass


def test_the_journal_is_not_written_through_a_link(mine: Path, small_index: Path) -> None:
    (mine / NAME).symlink_to(mine.parent / "elsewhere")
    with pytest.raises(DatasetError, match="cannot write"), judging(mine, small_index):
        pass
    assert not (mine.parent / "elsewhere").exists()


def test_a_kill_loses_nothing_that_was_shown_as_saved(small_index: Path, tmp_path: Path) -> None:
    shown, lost = rounds(tmp_path, small_index, 2)
    assert shown >= 2
    assert lost == 0
