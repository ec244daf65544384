"""An index after a crash, on a full disk, with a flipped bit, and on a read-only file system."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.deriving.verify import verify
from indexer.errors import IndexFolderError, LocusError
from indexer.pipeline import build
from search import open_index
from search.types import Answer
from tests.conftest import ROOT
from tests.crashes import MEMORY, SCENARIOS
from tests.hashing import HashingEncoder
from tests.histories import ask, contents, run, write

LIMITED = """
import resource, sys
from pathlib import Path
from indexer.errors import IndexFolderError
from tests.histories import run
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try: run(Path(sys.argv[1]))
except IndexFolderError as error: print(error)
"""

QUESTION = "Which birds hunt mice at night?"


@pytest.fixture(scope="module")
def cuts() -> dict[str, tuple[int, list[str]]]:
    """For each scenario, the number of cuts, and what was wrong after which."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crashes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = map(json.loads, done.stdout.splitlines())
    return {one["scenario"]: (one["cuts"], one["wrong"]) for one in found}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_cut_short_at_any_step_leaves_what_was_or_what_is_to_be(
    cuts: dict[str, tuple[int, list[str]]], scenario: str
) -> None:
    made, wrong = cuts[scenario]
    assert wrong == []
    assert made >= 6


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    """An index of three articles with a base, a newer passage and a deleted one."""
    folder = tmp_path / "x.locus"
    write(articles / "tea.md", "# Tea\n\nGreen tea is not oxidised.\n")
    run(folder, articles)
    (articles / "tea.md").unlink()
    write(articles / "comets.txt", "Comets\n\nA comet has a tail of dust.\n")
    run(folder, articles)
    return folder


def search(index: Path) -> Answer:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        return searcher.search(QUESTION)


def flipped(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder where syncing takes no time, if the system has one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.timeout(600)
def test_a_flipped_bit_is_found_or_harmless(index: Path, memory: Path) -> None:
    chance = random.Random(20261121)
    right = search(index).hits
    sound = memory / "sound.locus"
    shutil.move(index, sound)
    files = [path.relative_to(sound) for path in sound.rglob("*") if path.stat().st_size]
    outcomes = {"found": 0, "harmless": 0}
    for name in files:
        if not (sound / name).is_file():
            continue
        for _ in range(150 if name.suffix == ".db" else 6):
            copy = memory / f"copy-{sum(outcomes.values())}-{name.name}.locus"
            shutil.copytree(sound, copy)
            flipped(copy / name, chance)
            try:
                answer = search(copy)
                assert answer.hits == right, f"{name}: a wrong answer"
                outcomes["found" if answer.warnings else "harmless"] += 1
                verify(copy)
                build(copy, encoder=HashingEncoder())
                assert search(copy).hits == right, f"{name}: a wrong answer after a run"
            except LocusError:
                outcomes["found"] += 1
            # Files may still appear in it while it is deleted, from threads of tantivy.
            shutil.rmtree(copy, ignore_errors=True)
    assert outcomes["found"] > 50, outcomes
    assert outcomes["harmless"] > 0, outcomes


def test_a_disk_that_is_full_leaves_the_index_as_it_was(index: Path, articles: Path) -> None:
    before = contents(index)
    for number in range(15):
        text = " ".join(f"Word {number} {other}." for other in range(300))
        write(articles / f"more{number}.txt", text)
    for limit in (60_000, 150_000, 400_000):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, index, str(limit)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert str(index) in done.stdout, (done.stdout, done.stderr)
        assert contents(index) == before
    assert run(index).added == 15


@pytest.fixture
def read_only(index: Path) -> Iterator[Path]:
    """The index on a read-only file system."""
    place = index.parent / "mounted"
    place.mkdir()
    mount = ["mount", "--bind", "-o", "ro", str(index), str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs rights that this process does not have")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_an_index_on_a_read_only_file_system_is_searched_and_not_written(read_only: Path) -> None:
    assert search(read_only).hits[0].article == "night/owls.txt"
    assert verify(read_only).ok
    with pytest.raises(IndexFolderError, match="cannot write to"):
        run(read_only)
    assert search(read_only).hits[0].article == "night/owls.txt"


def test_a_searcher_of_a_read_only_folder_sees_that_its_owner_indexes_again(
    read_only: Path, index: Path, articles: Path
) -> None:
    with open_index(read_only, encoder=HashingEncoder()) as searcher:
        assert searcher.search("green tea").hits[0].article != "tea.md"
        write(articles / "tea.md", "# Tea\n\nGreen tea is not oxidised.\n")
        run(index)
        answer = searcher.search("green tea")
        assert (answer.hits[0].article, answer.generation) == ("tea.md", 3)
        with open_index(index, encoder=HashingEncoder()) as other:
            assert answer.hits == other.search("green tea").hits


def test_a_small_disk_that_fills_up_is_said_and_the_index_stands(
    tmp_path: Path, articles: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs rights that this process does not have")
    try:
        run(disk / "x.locus", articles)
        before = contents(disk / "x.locus")
        for number in range(200):
            text = " ".join(f"Word {number} {other}." for other in range(300))
            write(articles / f"more{number}.txt", text)
        with pytest.raises(IndexFolderError, match=r"Free some space|No space"):
            run(disk / "x.locus")
        assert contents(disk / "x.locus") == before
        assert ask(disk / "x.locus", QUESTION)[0] == "night/owls.txt"
        for number in range(200):
            (articles / f"more{number}.txt").unlink()
        subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
        assert run(disk / "x.locus").unchanged == 3
        assert contents(disk / "x.locus") == before
    finally:
        subprocess.run(["umount", str(disk)], check=True)
