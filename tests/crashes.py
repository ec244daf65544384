"""Interrupt a run at every step of its writing, and check what is left on the disk.

    python -m tests.crashes [SCENARIO...]

A cut is either a ``kill -9`` at one step, or an error at that step, such as a full disk. Prints a
JSON object for each scenario: the number of cuts, and what was wrong after which.
"""

import hashlib
import json
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy.ma
import numpy.random  # noqa: F401

from indexer import durable
from indexer.deriving import calibration, publishing
from indexer.errors import NotAnIndex
from indexer.pipeline import build
from indexer.reading import articles as reading
from indexer.sharding.verifying import repair, verify
from indexer.storing.database import open_for_writing
from indexer.storing.sources import remembered_sources
from indexer.updating import drafting
from tests.hashing import HashingEncoder, other_encoder
from tests.histories import SMALL, Contents, contents, run, write

FORMAT_1 = Path(__file__).parent / "indexes" / "format-1"

MEMORY = Path("/dev/shm")
"""A folder where syncing takes no time. Only processes are killed here; the power stays on."""
SHARDS = 2
_AGE_NS = 10**18
"""So long that every file counts as new."""


class Fault(Exception):
    """The error that a step meets."""


@dataclass(frozen=True)
class Scenario:
    """What prepares a folder, whose index is ``x.locus``, and the run that is cut there."""

    prepare: Callable[[Path], object]
    work: Callable[[Path], object]


def articles(folder: Path) -> Path:
    """A source of three articles."""
    write(folder / "source/owls.txt", "Owls hunt mice at night.\n\nTheir feathers are silent.\n")
    write(folder / "source/tides.txt", "Tides rise and fall.\n\nThe moon pulls the sea.\n")
    write(folder / "source/tea.md", "# Tea\n\nBlack tea is oxidised.\n\nGreen tea is not.\n")
    return folder / "source"


def indexed(folder: Path, shards: int | None = None) -> Path:
    """The same, with an index."""
    source = articles(folder)
    run(folder / "x.locus", source, shards=shards)
    return source


def edited(folder: Path, shards: int | None = None) -> None:
    """The same, and since then one article was changed, one added and one removed."""
    source = indexed(folder, shards)
    write(source / "tides.txt", "Tides rise and fall twice a day.\n\nThe moon pulls the sea.\n")
    write(source / "comets.txt", "A comet has a tail of dust.\n\nIt points away from the sun.\n")
    (source / "tea.md").unlink()


def two_sources(folder: Path) -> None:
    indexed(folder)
    write(folder / "more/bees.txt", "Bees dance to tell the way.\n")
    run(folder / "x.locus", folder / "more")


def damaged(folder: Path) -> None:
    indexed(folder)
    (folder / "x.locus/vectors-1.faiss").write_bytes(b"lost")
    shutil.rmtree(folder / "x.locus/lexical/1")


def damaged_shard(folder: Path) -> None:
    indexed(folder, SHARDS)
    path = next((folder / "x.locus").glob("shards-1/*/vectors-1.faiss"))
    path.write_bytes(b"lost")


def update_base(folder: Path) -> None:
    publishing._SMALL = 0
    run(folder / "x.locus")


def forget(folder: Path) -> None:
    with open_for_writing(folder / "x.locus") as connection:
        known = [path for path in remembered_sources(connection) if path.name == "more"]
    build(folder / "x.locus", encoder=HashingEncoder(), splitting=SMALL, forget=known)


def upgrade(folder: Path) -> None:
    with open_for_writing(folder / "x.locus"):
        pass


SCENARIOS = {
    "first build": Scenario(articles, lambda folder: run(folder / "x.locus", folder / "source")),
    "small update": Scenario(edited, lambda folder: run(folder / "x.locus")),
    "update of the base": Scenario(edited, update_base),
    "rebuild": Scenario(
        indexed,
        lambda folder: build(
            folder / "x.locus", encoder=HashingEncoder(), splitting=SMALL, rebuild=True
        ),
    ),
    "another model": Scenario(
        edited, lambda folder: run(folder / "x.locus", encoder=other_encoder())
    ),
    "forgetting": Scenario(two_sources, forget),
    "repair": Scenario(damaged, lambda folder: repair(folder / "x.locus")),
    "first build of shards": Scenario(
        articles, lambda folder: run(folder / "x.locus", folder / "source", shards=SHARDS)
    ),
    "update of shards": Scenario(
        lambda folder: edited(folder, SHARDS), lambda folder: run(folder / "x.locus")
    ),
    "rebuild of shards": Scenario(
        lambda folder: indexed(folder, SHARDS),
        lambda folder: run(folder / "x.locus", rebuild=True),
    ),
    "division into shards": Scenario(
        indexed, lambda folder: run(folder / "x.locus", shards=SHARDS, rebuild=True)
    ),
    "repair of a shard": Scenario(damaged_shard, lambda folder: repair(folder / "x.locus")),
    "upgrade": Scenario(lambda folder: shutil.copytree(FORMAT_1, folder / "x.locus"), upgrade),
}


def cut_everywhere(scenario: Scenario) -> tuple[int, list[str]]:
    """The number of cuts, and what was wrong after which."""
    drafting._WINDOW = 2  # so that even these few passages take several transactions
    calibration.QUESTIONS = calibration.QUESTIONS[:2]  # type: ignore[assignment] # they write nothing
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        folder, copies = Path(scratch) / "here", Path(scratch) / "copies"
        folder.mkdir()
        # The clock must not decide whether a file's time is too new to be trusted. Before the run
        # all are, in the run none is, so that it has times to store and always the same steps.
        reading._IN_DOUBT_NS = _AGE_NS
        forked(folder, lambda: scenario.prepare(folder))
        reading._IN_DOUBT_NS = 0
        replace(copies / "before", folder / "x.locus")
        before = forked(folder, lambda: what_stands(folder))
        steps = copied_at_each_step(folder, copies, scenario.work)
        after = forked(folder, lambda: what_stands(folder))
        # Nothing is forked from here on: a child would lack the threads of tantivy.
        wrong, known = [], dict[str, list[str]]()
        for cut in range(2 * steps):
            step, ending = cut // 2, ("killed", "failed")[cut % 2]
            if ending == "killed":
                replace(folder / "x.locus", copies / str(step))
                flaws = []
            else:
                replace(folder / "x.locus", copies / "before")
                flaws = failed_at(step, lambda: scenario.work(folder))
            state = digest(folder / "x.locus")
            if state not in known:
                known[state] = left(folder, scenario.work, before, after)
            wrong += [f"{ending} at step {step}: {flaw}" for flaw in [*flaws, *known[state]]]
    return 2 * steps, wrong


def left(
    folder: Path, work: Callable[[Path], object], before: Contents | None, after: Contents
) -> list[str]:
    """What is wrong after a cut, and after the complete run that follows it."""
    try:
        flaws = flaws_of(folder, before, after)
        work(folder)
        return [*flaws, *flaws_of(folder, after, after, whole=True)]
    except Exception:  # noqa: BLE001 - the other cuts must still be made
        return [traceback.format_exc()]


def forked(folder: Path, work: Callable[[], object]) -> Any:
    """Do something in a process of its own; returns what it returned."""
    result = folder / "result"
    child = os.fork()
    if child == 0:
        end_with(lambda: result.write_bytes(pickle.dumps(work())))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise ChildProcessError(code)
    return pickle.loads(result.read_bytes())


def copied_at_each_step(folder: Path, copies: Path, work: Callable[[Path], object]) -> int:
    """Copy the index at each step of a run, as ``kill -9`` would leave it; returns how many.

    The run stops itself with all of its threads at each step, until the index is copied.
    """

    def stop(step: str) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    child = os.fork()
    if child == 0:
        durable.reached = stop
        end_with(lambda: work(folder))
    steps = 0
    while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
        replace(copies / str(steps), folder / "x.locus")
        steps += 1
        os.kill(child, signal.SIGCONT)
    if status:
        raise ChildProcessError(os.waitstatus_to_exitcode(status))
    return steps


def end_with(work: Callable[[], object]) -> NoReturn:
    """Do something, and end the process at once, without the cleanup of Python."""
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
    os._exit(1)


def failed_at(cut: int, work: Callable[[], object]) -> list[str]:
    """Run up to a step that meets an error; what is wrong if the run does not raise it."""
    passed = iter(range(cut + 1))

    def reached(step: str) -> None:
        if next(passed, None) == cut:
            raise Fault(step)

    durable.reached, unpatched = reached, durable.reached
    try:
        work()
    except Fault:
        return []
    except Exception:  # noqa: BLE001 - the other cuts must still be made
        return [traceback.format_exc()]
    finally:
        durable.reached = unpatched
    return ["ended as if nothing had happened"]


def replace(target: Path, source: Path) -> None:
    """Make a folder a copy of another, or remove it if there is no other."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)


def digest(folder: Path) -> str:
    """A hash of the names and bytes of all files in a folder."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        state.update(f"{path.relative_to(folder)}\0".encode())
        state.update(path.read_bytes() if path.is_file() else b"/")
    return state.hexdigest()


def what_stands(folder: Path) -> Contents | None:
    """The contents that readers see; None before the first generation."""
    try:
        return contents(folder / "x.locus")
    except NotAnIndex:
        return None


def flaws_of(
    folder: Path, before: Contents | None, after: Contents, *, whole: bool = False
) -> list[str]:
    """What is wrong with an index that must be as before or after; ``whole``: without leftovers."""
    found = what_stands(folder)
    flaws = [] if found in (before, after) else [f"readers see {found}"]
    if found is not None:
        report = verify(folder / "x.locus")
        flaws += [it.problem for it in report.problems if whole or not it.repairable]
    strays = [path.name for path in (folder / "x.locus").glob("**/*") if path.name.endswith(".tmp")]
    words = [len(list(path.iterdir())) for path in (folder / "x.locus").glob("**/lexical")]
    if whole and (strays or set(words) != {1}):
        flaws.append(f"left behind: {strays}")
    return flaws


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for name in sys.argv[1:] or SCENARIOS:
            made, wrong = forked(Path(scratch), lambda: cut_everywhere(SCENARIOS[name]))  # noqa: B023
            sys.stdout.write(json.dumps({"scenario": name, "cuts": made, "wrong": wrong}) + "\n")
            sys.stdout.flush()
