"""The worker: whatever a reader does, it costs its own file and no other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from indexer.errors import ReaderFailed, UnreadableArticle
from indexer.reading import worker as reading
from indexer.reading.formats.format import Format
from indexer.reading.process import ChildProcess, Limits
from indexer.reading.worker import Worker
from indexer.types import Block, Document, Location, Metadata
from tests.conftest import ROOT
from tests.made import BOX, ODD

SHORT = Limits(seconds=1.0, memory=600 * 2**20)


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker(Limits(memory=600 * 2**20))
    yield found
    found.close()


@pytest.fixture
def hasty() -> Iterator[Worker]:
    found = Worker(SHORT)
    yield found
    found.close()


def read(worker: Worker, path: Path, text: str = "", its: Format = ODD) -> Document:
    path.write_text(text)
    with path.open("rb") as file:
        return worker.read(file, path.name, its)


def reason(worker: Worker, path: Path, text: str) -> str:
    with pytest.raises(UnreadableArticle) as refused:
        read(worker, path, text)
    return str(refused.value)


def members(worker: Worker, path: Path, *lines: str) -> list[tuple[str, str]]:
    """The members of a box: name, and text or reason."""
    path.write_text("\n".join(lines))
    with path.open("rb") as file:
        found = [(it.name, it.content) for it in worker.members(file, path.name, BOX)]
    return [(n, it.text if isinstance(it, Document) else str(it)) for n, it in found]


def test_all_that_a_reader_finds_arrives(worker: Worker, tmp_path: Path) -> None:
    assert read(worker, tmp_path / "a.odd", "Tea\ngrows \u2028on hills \U0001f33f\n") == Document(
        "Tea",
        "Tea\ngrows \u2028on hills \U0001f33f\n",
        (Block(0, 3, "heading", 1),),
        (Location(0, "page 1"), Location(4, "page 2")),
        Metadata("2024-05", ("Ann Lee",), "en", ("tea",)),
    )


def test_one_process_reads_file_after_file(worker: Worker, tmp_path: Path) -> None:
    first = reason(worker, tmp_path / "a.odd", "process")
    assert reason(worker, tmp_path / "b.odd", "process") == first != str(os.getpid())


def test_a_process_that_is_worn_out_is_replaced(tmp_path: Path) -> None:
    for limits in (Limits(files=1), Limits(size=1)):
        worker = Worker(limits)
        found = {reason(worker, tmp_path / f"{n}.odd", "process\n") for n in range(2)}
        worker.close()
        assert len(found) == 2


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ("fail", "the odd file reader failed (RuntimeError: bad xref)"),
        ("refuse", "scanned: 12 pages without text"),
        ("connect", "the odd file reader failed (PermissionError: a reader must not do this:"),
        (
            "read /etc/hostname",
            "the odd file reader failed (PermissionError: a reader must not read",
        ),
        ("write {}", "the odd file reader failed (PermissionError: a reader must not write)"),
        ("run {}", "the odd file reader failed (PermissionError: a reader must not do this:"),
        ("die", "the odd file reader crashed (signal 6)"),
        ("exit", "the odd file reader ended unexpectedly (exit code 3)"),
        ("swell", "the odd file reader used more than 0.585938 GiB of memory"),
        ("hang", "the odd file reader ran longer than 1 s"),
    ],
)
def test_what_goes_wrong_is_the_file_s_fault_and_the_next_one_is_read(
    tmp_path: Path, act: str, why: str
) -> None:
    worker = Worker(SHORT if act == "hang" else Limits(memory=600 * 2**20))
    made = tmp_path / "made"
    try:
        assert reason(worker, tmp_path / "a.odd", act.format(made)).startswith(why)
        assert read(worker, tmp_path / "b.odd", "print\ntea").text == "print\ntea"
    finally:
        worker.close()
    assert not made.exists()


def test_what_a_library_prints_breaks_no_frame(worker: Worker, tmp_path: Path) -> None:
    for _ in range(3):
        assert read(worker, tmp_path / "a.odd", "print\nprint\ntea").title == "print"


def test_the_environment_of_the_user_stays_here(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    names = reason(worker, tmp_path / "a.odd", "environment").split()
    assert "PATH" in names
    assert not {"LOCUS_TOKEN", "HTTPS_PROXY", "USER"} & set(names)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ChildProcess]:
    """The processes that are started from now on."""
    found: list[ChildProcess] = []

    def start(limits: Limits) -> ChildProcess:
        found.append(ChildProcess(limits))
        return found[-1]

    monkeypatch.setattr(reading, "ChildProcess", start)
    return found


@pytest.mark.parametrize(
    ("act", "why"), [("hang", "ran longer than 1 s"), ("die", "crashed (signal 6)")]
)
def test_only_a_process_that_had_read_others_is_not_to_be_believed(
    hasty: Worker, tmp_path: Path, started: list[ChildProcess], act: str, why: str
) -> None:
    assert reason(hasty, tmp_path / "a.odd", act).endswith(why)
    assert len(started) == 1, "it failed by itself"
    read(hasty, tmp_path / "b.odd", "tea")
    assert reason(hasty, tmp_path / "c.odd", act).endswith(why)
    assert len(started) == 3, "it may have failed because of what was read before"
    found = members(hasty, tmp_path / "x.box", f"a: do {act}", "b: tea", f"c: do {act}", "d: owls")
    assert [it for it in found if not it[1].endswith(why)] == [("b", "tea"), ("d", "owls")]
    assert len(started) == 3 + 4, "one each for: a; b and c; c; d"


def test_a_file_that_failed_is_not_tried_again_later(hasty: Worker, tmp_path: Path) -> None:
    assert reason(hasty, tmp_path / "a.odd", "die").endswith("crashed (signal 6)")
    with (tmp_path / "a.odd").open("rb") as file, pytest.raises(ReaderFailed):
        hasty.read(file, "a.odd", ODD)
    assert not hasty.is_running, "no process was started for it"


@pytest.mark.parametrize("first", [True, False])
def test_a_process_killed_in_the_middle_costs_nothing(
    worker: Worker, started: list[ChildProcess], tmp_path: Path, *, first: bool
) -> None:
    """The file is read again in a new process, which finds that it need not wait."""
    if not first:
        read(worker, tmp_path / "a.odd", "tea")
    go = tmp_path / "go"
    found: list[Document] = []
    thread = Thread(target=lambda: found.append(read(worker, tmp_path / "b.odd", f"wait {go}\n")))
    thread.start()
    while not started or not (tmp_path / "b.odd").exists():
        time.sleep(0.01)
    time.sleep(0.2)  # the reader has begun to wait
    go.touch()
    os.kill(started[-1]._process.pid, signal.SIGKILL)
    thread.join()
    assert [it.text for it in found] == [f"wait {go}\n"]


def test_the_members_of_a_container_come_one_by_one(worker: Worker, tmp_path: Path) -> None:
    found = members(worker, tmp_path / "x.box", "a: tea", "b: unreadable", "c: do more", ": own")
    assert found == [("a", "tea"), ("b", "unreadable"), ("c", "more"), ("", "own")]


def test_a_member_that_ends_its_process_costs_no_other(hasty: Worker, tmp_path: Path) -> None:
    lines = ["a: tea", "b: do die", "c: do more", "d: do hang", "e: last"]
    assert members(hasty, tmp_path / "x.box", *lines) == [
        ("a", "tea"),
        ("b", "the odd file reader crashed (signal 6)"),
        ("c", "more"),
        ("d", "the odd file reader ran longer than 1 s"),
        ("e", "last"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [("x: act die", "the box reader crashed"), ("x: broken", "broken after this")],
)
def test_a_container_that_breaks_gives_what_came_before(
    worker: Worker, tmp_path: Path, line: str, why: str
) -> None:
    path, found = tmp_path / "x.box", []
    path.write_text(f"a: tea\n{line}\nc: lost")
    with path.open("rb") as file, pytest.raises(UnreadableArticle, match=f"^{why}"):
        for it in worker.members(file, "x.box", BOX):
            found.append(it.name)  # noqa: PERF401 - what comes before the error is wanted
    assert found == ["a"]
    assert read(worker, tmp_path / "b.odd", "tea").text == "tea"


def test_a_container_that_is_left_early_does_not_answer_for_the_next_file(
    worker: Worker, tmp_path: Path
) -> None:
    path = tmp_path / "x.box"
    path.write_text("a: tea\nb: more\n" * 50)
    with path.open("rb") as file:
        asked = worker.members(file, "x.box", BOX)
        assert next(asked).name == "a"
        asked.close()
    assert read(worker, tmp_path / "b.odd", "Owls").text == "Owls"


def test_a_reader_that_is_missing_is_the_file_s_fault(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(UnreadableArticle, match=r"^the PDF reader failed \(ModuleNotFoundError: "):
        read(worker, tmp_path / "a.odd", "x", Format("PDF", "tests.nowhere"))


ORPHAN = """
import sys
from pathlib import Path
from indexer.reading.worker import Worker
from tests.made import ODD
worker = Worker()
for name in ("a.odd", "b.odd"):
    with (Path(sys.argv[1]) / name).open("rb") as file:
        try:
            worker.read(file, name, ODD)
        except Exception as error:
            print(error, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell a busy process")
def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    (tmp_path / "a.odd").write_text("process")
    (tmp_path / "b.odd").write_text("hang")
    command = [sys.executable, "-c", ORPHAN, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as started:
        assert started.stdout is not None
        child = int(started.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        started.kill()
    for _ in range(500):
        if not is_running(child):
            return
        time.sleep(0.01)
    pytest.fail("the child still runs")


def is_running(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_ctrl_c_is_for_the_parent(worker: Worker, tmp_path: Path) -> None:
    child = reason(worker, tmp_path / "a.odd", "process")
    os.kill(int(child), signal.SIGINT)
    assert reason(worker, tmp_path / "b.odd", "process") == child


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_reading_opens_no_socket_to_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a.odd").write_text("process")
    (tmp_path / "b.odd").write_text("tea")
    log = tmp_path / "trace"
    calls = "trace=socket,connect,bind,sendto"
    trace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", calls, "-o", str(log)]
    subprocess.run(
        [*trace, sys.executable, "-c", ORPHAN, str(tmp_path)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    assert [line for line in log.read_text().splitlines() if "AF_INET" in line] == []


def test_our_own_modules_may_be_read_wherever_they_are(tmp_path: Path) -> None:
    """An editable installation has them in a folder that is not on Python's path."""
    program = """
import indexer.reading.formats.tables.table as ours
from indexer.reading import child
print(child._is_a_library_s(ours.__file__), child._is_a_library_s("/etc/passwd"))
"""
    run = [sys.executable, "-I", "-c", program]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_a_sparse_file_cannot_buy_days_by_its_size() -> None:
    assert Limits().deadline(0) == Limits().seconds
    assert Limits().deadline(2**50) == Limits().most_seconds
