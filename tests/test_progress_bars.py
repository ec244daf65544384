"""The bars of an indexing run and of an evaluation: on a terminal alone."""

import io
import sys

import pytest

from indexer.command.progress import progress_bar
from indexer.updating.indexing import Progress
from search.evaluation.shown.progress import question_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error from now on; not by a fixture, after which pytest puts its own back."""
    found = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", found)
    return found


def test_nothing_is_drawn_where_standard_error_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress_bar() as show, question_bar() as asked:
        show(Progress(1, 2, 3))
        asked(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_run_shows_its_share_of_the_bytes_and_its_passages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = on_a_terminal(monkeypatch)
    with progress_bar() as show:
        show(Progress(0, 0, 0))
        show(Progress(250, 1000, 1234))
    shown = terminal.getvalue()
    assert " 25%" in shown
    assert "1,234 passages" in shown
    assert capsys.readouterr().out == "", "nothing is on standard output"


def test_an_evaluation_shows_how_many_questions_are_asked_of_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = on_a_terminal(monkeypatch)
    with question_bar() as asked:
        asked(0, 68)
        asked(17, 68)
    assert "17/68" in terminal.getvalue()


def test_a_bar_is_gone_when_the_run_is_over_also_by_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line is erased and the cursor is shown again."""
    terminal = on_a_terminal(monkeypatch)
    with pytest.raises(ZeroDivisionError), progress_bar() as show:
        show(Progress(1, 2, 3))
        raise ZeroDivisionError
    end = terminal.getvalue().rpartition("passages")[2]
    assert "\x1b[?25h" in end
    assert "\x1b[2K" in end
