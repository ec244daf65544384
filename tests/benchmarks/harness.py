"""Measure two things in turn in one run, as a ratio, and print the result."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCUS = Path(sys.executable).with_name("locus")


def arguments() -> tuple[Path, Path]:
    """The corpus named on the command line, or the seeds, and the questions beside it."""
    named = [Path(argument).resolve() for argument in sys.argv[1:]]
    corpus = named[0] if named else ROOT / "seeds"
    beside = (corpus if corpus.is_dir() else corpus.parent) / "queries.jsonl"
    return corpus, named[1] if len(named) > 1 else beside


def questions_of(queries: Path) -> list[str]:
    """At most 500 questions, spread over the whole file."""
    lines = [line for line in queries.read_text("utf-8").split("\n") if line]
    return [json.loads(line)["text"] for line in lines[:: max(1, len(lines) // 500)][:500]]


def child(command: list[str]) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def peak(command: list[str]) -> str:
    """The peak memory of a command, started by a small process: a large parent would count too."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    return f"{int(child([sys.executable, '-c', program, *command])) / 1024:,.0f} MiB"


def in_turn(
    one: Callable[[], object], other: Callable[[], object], rounds: int = 3
) -> tuple[float, float]:
    """The median seconds of two things, done in turn after a warm-up round."""
    seconds: tuple[list[float], list[float]] = [], []
    for _ in range(rounds + 1):
        for kept, action in zip(seconds, (one, other), strict=True):
            started = time.perf_counter()
            action()
            kept.append(time.perf_counter() - started)
    return statistics.median(seconds[0][1:]), statistics.median(seconds[1][1:])


def row(what: str, figure: str, bar: str) -> None:
    print(f"{what:<58} {figure:>10}   {bar}", flush=True)
