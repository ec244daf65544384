"""Judging in the terminal: on a pseudo-terminal with single keys, and from a pipe."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from indexer.pipeline import build
from indexer.types import Splitting
from search.evaluation import write_run
from search.judging.session import Left
from search.judging.terminal import PROMPT, what_is_left
from tests.command import LOCUS
from tests.conftest import Locus
from tests.hashing import HashingEncoder
from tests.judged import acts_of, dataset
from tests.test_prompt import CTRL_D, Terminal

OWLS = "night/owls.txt"
NEXT = re.escape(PROMPT)


@pytest.fixture
def folder(articles: Path, tmp_path: Path) -> Path:
    """A folder with an index of the three articles and a dataset without judgements."""
    build(tmp_path / ".locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    dataset(tmp_path / "mine")
    return tmp_path


@contextmanager
def judging(folder: Path, *arguments: str) -> Iterator[Terminal]:
    its = ("mine", "lexical", "--as", "ann", *arguments)
    terminal = Terminal(folder, its, {"NO_COLOR": "1"}, "judge")
    try:
        yield terminal
    finally:
        terminal.close()


def seek(terminal: Terminal, article: str) -> str:
    """Go on without a grade until this article is shown."""
    shown = terminal.reads(NEXT)
    while article not in shown:
        terminal.type("\r")
        shown = terminal.reads(NEXT)
    return shown


def test_one_key_grades_a_hit_and_shows_the_next(folder: Path) -> None:
    with judging(folder) as terminal:
        shown = seek(terminal, OWLS)
        assert "**Owls hunt mice at night.**" in shown
        terminal.type("3")
        assert "Saved." in terminal.reads(r"Saved\.")
        assert [(act.article, act.grade) for act in acts_of(folder / "mine")] == [(OWLS, 3)]
        terminal.reads(NEXT)
        terminal.type("q")
        assert terminal.ends() == 0
    assert (folder / "mine" / "qrels" / "test.tsv").read_text("utf-8").endswith(f"{OWLS}\t3\n")


def test_an_answer_is_marked_by_key_or_typed_and_a_note_written(
    folder: Path, articles: Path
) -> None:
    with judging(folder) as terminal:
        seek(terminal, OWLS)
        terminal.type("s")
        terminal.reads(NEXT)
        terminal.type("a")
        terminal.reads("answer: ")
        terminal.type("Their   feathers are\r")  # other white space than in the article
        terminal.reads(NEXT)
        terminal.type("a")
        terminal.reads("answer: ")
        terminal.type("eagles\r")
        terminal.reads("the article does not have this text")
        terminal.reads(NEXT)
        terminal.type("n")
        terminal.reads("note: ")
        terminal.type("silent\r")
        terminal.reads(NEXT)
        terminal.type("2")
        terminal.reads(NEXT)
        terminal.type("b")  # back to what was just said
        said = terminal.reads(NEXT)
        while "You said" not in said:
            terminal.type("b")
            said = terminal.reads(NEXT)
        assert re.search(r"You said: grade 2; answer “Owls hunt.*; note: silent", said)
        terminal.type(CTRL_D)
        assert terminal.ends() == 0
    text = (articles / OWLS).read_text("utf-8")
    lines = (folder / "mine" / "answers.jsonl").read_text("utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    assert [text[it["start"] : it["end"]] for it in answers] == [
        "Owls hunt mice at night.",
        "Their feathers are",
    ]


def test_undo_goes_back_and_says_so(folder: Path) -> None:
    with judging(folder) as terminal:
        seek(terminal, OWLS)
        terminal.type("u")
        terminal.reads("there is nothing to undo")
        terminal.reads(NEXT)
        terminal.type("1")
        terminal.reads(NEXT)
        terminal.type("u")
        assert OWLS in terminal.reads(r"Taken back: .*")
        assert OWLS in terminal.reads(NEXT), "its hit is shown again"
        terminal.type("x")
        assert "perfect answer" in terminal.reads(NEXT), "any other key shows the help"
        terminal.type("o")
        assert "silent" in terminal.reads(NEXT)
    assert [act.undo for act in acts_of(folder / "mine")] == [None, 1]


def test_ctrl_c_leaves_and_nothing_is_lost(folder: Path) -> None:
    with judging(folder) as terminal:
        seek(terminal, OWLS)
        terminal.type("2")
        terminal.reads(NEXT)
        terminal.interrupts()
        assert terminal.ends() == 130
        assert "Traceback" not in terminal.shown
    assert [act.grade for act in acts_of(folder / "mine")] == [2]


def test_at_the_end_it_says_how_sure_the_comparison_is(folder: Path) -> None:
    write_run(folder / "other.run", {"q1": {"bridges.md": 2.0, "gone.md": 1.0}})
    done = subprocess.run(
        [LOCUS, "judge", "mine", "lexical", "other.run"],
        cwd=folder,
        input="0\n" * 20,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "Nothing is left to judge." in done.stdout
    assert "nDCG@10 over 3 of 3 questions: lexical 0.000, other.run 0.000" in done.stdout


def status(locus: Locus, folder: Path, *arguments: str) -> dict[str, Any]:
    done = locus(
        "judge", "mine", "lexical", *arguments, "--status", "--json", folder=folder, check=0
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_status_says_what_is_left_for_scripts_and_for_people(
    folder: Path, locus: Locus
) -> None:
    before = status(locus, folder, "--as", "ann")
    assert sorted(before) == ["agreement", "comparison", "dataset", "judge", "progress"]
    assert before["progress"] == {
        "questions": 3,
        "pooled": 3,
        "complete": 0,
        "graded": 0,
        "hits": before["progress"]["left"],
        "left": before["progress"]["hits"],
    }
    for judge in ("ann", "bob"):
        locus_judge(folder, "1\n0\n2\n" + "0\n" * 20, "--as", judge)
    done = locus("judge", "mine", "lexical", "--as", "ann", "--status", folder=folder, check=0)
    assert "ann: 0 hits left; 3 of 3 questions judged." in done.stdout
    assert "ann and bob: Cohen's kappa 1.00, 100% equal" in done.stdout


def locus_judge(folder: Path, keys: str, *arguments: str) -> str:
    done = subprocess.run(
        [LOCUS, "judge", "mine", "lexical", *arguments],
        cwd=folder,
        input=keys,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_questions_of_a_file_are_added_once_also_to_a_new_dataset(
    folder: Path, locus: Locus
) -> None:
    (folder / "questions.txt").write_text("Who sleeps in caves?\nWhat is red?\n", "utf-8")
    command = ("judge", "new", "lexical", "--questions", "questions.txt", "--status")
    done = locus(*command, folder=folder, check=0)
    assert "added 2 questions" in done.stderr
    again = locus(*command, folder=folder, check=0)
    assert "added" not in again.stderr
    lines = (folder / "new" / "queries.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"_id": "q1", "text": "Who sleeps in caves?"},
        {"_id": "q2", "text": "What is red?"},
    ]


def test_a_new_dataset_can_be_measured_as_soon_as_it_is_judged(folder: Path, locus: Locus) -> None:
    (folder / "questions.txt").write_text("Who sleeps upside down in caves?\n", "utf-8")
    subprocess.run(
        [LOCUS, "judge", "new", "lexical", "--questions", "questions.txt"],
        cwd=folder,
        input="3\n" * 5,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    done = locus("evaluate", "new", "--mode", "lexical", "--json", folder=folder, check=0)
    assert json.loads(done.stdout)["measures"]["nDCG@10"]["mean"] == pytest.approx(1.0)
    assert "using index" in done.stderr, "the user's own index has all judged articles"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nowhere",), "nowhere is not a folder"),
        (("mine", "fast"), "'fast' is not a mode (hybrid, semantic, lexical)"),
        (("mine", "--as", ""), "the name of a judge"),
        (("mine", "--json"), "--json needs --status"),
        (("mine", "--page", "--status"), "use either --page or --status"),
        (("mine", "--questions", "nowhere.txt"), "nowhere.txt does not exist"),
        (("articles",), "articles has no questions"),
    ],
)
def test_what_cannot_be_judged_is_said(
    folder: Path, locus: Locus, arguments: tuple[str, ...], reason: str
) -> None:
    done = locus("judge", *arguments, folder=folder, check=2)
    assert reason in " ".join(done.stderr.split())
    assert acts_of(folder / "mine") == []


def test_what_is_left_is_said_in_words() -> None:
    assert what_is_left(Left(3, 3, 1, 9, 8)) == "1 hit left; 1 of 3 questions judged."
    assert what_is_left(Left(3, 2, 0, 9, 3)).startswith(
        "6 hits left in 2 questions searched so far"
    )
