"""Rounds of damage: kill runs, flip bits, and read an index while it is written.

    python -m tests.benchmarks.soak [ROUNDS]

Two hundred rounds take about ten minutes. Each of the three trials prints what it counted; the exit
code is 1 if anything was lost, half there or wrong.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.deriving.verify import repair, verify
from indexer.errors import LocusError, NotAnIndex
from search import open_index
from tests.hashing import HashingEncoder
from tests.histories import contents, run, write

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 20261121
RUNS = {
    "build": "run(index, source)",
    "update": "run(index)",
    "rebuild": "build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=True)",
    "repair": "damage(index); repair(index)",
}
VICTIM = """
import sys
from pathlib import Path
from indexer import pipeline
from indexer.pipeline import build
from indexer.deriving.verify import repair
import indexer.deriving.vectors, indexer.deriving.lexical
from tests.benchmarks.soak import damage
from tests.hashing import HashingEncoder
from tests.histories import SMALL, run
pipeline._WINDOW = 8
index, source = Path(sys.argv[1]), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
%s
"""
READER = """
import json, sys
from pathlib import Path
from search import open_index
from tests.hashing import HashingEncoder
queries = generations = 0
errors, seen = [], set()
with open_index(Path(sys.argv[1]), encoder=HashingEncoder()) as searcher:
    print("ready", flush=True)
    while not Path(sys.argv[2]).exists():
        try:
            answer = searcher.search("what is the number of the round", 50)
        except Exception as error:
            errors.append(repr(error))
            continue
        queries += 1
        seen.add(answer.generation)
        rounds = {hit.text.split()[-1] for hit in answer.hits}
        if len(rounds) != 1 or len(answer.hits) != 5 or answer.warnings:
            errors.append(f"generation {answer.generation}: {rounds} {answer.warnings}")
print(json.dumps([queries, len(seen), errors[:5], len(errors)]))
"""


def main(rounds: int) -> int:
    """Run all trials; returns the exit code."""
    trials: dict[str, Callable[[Path, int], list[str]]] = {
        "killed at random moments": killed,
        "read while written": read_while_written,
        "a bit flipped": flipped,
    }
    wrong = 0
    for name, trial in trials.items():
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as scratch:
            found = trial(Path(scratch), rounds)
        wrong += len(found)
        print(f"{name}: {len(found)} wrong, in {time.perf_counter() - started:.0f} s", flush=True)
        for line in found[:20]:
            print(f"  {line}", flush=True)
    return int(wrong > 0)


def killed(folder: Path, rounds: int) -> list[str]:
    """Kill runs of every kind: commits are kept, and the next run completes what was begun."""
    chance = random.Random(SEED)
    source, index = folder / "source", folder / "x.locus"
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    takes = dict.fromkeys(RUNS, 0.2)
    round_ = 0
    for number in range(40):
        write(source / f"{number}.txt", text_of(chance))
    while round_ < rounds:
        what = chance.choice(list(RUNS)) if index.exists() else "build"
        if what == "build":
            shutil.rmtree(index, ignore_errors=True)
        before = contents(index) if what != "build" else None
        if what in {"build", "update"}:
            edit(source, chance)
        lived = victim(what, index, source, chance.uniform(0, takes[what]))
        # A run that ended before it was killed does not count; the next is killed sooner.
        takes[what] = 0.9 * lived if lived else 1.02 * takes[what]
        round_ += lived is None
        counts[f"{what} {'ended' if lived else 'killed'}"] += 1
        after = fresh(folder, source) if what != "repair" else before
        try:
            found = contents(index)
        except NotAnIndex:
            found = None
        if found not in (before, after):
            wrong.append(f"round {round_}: a {what} left neither what was nor what is to be")
        if found is not None:
            flaws = [it.problem for it in verify(index).problems if not it.repairable]
            wrong += [f"round {round_}, {what}: {flaw}" for flaw in flaws]
        run(index, source)
        if contents(index) != after or not verify(index).ok:
            wrong.append(f"round {round_}: the run after a {what} did not end it")
    print(f"  {dict(sorted(counts.items()))}", flush=True)
    return wrong


def victim(what: str, index: Path, source: Path, delay: float) -> float | None:
    """Kill a run after a delay; returns its seconds if it ended before, else None."""
    process = subprocess.Popen(
        [sys.executable, "-c", VICTIM % RUNS[what], index, source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.write("go\n")
    process.stdin.flush()
    started = time.perf_counter()
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return None
    if process.returncode:
        raise RuntimeError(f"a {what} ended with {process.returncode}")
    return time.perf_counter() - started


def damage(index: Path) -> None:
    """Delete the derived files."""
    for path in index.glob("vectors-*"):
        path.write_bytes(b"lost")
    shutil.rmtree(index / "lexical", ignore_errors=True)


def fresh(folder: Path, source: Path) -> object:
    """The contents of an index built from scratch."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        run(Path(scratch) / "x.locus", source)
        return contents(Path(scratch) / "x.locus")


def text_of(chance: random.Random) -> str:
    words = ["owls", "tides", "moon", "tea", "comets", "bridges", "bats", "rivers", "mice"]
    sentences = [" ".join(chance.choices(words, k=8)).capitalize() + "." for _ in range(12)]
    return "\n\n".join(" ".join(sentences[n : n + 3]) for n in range(0, 12, 3))


def edit(source: Path, chance: random.Random) -> None:
    """Change some articles, add some, remove some, and rename one."""
    for _ in range(5):
        write(source / f"{chance.randrange(60)}.txt", text_of(chance))
    articles = sorted(source.iterdir())
    for path in chance.sample(articles, 3):
        path.unlink()
    left = sorted(source.iterdir())
    chance.choice(left).rename(source / f"renamed {chance.randrange(10)}.txt")


def read_while_written(folder: Path, rounds: int) -> list[str]:
    """Four processes search in a loop while a writer makes 2.5 times as many updates."""
    source, index, end = folder / "source", folder / "x.locus", folder / "end"
    updates = rounds * 5 // 2

    def update(round_: int) -> None:
        for name in "abcde":
            write(source / f"{name}.txt", f"The number of the round is n{round_}")
        run(index, source)

    update(0)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, index, end], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for reader in readers:
        assert reader.stdout is not None
        reader.stdout.readline()
    for round_ in range(1, updates + 1):
        update(round_)
    end.touch()
    wrong: list[str] = []
    queries = 0
    for reader in readers:
        asked, generations, errors, count = json.loads(reader.communicate()[0].splitlines()[-1])
        queries += asked
        wrong += [f"{count} errors, such as {error}" for error in errors]
        if reader.returncode or generations < 2:
            wrong.append(f"a reader ended with {reader.returncode} after {generations} generations")
    print(f"  {queries:,} questions beside {updates} updates", flush=True)
    return wrong


def flipped(folder: Path, rounds: int) -> list[str]:
    """Flip a bit at that many random places in each file: it is detected, or harmless."""
    chance = random.Random(SEED)
    source, index, copy = folder / "source", folder / "x.locus", folder / "copy"
    for number in range(40):
        write(source / f"{number}.txt", text_of(chance))
    run(index, source)
    edit(source, chance)
    run(index)
    question = "Which owls see comets?"
    with open_index(index, encoder=HashingEncoder()) as searcher:
        right = searcher.search(question).hits
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    files = [path for path in index.rglob("*") if path.is_file() and path.stat().st_size]
    for path in files:
        name = path.relative_to(index)
        for round_ in range(rounds):
            shutil.copytree(index, copy)
            data = bytearray(path.read_bytes())
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            (copy / name).write_bytes(data)
            try:
                outcome = look(copy, question, right)
            except LocusError:
                outcome = "found"
            except Exception as error:  # noqa: BLE001 - what the trial is about
                outcome = f"a crash: {error!r}"
            if outcome in {"found", "harmless"}:
                counts[outcome] += 1
            else:
                wrong.append(f"{name}, place {round_}: {outcome}")
            shutil.rmtree(copy)
    print(f"  {len(files)} files, {dict(counts)}", flush=True)
    return wrong


def look(index: Path, question: str, right: object) -> str:
    """Search, verify, repair, update and search a copy that was damaged."""
    with open_index(index, encoder=HashingEncoder()) as searcher:
        answer = searcher.search(question)
    if answer.hits != right:
        return "a wrong answer"
    sound = verify(index).ok
    repair(index)
    run(index)
    with open_index(index, encoder=HashingEncoder()) as searcher:
        if searcher.search(question).hits != right:
            return "a wrong answer after an update"
    return "harmless" if sound and not answer.warnings else "found"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
