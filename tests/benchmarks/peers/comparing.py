"""Locus and its peers in one run: they index, answer first and answer warm in turns.

A peer that cannot be installed or that fails is left out, and the report says why.
"""

import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.encoding.finding import DEFAULT_MODEL, find
from tests.benchmarks.encoders import MODEL
from tests.benchmarks.figures import Figure, Measured, Results, quantile
from tests.benchmarks.harness import ROOT
from tests.benchmarks.peers.environments import LOCUS, OFFLINE, PEERS, PINNED, python_of
from tests.benchmarks.peers.questions import Questions, prepared, quality

ROUNDS = 2
"""How often each tool indexes and gives a first answer; the median counts."""
TURN = 25
"""Questions that one tool answers before the next takes its turn."""
PAUSE = 0.25
"""Seconds between turns: after a question, some libraries keep their threads spinning."""


@dataclass(slots=True)
class Contest:
    """The tools that take part, by name with their Python; those that failed, with the reason."""

    given: Questions
    folder: Path
    pythons: dict[str, Path]
    rounds: int = ROUNDS
    failed: dict[str, str] = field(default_factory=dict)

    def command(self, tool: str, action: str) -> list[str]:
        model = str(find(DEFAULT_MODEL, allow_download=False))
        program = [str(self.pythons[tool]), "-m", "tests.benchmarks.peers.running"]
        files = [str(self.given.corpus), str(self.given.passages), model]
        return [*program, tool, action, str(self.place(tool)), *files]

    def place(self, tool: str) -> Path:
        return self.folder / tool.lower()

    def each(self, what: Callable[[str], None]) -> None:
        """Do something with each tool; one that fails takes part no more."""
        for tool in list(self.pythons):
            try:
                what(tool)
            except (subprocess.CalledProcessError, OSError, ValueError) as error:
                said = getattr(error, "stderr", "") or str(error)
                self.failed[tool] = said.strip().splitlines()[-1] if said.strip() else repr(error)
                del self.pythons[tool]
                print(f"{tool} failed: {self.failed[tool]}", flush=True)

    @property
    def failures(self) -> str:
        return "\n".join(f"{tool}: {reason}" for tool, reason in self.failed.items())


def peers_named(names: str) -> tuple[str, ...]:
    """The peers of an option: ``all``, ``none``, or names with commas. Raises ValueError."""
    if names in {"all", "none"}:
        return PEERS if names == "all" else ()
    by_name = {peer.lower(): peer for peer in PEERS}
    asked = [name.strip().lower() for name in names.split(",") if name.strip()]
    unknown = [name for name in asked if name not in by_name]
    if unknown:
        raise ValueError(f"unknown peer {unknown[0]!r}; choose from {', '.join(PEERS)}")
    return tuple(by_name[name] for name in asked)


def compare(
    dataset: Path,
    work: Path,
    peers: Sequence[str],
    articles: int,
    questions: int,
    results: Results,
    rounds: int = ROUNDS,
) -> None:
    """Measure what is not kept. ``articles`` of 0 are all of the dataset."""
    name = f"peers-{dataset.name}"
    pinned = {tool: list(PINNED[tool]) for tool in (LOCUS, *peers)}
    inputs = {"tools": pinned, "articles": articles, "questions": questions, "rounds": rounds}
    pieces = [f"{name}-{what}" for what in ("index", "ask")]
    folder = work / "peers" / dataset.name
    is_complete = all(results.kept(piece, inputs) for piece in pieces)
    if is_complete:
        print(f"{name}: kept", flush=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    given = prepared(dataset, folder, articles or None, questions)
    contest = Contest(given, folder, {}, rounds)
    for tool in (LOCUS, *peers):
        try:
            contest.pythons[tool] = python_of(tool, work / "environments")
        except RuntimeError as error:
            contest.failed[tool] = str(error)
    # Asking needs what was indexed in this run, so both are measured again.
    for piece in pieces:
        results.forget(piece)
    results.piece(pieces[0], inputs, lambda: _indexed(contest))
    results.piece(pieces[1], inputs, lambda: _asked(contest))
    shutil.rmtree(folder, ignore_errors=True)


def _indexed(contest: Contest) -> Measured:
    runs: dict[str, list[dict[str, Any]]] = {}

    def index(tool: str) -> None:
        shutil.rmtree(contest.place(tool), ignore_errors=True)
        contest.place(tool).mkdir(parents=True)
        done = _child(contest.command(tool, "index"))
        runs.setdefault(tool, []).append(json.loads(done.splitlines()[-1]))

    for _ in range(contest.rounds):
        contest.each(index)
    figures, versions = [], {}
    for tool in contest.pythons:
        its = runs[tool]
        versions.update({f"{tool}: {name}": of for name, of in its[0]["versions"].items()})
        for what, key, unit in (
            ("index", "seconds", "s"),
            ("index processor", "processor", "s"),
            ("index peak", "peak", "MiB"),
        ):
            value = statistics.median(run[key] for run in its)
            figures.append(_figure(contest, tool, what, value, unit))
        disk = sum(it.stat().st_size for it in contest.place(tool).rglob("*") if it.is_file())
        figures.append(_figure(contest, tool, "disk", disk / 2**20, "MiB"))
    return Measured(figures, versions, contest.failures)


def _asked(contest: Contest) -> Measured:
    texts = list(contest.given.texts.values())
    figures = []
    firsts: dict[str, list[float]] = {}

    def first(tool: str) -> None:
        started = time.perf_counter()
        _child(contest.command(tool, "first"), json.dumps(texts[:1]) + "\n")
        firsts.setdefault(tool, []).append(time.perf_counter() - started)

    for _ in range(contest.rounds + 1):
        contest.each(first)
    with ExitStack() as stack:
        open_: dict[str, subprocess.Popen[str]] = {}

        def warm(tool: str) -> None:
            open_[tool] = stack.enter_context(_process(contest.command(tool, "many")))
            _turn(open_[tool], texts[:TURN])

        contest.each(warm)
        answers: dict[str, list[dict[str, Any]]] = {tool: [] for tool in contest.pythons}
        for at in range(0, len(texts), TURN):

            def turn(tool: str, some: Sequence[str] = texts[at : at + TURN]) -> None:
                time.sleep(PAUSE)
                answers[tool].append(_turn(open_[tool], some))

            contest.each(turn)
        for process in open_.values():
            if process.stdin is not None:
                process.stdin.close()
    for tool in contest.pythons:
        figures += list(_figures_of(contest, tool, firsts[tool][1:], answers[tool]))
    return Measured(figures, {}, contest.failures)


def _figures_of(
    contest: Contest, tool: str, firsts: Sequence[float], answers: Sequence[Mapping[str, Any]]
) -> Iterator[Figure]:
    milliseconds = [value for answer in answers for value in answer["milliseconds"]]
    ids = [found for answer in answers for found in answer["found"]]
    for what, value, unit in (
        ("first answer", statistics.median(firsts), "s"),
        ("p50", quantile(milliseconds, 0.5), "ms"),
        ("p95", quantile(milliseconds, 0.95), "ms"),
        ("query processor", statistics.mean(answer["processor"] for answer in answers), "ms"),
        ("memory", answers[-1]["memory"], "MiB"),
    ):
        yield _figure(contest, tool, what, value, unit)
    found = dict(zip(contest.given.texts, ids, strict=True))
    for what, value in quality(contest.given, found).items():
        yield _figure(contest, tool, what, value, "")


def _figure(contest: Contest, tool: str, what: str, value: float, unit: str) -> Figure:
    return Figure(tool, what, value, unit, contest.given.count, MODEL)


def _environment() -> dict[str, str]:
    return {**os.environ, **OFFLINE}


def _child(command: list[str], given: str | None = None) -> str:
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=_environment(),
    )
    return done.stdout


def _process(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=_environment(),
    )


def _turn(process: "subprocess.Popen[str]", questions: Sequence[str]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(list(questions)) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())  # ValueError if it has ended
    return answer
