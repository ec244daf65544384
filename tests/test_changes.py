"""Which answers change from one index to another, and why: each cause by an edit that is one."""

import json
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from indexer.encoding import models
from indexer.pipeline import build
from indexer.types import Splitting
from search import open_index
from search.evaluation.judged.questions import UnjudgedQuestions, read_questions
from search.evaluation.measured.causes import Cause
from search.evaluation.measured.changes import ChangedAnswers, changed_answers
from search.evaluation.measured.sides import Side
from search.evaluation.shown.changes_report import changes_page
from tests.conftest import Locus, written
from tests.hashing import HashingEncoder, other_encoder

SMALL = Splitting(target_tokens=12)
TEXTS = {
    "owls.txt": "Owls hunt mice at night in the old forest. They hear them under the snow.",
    "bats.txt": "Bats sleep in caves. They find moths by echo.",
    "bridges.txt": "A bridge of stone has seven arches. Trains cross the river on it.",
}
QUESTIONS = UnjudgedQuestions(
    "questions", {"mice": "who hunts mice", "moths": "moths and caves", "trains": "trains"}, ()
)
Edit = Callable[[Path], object]


def indexed(folder: Path, index: Path, splitting: Splitting = SMALL, **options: object) -> Path:
    encoder = options.pop("encoder", HashingEncoder())
    build(index, [folder], encoder=encoder, splitting=splitting)  # type: ignore[arg-type]
    return index


def compared(before: Path, after: Path, *, k: int = 2, **options: object) -> ChangedAnswers:
    """The changes from one index to another; the options are of the second."""
    mode = "lexical" if "mode" in options else "hybrid"
    encoder = options.get("encoder", HashingEncoder())
    with ExitStack() as opened:
        first = opened.enter_context(open_index(before, encoder=HashingEncoder()))
        second = opened.enter_context(open_index(after, encoder=encoder))  # type: ignore[arg-type]
        sides = Side.of_index("old", first), Side.of_index("new", second, mode)  # type: ignore[arg-type]
        return changed_answers(QUESTIONS, *sides, k)


def causes(found: ChangedAnswers) -> dict[str, set[Cause]]:
    return {one.query: set(one.causes) for one in found.questions if one.changed}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "articles", TEXTS)


def add_mice(folder: Path) -> None:
    (folder / "mice.txt").write_text("Who hunts mice? Cats hunt mice.")


def edit_owls(folder: Path) -> None:
    text = TEXTS["owls.txt"].replace("hunt mice", "hunt mice and voles")
    (folder / "owls.txt").write_text(text)


@pytest.mark.parametrize(
    ("edit", "cause"),
    [
        (add_mice, Cause.NEW),
        (lambda folder: (folder / "owls.txt").unlink(), Cause.GONE),
        (edit_owls, Cause.CHANGED),
    ],
)
def test_an_edit_is_the_cause(folder: Path, tmp_path: Path, edit: Edit, cause: Cause) -> None:
    before = indexed(folder, tmp_path / "old.locus")
    edit(folder)
    found = compared(before, indexed(folder, tmp_path / "new.locus"), k=1)
    assert causes(found) == {"mice": {cause}}
    assert (found.changed, found.first_changed) == (1, 1)
    (mice,) = found.most()
    assert mice.text == "who hunts mice"
    assert 0 <= mice.overlap < 1 == found.questions[2].overlap


def test_a_passage_that_an_edit_only_moves_is_the_same(folder: Path, tmp_path: Path) -> None:
    before = indexed(folder, tmp_path / "old.locus")
    text = f"Night has come over the hills and the sea.\n\n{TEXTS['owls.txt']}"
    (folder / "owls.txt").write_text(text)
    found = compared(before, indexed(folder, tmp_path / "new.locus"), k=1)
    assert causes(found) == {}
    assert found.questions[0].before[0].start != found.questions[0].after[0].start


def test_passages_of_another_length_are_split_at_other_places(folder: Path, tmp_path: Path) -> None:
    long = " ".join(f"In year {year} an owl hunts mice beside the old mill." for year in range(30))
    (folder / "owls.txt").write_text(long)
    before = indexed(folder, tmp_path / "old.locus")
    after = indexed(folder, tmp_path / "new.locus", Splitting(target_tokens=36))
    assert causes(compared(before, after, k=1)) == {"mice": {Cause.SPLIT}}


def test_the_model_and_the_mode_are_causes(folder: Path, tmp_path: Path) -> None:
    before = indexed(folder, tmp_path / "old.locus")
    other = other_encoder()
    after = indexed(folder, tmp_path / "new.locus", encoder=other)
    found = compared(before, after, k=3, encoder=other)
    assert set().union(*causes(found).values()) == {Cause.MODEL}
    found = compared(before, before, k=3, mode="lexical")
    assert set().union(*causes(found).values()) == {Cause.MODE}


def test_the_same_index_changes_nothing(folder: Path, tmp_path: Path) -> None:
    index = indexed(folder, tmp_path / "x.locus")
    found = compared(index, index)
    assert (found.changed, found.first_changed, found.overlap) == (0, 0, 1.0)
    assert "Why answers change" not in found.as_text()
    assert "None: every answer has the same passages" in changes_page(found)


def test_articles_of_two_folders_are_compared_by_name(tmp_path: Path) -> None:
    here, there = (
        indexed(written(tmp_path / name, TEXTS), tmp_path / f"{name}.locus")
        for name in ("here", "there")
    )
    assert causes(compared(here, there)) == {}


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_are_named_as_what_they_are(folder: Path, tmp_path: Path, seed: int) -> None:
    """Each hit that only one answer has is of an article that was edited so, or was moved."""
    chance = random.Random(seed)
    for number in range(12):
        words = [chance.choice(["mice", "moths", "trains", "caves", "owls"]) for _ in range(9)]
        (folder / f"{number}.txt").write_text(" ".join(words) + ".")
    before = indexed(folder, tmp_path / "old.locus")
    edits: dict[str, Cause] = {}
    for number in chance.sample(range(12), 5):
        name = f"{number}.txt"
        edits[name] = chance.choice([Cause.GONE, Cause.CHANGED])
        if edits[name] is Cause.GONE:
            (folder / name).unlink()
        else:
            (folder / name).write_text((folder / name).read_text().replace(".", " again."))
    for number in range(2):
        edits[f"new-{number}.txt"] = Cause.NEW
        (folder / f"new-{number}.txt").write_text("Mice, moths and trains in caves.")
    found = compared(before, indexed(folder, tmp_path / "new.locus"), k=5)
    moved = [one for it in found.questions for one in [*it.lost, *it.gained]]
    assert moved
    for one in moved:
        assert one.cause is edits.get(one.hit.article, Cause.OTHERS)


def test_questions_of_a_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text("Who hunts at night?\n\n  \nWhy is the sea salt?\n")
    assert read_questions(path).texts == {"1": "Who hunts at night?", "4": "Why is the sea salt?"}
    path = tmp_path / "questions.jsonl"
    lines = [{"_id": "a", "text": "owls"}, {"text": "bats"}, {"_id": "a", "text": "again"}, {}]
    path.write_text("\n".join(map(json.dumps, lines)))
    found = read_questions(path)
    assert found.texts == {"a": "owls", "2": "bats"}
    assert [str(note).partition(": ")[2] for note in found.notes] == [
        "duplicate question 'a' skipped",
        '"text" is missing or not a string; line skipped',
    ]


def test_the_commands(
    locus: Locus, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update is shown and not published; the next run publishes it and embeds nothing."""
    encoder = HashingEncoder()
    monkeypatch.setattr(models, "load", lambda _: encoder)
    monkeypatch.setattr(models, "load_for_indexing", lambda _: encoder)
    index = indexed(folder, tmp_path / "x.locus")
    questions = tmp_path / "questions.txt"
    questions.write_text("\n".join(QUESTIONS.texts.values()))
    add_mice(folder)
    asked = ["--index", index, "--preview", questions]
    report = tmp_path / "report.html"
    done = locus("index", *asked, "--report", report, check=0)
    assert "Nothing was published" in done.stderr
    assert "new article" in done.stdout
    assert "mice.txt" in report.read_text()
    facts = json.loads(locus("status", "--index", index, "--json", check=0).stdout)
    assert (facts["generation"], facts["articles"]) == (1, 3)
    shown = json.loads(locus("index", *asked, "--json", check=0).stdout)
    assert shown["questions"] == 3
    assert shown["first_changed"] >= 1
    monkeypatch.setattr(encoder, "embedded", [])
    done = locus("index", "--index", index, "--json", check=0)
    assert json.loads(done.stdout)["articles"]["added"] == 1
    assert encoder.embedded == []
    done = locus("compare", questions, "lexical", index, "--index", index, check=0)
    assert "another mode" in done.stdout
    done = locus("compare", questions, "lexical", "x.run", "--index", index, check=2)
    assert "'x.run' is not a mode" in done.stderr
    done = locus("index", "--index", index, "--report", report, check=2)
    assert "--report has no effect without --preview QUESTIONS" in done.stderr
    done = locus("index", "--index", index, "--preview", tmp_path / "none", check=2)
    assert "none does not exist. Name a file with one question in each line" in done.stderr
