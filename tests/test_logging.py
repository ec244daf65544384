"""``locus log``: what was asked is shown, exported and deleted; and who writes it, and when."""

import fcntl
import json
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.errors import DatasetError, QueryError
from search.checking.citation import Citation
from search.evaluation.judged.datasets import read_dataset
from search.evaluation.judged.questions import read_questions
from search.logged import deleting
from search.logged.deleting import delete_questions
from search.logged.reading import QuestionFilter, logged_questions, read_log
from tests.conftest import Locus
from tests.logs import NOON, opening, question, written_log

BATS = Citation("night/bats.txt", 6, 30, "Bats find moths by echo.")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Two questions of one day, of which the first was opened twice, and one of the next day."""
    owls = question("who hunts at night")
    bats = question("who hears an echo", NOON + timedelta(minutes=3), by="search")
    again = question("Who hunts at night", NOON + timedelta(days=1), hits=0)
    later = [opening(owls, 3), opening(owls, 1, BATS)]
    return written_log(tmp_path / "asked.jsonl", [owls, *later, bats, again])


def refuse(message: str) -> None:
    raise AssertionError(message)


def shown(done: object) -> list[str]:
    return [" ".join(line.split()) for line in str(getattr(done, "stdout", "")).splitlines()]


def test_the_questions_are_shown_with_what_was_opened_in_the_order_of_time(
    log: Path, locus: Locus
) -> None:
    done = locus("log", log, check=0, TZ="UTC")
    assert [line.partition("00 ")[2] or line for line in shown(done)][1:4] == [
        "opened 1: night/bats.txt:6-30",
        "opened 3: owls.md:5-9",
        shown(done)[3],
    ]
    assert shown(done)[0].endswith("who hunts at night (page)")
    assert shown(done)[3].endswith("who hears an echo (search)")
    assert shown(done)[4].endswith("Who hunts at night (page, no hits)")
    assert f"3 questions in {log}" in done.stderr


def test_the_newest_questions_are_shown(log: Path, locus: Locus) -> None:
    done = locus("log", log, "-n", "1", check=0)
    assert len(shown(done)) == 1
    assert "the newest 1 of 3 questions" in done.stderr
    found = json.loads(locus("log", log, "--json", "-n", "2", check=0).stdout)
    assert (found["log"], found["questions"]) == (str(log), 3)
    assert [it["query"] for it in found["shown"]] == ["who hears an echo", "Who hunts at night"]
    every = json.loads(locus("log", log, "--json", "-n", "0", check=0).stdout)["shown"]
    assert [it["rank"] for it in every[0]["opened"]] == [1, 3]


def test_without_a_log_it_says_how_to_keep_one(tmp_path: Path, locus: Locus) -> None:
    assert "set LOCUS_LOG" in locus("log", check=1, LOCUS_LOG="").stderr
    absent = locus("log", check=1, LOCUS_LOG=str(tmp_path / "asked.jsonl"))
    assert "no questions are kept in" in absent.stderr
    (tmp_path / "notes.md").write_text("Owls hunt.")
    other = locus("log", tmp_path / "notes.md", check=2)
    assert "notes.md is not a log of questions" in other.stderr


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["--since", "2026-12-01"], ["Who hunts at night"]),
        (["--before", "2026-12-01"], ["who hunts at night", "who hears an echo"]),
        (["--containing", "HUNTS"], ["who hunts at night", "Who hunts at night"]),
        (["--since", "2026-12-02"], []),
    ],
)
def test_some_of_the_questions(
    log: Path, locus: Locus, wanted: list[str], found: list[str]
) -> None:
    done = locus("log", log, "--json", *wanted)
    assert done.returncode == (0 if found else 1)
    assert [it["query"] for it in json.loads(done.stdout or '{"shown": []}')["shown"]] == found


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026"])
def test_a_date_that_is_none(log: Path, locus: Locus, date: str) -> None:
    done = locus("log", log, "--delete", "--before", date, check=2)
    assert "is not a date. Write it as 2026-11-30" in done.stderr


def test_all_is_deleted_only_when_confirmed(log: Path, locus: Locus) -> None:
    before = log.read_bytes()
    done = locus("log", log, "--delete", check=2)
    assert "to delete 3 questions" in done.stderr
    assert "--yes" in done.stderr
    assert log.read_bytes() == before
    done = locus("log", log, "--delete", "--yes", check=0)
    assert done.stdout == f"deleted 3 questions from {log}\n"
    assert not log.exists()


def test_some_are_deleted_with_what_was_opened_and_the_rest_stays_as_it_was(
    log: Path, locus: Locus
) -> None:
    log.chmod(0o600)
    lines = log.read_bytes().splitlines(keepends=True)
    done = locus("log", log, "--delete", "--before", "2026-12-01", "--yes", "--json", check=0)
    assert json.loads(done.stdout) == {"log": str(log), "deleted": 2}
    assert log.read_bytes() == lines[-1]
    assert log.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in log.parent.iterdir()] == ["asked.jsonl"]
    done = locus("log", log, "--delete", "--containing", "zebra", "--yes", check=1)
    assert "no such question" in done.stderr


def test_a_single_question_is_deleted_and_an_invalid_line_is_kept_and_told(log: Path) -> None:
    with log.open("ab") as file:
        file.write(b'{"event": "question", "id": "6d1f')
    first = read_log(log, lambda _: None)[0].question.id
    told: list[str] = []
    delete_questions(log, {first}, told.append)
    assert told == [f"{log}: 1 invalid line was kept, because no question can be read there"]
    kept = [question.query for question in logged_questions(log, told.append)]
    assert kept == ["who hears an echo", "Who hunts at night"]
    assert "incomplete" not in told[1]


def test_nothing_is_deleted_while_another_process_has_the_lock(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "_PAUSE", 0.0)
    before = log.read_bytes()
    with log.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        with pytest.raises(QueryError, match="in use by another process"):
            delete_questions(log, {"a"}, refuse)
    assert log.read_bytes() == before


def test_the_export_is_a_file_of_different_questions_without_judgements(
    log: Path, locus: Locus, tmp_path: Path
) -> None:
    again = question("who hears an echo", NOON + timedelta(days=2))
    written_log(tmp_path / "more.jsonl", [again])
    log.write_bytes(log.read_bytes() + (tmp_path / "more.jsonl").read_bytes())
    done = locus("log", log, "--export", tmp_path / "asked", check=0)
    assert done.stdout == f"wrote 3 different questions to {tmp_path / 'asked'}\n"
    assert [path.name for path in (tmp_path / "asked").iterdir()] == ["queries.jsonl"]
    lines = (tmp_path / "asked/queries.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["text"] for row in rows] == [
        "who hunts at night",
        "who hears an echo",
        "Who hunts at night",
    ]
    assert rows[1]["metadata"] == {
        "asked": 2,
        "first": "2026-11-30T12:03:00+00:00",
        "last": "2026-12-02T12:00:00+00:00",
    }
    questions = read_questions(tmp_path / "asked")
    assert (list(questions.texts.values()), questions.notes) == ([row["text"] for row in rows], ())
    done = locus("log", log, "--export", tmp_path / "asked", check=2)
    assert "already exists and is not empty" in done.stderr


def test_what_was_opened_is_a_split_of_its_own_and_only_on_request(
    log: Path, small_index: Path, locus: Locus, tmp_path: Path
) -> None:
    command = ["log", log, "--export", tmp_path / "asked", "--opened", "--index", small_index]
    done = locus(*command, check=0)
    assert "wrote 1 opened article to qrels/opened.tsv. Openings are no judgements" in done.stdout
    assert "1 opened article is not in the index any more" in done.stderr
    assert not (tmp_path / "asked/qrels/test.tsv").exists()
    dataset = read_dataset(tmp_path / "asked", "opened")
    (query,) = dataset.queries
    assert dataset.queries[query] == "who hunts at night"
    assert dataset.qrels == {query: {"night/bats.txt": 1}}
    assert dataset.titles == {"night/bats.txt": "Bats"}
    with pytest.raises(DatasetError, match="Choose with --split from: opened"):
        read_dataset(tmp_path / "asked")


@pytest.mark.parametrize(
    "options",
    [
        ["--delete", "--export", "x"],
        ["--opened"],
        ["--yes"],
    ],
)
def test_options_that_do_not_go_together(log: Path, locus: Locus, options: list[str]) -> None:
    assert "Invalid value" in locus("log", log, *options, check=2).stderr
    assert log.exists()


def test_a_search_keeps_its_question_if_its_user_wants_that(
    copied_index: Path, locus: Locus, tmp_path: Path
) -> None:
    asked = ["search", "--mode", "lexical", "--index", copied_index]
    locus(*asked, "echo", check=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.locus"]
    kept = str(tmp_path / "kept/")
    first = locus(*asked, "-k", "1", "--under", "night", "echo", check=0, LOCUS_LOG=kept + "/")
    assert f"questions are kept in {tmp_path}/kept/questions.jsonl. To delete them:" in first.stderr
    second = locus(*asked, "zebras", "--json", check=1, LOCUS_LOG=kept)
    assert "questions are kept" not in second.stderr, "said once"
    found = [kept.question for kept in read_log(kept, refuse)]
    assert [(it.query, it.by, it.hits) for it in found] == [
        ("echo", "search", 1),
        ("zebras", "search", 0),
    ]
    assert found[0].options.as_json()["under"] == "night"
    assert (found[0].options.k, found[0].options.mode) == (1, "lexical")
    assert found[0].index == str(copied_index)


def test_what_is_not_asked_in_earnest_is_not_kept(
    copied_index: Path, locus: Locus, tmp_path: Path
) -> None:
    log = tmp_path / "kept.jsonl"
    (tmp_path / "batch.jsonl").write_text('{"text": "echo"}\n')
    index = ["--index", copied_index]
    locus(
        "search", "--mode", "lexical", "--batch", "batch.jsonl", *index, check=0, LOCUS_LOG=str(log)
    )
    locus("similar", "night/owls.txt", *index, check=0, LOCUS_LOG=str(log))
    locus("explain", "echo", "night/bats.txt", "--mode", "lexical", *index, LOCUS_LOG=str(log))
    assert not log.exists()


def test_a_log_that_cannot_be_written_does_not_fail_a_search(
    copied_index: Path, locus: Locus, tmp_path: Path
) -> None:
    asked = ["search", "--mode", "lexical", "--index", copied_index, "echo"]
    expected = locus(*asked, check=0)
    (tmp_path / "notes.md").write_text("Owls.")
    done = locus(*asked, check=0, LOCUS_LOG=str(tmp_path / "notes.md"))
    assert done.stdout == expected.stdout
    assert "notes.md: this file is not a log of questions" in done.stderr
    assert (tmp_path / "notes.md").read_text() == "Owls."


def test_days_are_of_utc() -> None:
    late = question("who hunts", NOON.replace(hour=23, minute=59))
    assert QuestionFilter(before=NOON.date() + timedelta(days=1)).includes(late)
    assert not QuestionFilter(before=NOON.date()).includes(late)
