"""Appending to the log of questions: private, by several at once, and never in the way."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from search.logged import log as module
from search.logged.log import NAME, QuestionLog, log_file
from search.logged.reading import read_log
from tests.conftest import ROOT
from tests.logs import question

_WRITER = """
import sys
from tests.logs import question
from search.logged.log import QuestionLog
log = QuestionLog(sys.argv[1], print)
for number in range(200):
    assert log.keep(question(f"question {number} of {sys.argv[2]} " + "x" * 3000))
"""


def refuse(message: str) -> None:
    raise AssertionError(message)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def queries(path: Path, say: Callable[[str], object] = refuse) -> list[str]:
    return [kept.question.query for kept in read_log(path, say)]


def test_only_its_user_can_read_the_log(tmp_path: Path) -> None:
    path = tmp_path / "deep/er/asked.jsonl"
    assert QuestionLog(path, refuse).keep(question("who hunts at night"))
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    path.chmod(0o644)
    assert QuestionLog(path, refuse).keep(question("größe 日本 🦉\u2028 x"))
    assert mode(path) == 0o600
    assert queries(path) == ["who hunts at night", "größe 日本 🦉\u2028 x"]


def test_a_folder_gets_a_file(tmp_path: Path) -> None:
    assert log_file(tmp_path) == tmp_path / NAME
    assert log_file(f"{tmp_path}/new/") == tmp_path / "new" / NAME
    assert log_file(tmp_path / "asked.jsonl") == tmp_path / "asked.jsonl"


def test_several_processes_append_at_once_and_nothing_is_lost_or_mixed(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    command = [sys.executable, "-c", _WRITER, str(path)]
    started = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    found = [query.rstrip(" x") for query in queries(path)]
    assert sorted(found) == sorted(f"question {n} of {who}" for n in range(200) for who in range(3))


@pytest.mark.parametrize("end", [b'{"event": "question", "id": "6d1f', b'{"event"'])
def test_a_line_that_was_cut_costs_no_other(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "asked.jsonl"
    QuestionLog(path, refuse).keep(question("first"))
    with path.open("ab") as file:
        file.write(end)
    told: list[str] = []
    assert queries(path, told.append) == ["first"]
    assert told == [
        f"{path}:2: incomplete, because a process was stopped while it wrote; line skipped"
    ]
    QuestionLog(path, refuse).keep(question("second"))
    assert queries(path, told.append) == ["first", "second"]
    assert "asked.jsonl:2: invalid JSON at column" in told[1]


def test_another_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "article.md"
    path.write_text("Owls hunt.")
    path.chmod(0o644)
    told: list[str] = []
    log = QuestionLog(path, told.append)
    assert not log.keep(question("who hunts"))
    assert not log.keep(question("who hunts again"))
    assert (path.read_text(), mode(path)) == ("Owls hunt.", 0o644)
    assert len(told) == 1
    assert told[0].endswith(f"in {path}: this file is not a log of questions. Name another file")


def test_a_pipe_does_not_make_a_search_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    told: list[str] = []
    assert not QuestionLog(tmp_path / "pipe", told.append).keep(question("who hunts"))
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert not QuestionLog(tmp_path / "pipe", told.append).keep(question("who hunts"))
    os.close(reader)
    assert all("pipe: it is not a regular file" in message for message in told)


def test_where_nothing_can_be_written_one_warning_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    told: list[str] = []
    log = QuestionLog(tmp_path / "file/below/asked.jsonl", told.append)
    assert [log.keep(question("who hunts")) for _ in range(3)] == [False] * 3
    assert len(told) == 1
    assert "was not kept" in told[0]


@pytest.mark.parametrize("written", [0, 7])
def test_a_full_disk_is_told_and_the_rest_of_the_log_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = tmp_path / "asked.jsonl"
    QuestionLog(path, refuse).keep(question("first"))
    write = os.write

    def full(file: int, data: bytes) -> int:
        if not written:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:written])

    told: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        assert not QuestionLog(path, told.append).keep(question("second"))
    assert told == [f"this question was not kept in {path}: No space left on device"]
    QuestionLog(path, refuse).keep(question("third"))
    assert queries(path, told.append) == ["first", "third"]
    assert len(told) == 1 + bool(written)


def test_a_log_that_is_full_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "asked.jsonl"
    QuestionLog(path, refuse).keep(question("first"))
    monkeypatch.setattr(module, "LARGEST", path.stat().st_size + 10)
    told: list[str] = []
    assert not QuestionLog(path, told.append).keep(question("second"))
    assert "largest size" in told[0]
    assert "locus log --delete --before DATE" in told[0]
    assert queries(path) == ["first"]


def test_a_process_that_holds_the_lock_for_long_does_not_hold_up_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "asked.jsonl"
    QuestionLog(path, refuse).keep(question("first"))
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told: list[str] = []
        assert not QuestionLog(path, told.append).keep(question("second"))
    assert "another process is deleting questions from it" in told[0]
    assert QuestionLog(path, refuse).keep(question("third"))
    assert queries(path) == ["first", "third"]


def test_the_notice_says_where_and_how_to_delete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = QuestionLog(tmp_path / "a b", refuse).notice
    kept = f"questions are kept in {tmp_path}/a b. To delete them: locus log --delete"
    assert notice == f"{kept} '{tmp_path}/a b'"
    monkeypatch.setenv("LOCUS_LOG", f"{tmp_path}/a b")
    assert QuestionLog(tmp_path / "a b", refuse).notice == kept
