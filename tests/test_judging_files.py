"""The files of a dataset: judgements and answers are written, and nothing else in them is lost."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import DatasetError
from indexer.storing.stored import StoredArticle
from search.evaluation import read_dataset
from search.evaluation.judged.datasets import AnswerSpan
from search.judging.answers import with_answers
from search.judging.asked import new_questions
from search.judging.files import DatasetFiles
from search.judging.qrels import HEADER, grades_in, with_grades

SEA = AnswerSpan("sea.md", 0, 6, "Rivers")
BEIR = HEADER.encode() + b"q1\tsea.md\t1\nq2\ttides.md\t0\n"
TREC = b"q1 0 sea.md 1\nq2 0 tides.md 0\n"
ID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@pytest.mark.parametrize("data", [BEIR, TREC, BEIR.replace(b"\n", b"\r\n"), b""])
def test_a_file_with_the_grades_that_it_has_stays_as_it_is(data: bytes) -> None:
    assert with_grades(data, grades_in(data)) == (data or HEADER.encode())


def test_a_grade_is_replaced_added_and_removed_in_the_layout_of_the_file() -> None:
    grades = {("q1", "sea.md"): 3, ("q3", "new.md"): 2}
    assert with_grades(BEIR, grades) == HEADER.encode() + b"q1\tsea.md\t3\nq3\tnew.md\t2\n"
    assert with_grades(TREC, grades) == b"q1 0 sea.md 3\nq3 0 new.md 2\n"


def test_what_is_no_judgement_stays_and_so_does_a_second_one() -> None:
    data = HEADER.encode() + b"# by hand\nq1\tsea.md\t1\nq1\tsea.md\t2\nq2\ta.md\tx\nq3\tb.md\t-1"
    assert grades_in(data) == {("q1", "sea.md"): 1, ("q3", "b.md"): 0}
    assert with_grades(data, grades_in(data)) == data + b"\n"
    assert b"# by hand\nq1\tsea.md\t0\nq1\tsea.md\t2\n" in with_grades(
        data, {("q1", "sea.md"): 0, ("q3", "b.md"): 0}
    )


@given(st.dictionaries(st.tuples(ID, ID), st.integers(0, 3), max_size=6))
def test_grades_are_read_as_they_were_written(grades: dict[tuple[str, str], int]) -> None:
    assert grades_in(with_grades(b"", grades)) == grades
    assert grades_in(with_grades(TREC, grades)) == grades


def test_answers_of_others_stay_and_are_not_repeated() -> None:
    theirs = b'{"query_id": "q1", "doc_id": "sea.md", "start": 0, "end": 6}\nnot JSON\n'
    other = AnswerSpan("sea.md", 7, 12, "carry")
    found = with_answers(theirs, {SEA: {"q1": ["ann"]}, other: {"q1": ["ann", "bob"]}})
    assert found.startswith(theirs)
    assert json.loads(found[len(theirs) :]) == {
        "query_id": "q1",
        "doc_id": "sea.md",
        "start": 7,
        "end": 12,
        "text": "carry",
        "judges": ["ann", "bob"],
    }
    assert with_answers(found, {}) == theirs, "ours are taken away again"


def article(name: str, text: str, source: str = "/elsewhere") -> StoredArticle:
    import hashlib

    return StoredArticle(source, name, "Sea", hashlib.sha256(text.encode()).hexdigest(), text, ())


def test_articles_from_elsewhere_are_copied_so_that_the_dataset_can_be_measured(
    tmp_path: Path,
) -> None:
    files = DatasetFiles(tmp_path)
    files.add_questions({"q1": "Why is the sea salt?"})
    files.keep(article("sea.md", "Rivers carry salt."))
    files.keep(article("sea.md", "Rivers carry salt."))
    files.keep(article("tides.md", "The Moon pulls."))
    files.write({("q1", "sea.md"): 2, ("q1", "tides.md"): 0}, {SEA: {"q1": ["ann"]}})
    dataset = read_dataset(tmp_path)
    assert dataset.qrels == {"q1": {"sea.md": 2, "tides.md": 0}}
    assert dataset.answers["q1"] == (SEA,)
    assert dataset.notes == ()
    assert not files.has_articles(), "the copies are no reason for an index of their own"
    DatasetFiles(tmp_path).keep(article("sea.md", "Rivers carry much salt."))
    assert read_dataset(tmp_path).titles == {"sea.md": "Sea", "tides.md": "Sea"}
    assert (tmp_path / "corpus.jsonl").read_text("utf-8").count("\n") == 2


def test_a_copy_that_a_crash_cut_off_is_made_again(tmp_path: Path) -> None:
    DatasetFiles(tmp_path).keep(article("sea.md", "Rivers carry salt."))
    corpus = tmp_path / "corpus.jsonl"
    whole = corpus.read_bytes()
    corpus.write_bytes(whole + whole[:30])
    DatasetFiles(tmp_path).keep(article("tides.md", "The Moon pulls."))
    assert corpus.read_bytes().startswith(whole)
    assert json.loads(corpus.read_bytes().splitlines()[-1])["_id"] == "tides.md"


def test_a_corpus_of_others_and_articles_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"_id": "a", "text": "A text."}\n', "utf-8")
    DatasetFiles(tmp_path).keep(article("sea.md", "Rivers carry salt."))
    assert corpus.read_text("utf-8").count("\n") == 1
    corpus.unlink()
    DatasetFiles(tmp_path).keep(article("sea.md", "Rivers carry salt.", str(tmp_path)))
    assert not corpus.exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "qrels").symlink_to(elsewhere)
    (folder / "answers.jsonl").symlink_to(elsewhere / "answers.jsonl")
    with pytest.raises(DatasetError, match="qrels is a link"):
        DatasetFiles(folder).write({("q1", "sea.md"): 2}, {})
    with pytest.raises(DatasetError, match="is a link"):
        DatasetFiles(folder).write({}, {SEA: {"q1": ["ann"]}})
    assert list(elsewhere.iterdir()) == []


def test_questions_get_new_ids_and_none_is_added_twice() -> None:
    known = {"q7": "Why is the sea salt?", "other": "Who hunts?"}
    texts = ["Who hunts?", "What is a tide?", "  ", "What is a tide?", "Where do owls sleep?"]
    assert new_questions(known, texts) == {"q8": "What is a tide?", "q9": "Where do owls sleep?"}
