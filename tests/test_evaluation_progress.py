"""The progress bar of an evaluation: drawn on a terminal, and nowhere else."""

import io

import pytest

from search.evaluation.shown.progress import question_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_drawn_where_standard_error_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with question_bar() as show:
        show(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_how_many_questions_were_asked_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with question_bar() as show:
        show(3, 7)
    assert "asking" in terminal.getvalue()
    assert "3/7" in terminal.getvalue()
