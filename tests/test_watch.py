"""``locus index --watch``: a change in the sources soon appears in the index."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

import pytest
from watchfiles import Change

from indexer.command.watch import _matters, changes
from indexer.errors import DamagedIndex, LocusError
from indexer.storing.lock import writer_lock
from indexer.types import Selection
from tests.conftest import LOCUS
from tests.histories import contents, run, write

PATIENCE = 60


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


class Follower:
    """``locus index --watch`` in a process of its own, whose output is read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self._answers: IO[str] = process.stdout

    def answer(self) -> dict[str, int]:
        """The articles of the next summary."""
        counts: dict[str, int] = json.loads(self._answers.readline())["articles"]
        return {what: count for what, count in counts.items() if count}


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[..., Follower]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path) -> Follower:
        process = subprocess.Popen(
            [LOCUS, "index", *arguments, "--watch", "--json"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        follower = Follower(process)
        for line in process.stderr:
            if "watching your folders" in line:
                break
        return follower

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_edits_are_indexed_as_they_happen(
    articles: Path, index: Path, follow: Callable[..., Follower]
) -> None:
    follower = follow(articles, "--index", index)
    assert follower.answer() == {"added": 3}
    write(articles / "comets.txt", "A comet has a tail of dust.")
    assert follower.answer()["added"] == 1
    assert "comets.txt" in str(contents(index))
    (articles / "night").rename(articles / "dark")
    assert follower.answer()["moved"] == 2
    (articles / "comets.txt").unlink()
    assert follower.answer()["removed"] == 1
    for number in range(40):  # a burst of changes takes one run, or a few
        write(articles / f"burst/{number}.txt", f"Number {number}.")
    runs = [follower.answer()["added"]]
    while sum(runs) < 40:
        runs.append(follower.answer()["added"])
    assert len(runs) < 10
    follower.process.send_signal(signal.SIGINT)
    _, errors = follower.process.communicate(timeout=PATIENCE)
    assert (follower.process.returncode, "stopped; the index is up to date" in errors) == (
        0,
        True,
    ), errors


def test_a_single_file_is_followed_through_replacement(
    tmp_path: Path, index: Path, follow: Callable[..., Follower]
) -> None:
    path = tmp_path / "note.txt"
    write(path, "One.")
    follower = follow(path, "--index", index)
    assert follower.answer() == {"added": 1}
    write(tmp_path / "new", "Another text.")
    (tmp_path / "new").replace(path)
    assert follower.answer() == {"changed": 1}
    write(path, "A third text.")
    assert follower.answer() == {"changed": 1}


def test_a_source_that_goes_and_comes_back_is_followed_on(
    articles: Path, index: Path, follow: Callable[..., Follower]
) -> None:
    follower = follow(articles, "--index", index)
    assert follower.answer() == {"added": 3}
    articles.rename(articles.with_name("away"))
    answer = json.loads(follower._answers.readline())
    assert "no longer exists" in answer["problems"][0]
    assert len({row[0] for row in contents(index)}) == 3, "its articles stay"
    articles.with_name("away").rename(articles)
    while follower.answer() != {"unchanged": 3}:
        pass
    write(articles / "comets.txt", "A comet has a tail of dust.")
    assert follower.answer() == {"added": 1, "unchanged": 3}


def test_another_writer_is_waited_for(
    articles: Path, index: Path, follow: Callable[..., Follower]
) -> None:
    follower = follow(articles, "--index", index)
    follower.answer()
    with writer_lock(index):
        write(articles / "comets.txt", "A comet has a tail of dust.")
        assert follower.process.stderr is not None
        waiting = follower.process.stderr.readline()
        assert re.match(rf"locus: waiting: another locus process \(PID {os.getpid()}\)", waiting)
        assert "comets.txt" not in str(contents(index))
    assert follower.answer() == {"added": 1, "unchanged": 3}
    (index / "locus.db").unlink()
    _, errors = follower.process.communicate(timeout=PATIENCE)
    assert follower.process.returncode == 2
    assert errors.startswith(f"locus: no index in {index}. Create one with")
    assert len(errors.splitlines()) == 1


@pytest.fixture
def woken(articles: Path, index: Path) -> Iterator["Queue[LocusError | None]"]:
    """The events of ``changes`` for an index of ``articles``: None each time that it wakes."""
    run(index, articles)
    told: Queue[LocusError | None] = Queue()

    def follow_changes() -> None:
        try:
            for _ in changes(index):
                told.put(None)
        except LocusError as error:
            told.put(error)

    thread = Thread(target=follow_changes, daemon=True)
    thread.start()
    assert told.get(timeout=PATIENCE) is None
    yield told
    (index / "locus.db").unlink()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_source_that_another_process_adds_is_followed(
    index: Path, tmp_path: Path, woken: "Queue[LocusError | None]"
) -> None:
    write(tmp_path / "more/tea.txt", "Tea is a drink.")
    run(index, tmp_path / "more")
    assert woken.get(timeout=PATIENCE) is None
    while not woken.empty():
        woken.get()
    write(tmp_path / "more/coffee.txt", "Coffee is another.")
    assert woken.get(timeout=PATIENCE) is None


def test_a_database_that_is_replaced_by_another_file_ends_the_watch(
    index: Path, tmp_path: Path, woken: "Queue[LocusError | None]"
) -> None:
    (tmp_path / "other").write_bytes(b"something else entirely" * 100)
    (tmp_path / "other").replace(index / "locus.db")
    error = woken.get(timeout=PATIENCE)
    assert isinstance(error, DamagedIndex)
    assert str(error).startswith(f"{index / 'locus.db'} is damaged")


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("a.txt", True),
        ("new/a.md", True),
        (".locusignore", True),
        ("new/.locusignore", True),
        ("a.txt~", False),
        ("~$a.md", False),
        (".a.txt.swp", False),
        (".git/index", False),
        ("4913", False),
        ("picture.png", False),
    ],
)
def test_what_wakes_and_what_does_not(tmp_path: Path, name: str, matters: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    parts = path.relative_to(tmp_path).parts
    assert _matters(Change.added, path, parts, Selection()) is matters
