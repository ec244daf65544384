"""Cut a run short at every step of what it writes, and look at what is left on the disk.

    python -m tests.crashes SCENARIO

Each run is a process of its own, forked, which dies at one step as by ``kill -9``, or meets an
error there as from a full disk. Prints the number of cuts and a line for each that left what it
should not have.
"""

import os
import pickle
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.ma
import numpy.random  # noqa: F401

from indexer import durable, pipeline
from indexer.deriving import calibration, publishing
from indexer.deriving.verify import repair, verify
from indexer.errors import NotAnIndex
from indexer.pipeline import build
from indexer.reading import articles as reading
from indexer.storing.database import open_for_writing
from indexer.storing.sources import remembered_sources
from tests.hashing import HashingEncoder, other_encoder
from tests.histories import SMALL, Contents, contents, run, write

FORMAT_1 = Path(__file__).parent / "indexes" / "format-1"

_MEMORY = Path("/dev/shm")
"""Where a write that lasts takes no time: what is cut here is processes, not the power."""
_AGE_NS = 10**18
"""Long enough for every file to be new."""
_FAULT = 3
"""The exit code of a process that met the error it was to meet."""


class Fault(Exception):
    """The error of a step that goes wrong."""


@dataclass(frozen=True)
class Scenario:
    """What stands in a folder before the run (its index is ``x.locus``), and the run."""

    prepare: Callable[[Path], object]
    work: Callable[[Path], object]


def articles(folder: Path) -> Path:
    """A source of three articles."""
    write(folder / "source/owls.txt", "Owls hunt mice at night.\n\nTheir feathers are silent.\n")
    write(folder / "source/tides.txt", "Tides rise and fall.\n\nThe moon pulls the sea.\n")
    write(folder / "source/tea.md", "# Tea\n\nBlack tea is oxidised.\n\nGreen tea is not.\n")
    return folder / "source"


def indexed(folder: Path) -> Path:
    """The same, with an index."""
    source = articles(folder)
    run(folder / "x.locus", source)
    return source


def edited(folder: Path) -> None:
    """The same, and since then one article was changed, one added and one removed."""
    source = indexed(folder)
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
    "upgrade": Scenario(lambda folder: shutil.copytree(FORMAT_1, folder / "x.locus"), upgrade),
}


def cut_everywhere(scenario: Scenario) -> tuple[int, list[str]]:
    """How many cuts were made, and what was wrong after which."""
    pipeline._WINDOW = 2  # several transactions, though there is little to store
    calibration.QUESTIONS = calibration.QUESTIONS[:2]  # type: ignore[assignment] # they write nothing
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as scratch:
        folder, saved = Path(scratch), Path(scratch) / "saved"
        # Whether a file's time is new enough to be doubted is not left to the clock: before the
        # run all are, in it none is, so that it has times to note and every run the same steps.
        reading._IN_DOUBT_NS = _AGE_NS
        forked(folder, lambda: scenario.prepare(folder))
        reading._IN_DOUBT_NS = 0
        if (folder / "x.locus").exists():
            shutil.copytree(folder / "x.locus", saved)
        before = forked(folder, lambda: what_stands(folder))[1]
        steps = forked(folder, lambda: counted(lambda: scenario.work(folder)))[1]
        after = forked(folder, lambda: what_stands(folder))[1]
        wrong = []
        for cut in range(2 * steps):
            step, ending = cut // 2, ("killed", "failed")[cut % 2]
            shutil.rmtree(folder / "x.locus")
            if saved.exists():
                shutil.copytree(saved, folder / "x.locus")
            code, _ = forked(folder, lambda: cut_at(step, ending, lambda: scenario.work(folder)))  # noqa: B023
            flaws = [] if code in {-signal.SIGKILL, _FAULT} else [f"ended with {code}"]
            code, found = forked(folder, lambda: left(folder, scenario.work, before, after))
            flaws += found if code == 0 else [f"could not be looked at: ended with {code}"]
            wrong += [f"{ending} at step {step}: {flaw}" for flaw in flaws]
    return 2 * steps, wrong


def left(
    folder: Path, work: Callable[[Path], object], before: Contents | None, after: Contents
) -> list[str]:
    """What is wrong with what a cut left, and with what the next whole run makes of it."""
    flaws = flaws_of(folder, before, after)
    work(folder)
    return [*flaws, *flaws_of(folder, after, after, whole=True)]


def forked(folder: Path, work: Callable[[], object]) -> tuple[int, Any]:
    """Do something in a process of its own: its exit code, and what it returned."""
    result = folder / "result"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            result.write_bytes(pickle.dumps(work()))
            code = 0
        except Fault:
            code = _FAULT
        except BaseException:  # noqa: BLE001 - the process ends here
            traceback.print_exc()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, pickle.loads(result.read_bytes()) if code == 0 else None


def counted(work: Callable[[], object]) -> int:
    """How many steps a run has."""
    steps: list[str] = []
    durable.reached = steps.append  # type: ignore[assignment]
    work()
    return len(steps)


def cut_at(step: int, ending: str, work: Callable[[], object]) -> None:
    """Run up to a step, and no further."""
    passed = iter(range(step + 1))

    def reached(name: str) -> None:
        if next(passed, None) == step:
            if ending == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise Fault(name)

    durable.reached = reached  # type: ignore[assignment]
    work()


def what_stands(folder: Path) -> Contents | None:
    """What readers see; None before the first generation."""
    try:
        return contents(folder / "x.locus")
    except NotAnIndex:
        return None


def flaws_of(
    folder: Path, before: Contents | None, after: Contents, *, whole: bool = False
) -> list[str]:
    """What is wrong with an index that should be as before or after; ``whole``: and tidy."""
    found = what_stands(folder)
    flaws = [] if found in (before, after) else [f"readers see {found}"]
    if found is not None:
        report = verify(folder / "x.locus")
        flaws += [it.problem for it in report.problems if whole or not it.repairable]
    strays = [path.name for path in (folder / "x.locus").glob("**/*") if path.name.endswith(".tmp")]
    if whole and (strays or len(list((folder / "x.locus").glob("lexical/*"))) != 1):
        flaws.append(f"left behind: {strays}")
    return flaws


if __name__ == "__main__":
    cuts, wrong = cut_everywhere(SCENARIOS[sys.argv[1]])
    sys.stdout.write("\n".join([str(cuts), *wrong]))
    sys.exit(bool(wrong) or cuts == 0)
