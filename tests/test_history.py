"""The questions of earlier prompts: where they are kept, as what, and who may read them."""

import stat
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.asking.history import MOST, History


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_question_is_there_for_the_next_prompt_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deep/er/history"
    history = History(path)
    assert history.questions == []
    history.add("who hunts?")
    history.add("größe 日本 🦉")
    assert History(path).questions == history.questions == ["who hunts?", "größe 日本 🦉"]
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


def test_only_the_last_question_again_is_left_out(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    for question in ("a", "a", " a\n", "b", "a"):
        history.add(question)
    assert history.questions == ["a", "b", "a"]
    assert History(tmp_path / "history").questions == ["a", "b", "a"]


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    history = History(None)
    history.add("who hunts?")
    assert history.questions == ["who hunts?"]
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("older\n")
    path.chmod(0o644)
    History(path).add("newer")
    assert (path.read_text(), mode(path)) == ("older\nnewer\n", 0o600)


def test_where_nothing_can_be_read_or_written_questions_are_kept_in_memory(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("text")
    for path in (tmp_path, tmp_path / "file/below"):
        history = History(path)
        history.add("who hunts?")
        assert history.questions == ["who hunts?"]
    assert (tmp_path / "file").read_text() == "text"


def test_a_long_history_is_cut_in_its_file_too(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f"{n}\n" for n in range(MOST + 1)))
    assert History(path).questions[0] == "1"
    assert path.read_text().splitlines() == [str(n) for n in range(1, MOST + 1)]


def test_the_user_s_history_is_where_the_setting_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def state_path(name: str) -> Path:
        return tmp_path / "state" / name

    monkeypatch.setattr(platformdirs, "user_state_path", state_path)
    for setting, place in (
        (None, tmp_path / "state/locus/history"),
        (str(tmp_path / "mine"), tmp_path / "mine"),
        ("", None),
    ):
        monkeypatch.delenv("LOCUS_HISTORY", raising=False)
        if setting is not None:
            monkeypatch.setenv("LOCUS_HISTORY", setting)
        History.of_user().add("who hunts?")
        assert place is None or place.read_text() == "who hunts?\n"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["mine", "state"]


@settings(max_examples=25)
@given(
    question=st.text("ab \t\r\n\x0b\u2028\x85é🦉\ud800", min_size=1, max_size=9).filter(str.strip)
)
def test_any_question_is_one_line(tmp_path_factory: pytest.TempPathFactory, question: str) -> None:
    path = tmp_path_factory.mktemp("history") / "history"
    History(path).add(question)
    expected = " ".join(question.split()).encode("utf-8", "replace").decode()
    assert History(path).questions == [expected]
