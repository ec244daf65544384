"""The cost of asking a server: alone, among other clients, and while the index is written.

    python -m tests.benchmarks.serving [CORPUS.jsonl [QUERIES.jsonl]]

At the end the same server is sent damaged requests: see ``fuzzing``.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from search import open_index
from tests.benchmarks import fuzzing
from tests.benchmarks.clients import Connection, Load, Served, load, search, server
from tests.benchmarks.harness import LOCUS, arguments, child, in_turn, questions_of, row

if TYPE_CHECKING:
    from collections.abc import Callable

TURN = 20
"""Questions that are asked one way before the other way takes its turn."""
CLIENTS = 16
SECONDS = 20
ROUNDS = 4
"""How often one client and many take turns, and the total seconds for each."""


def main(corpus: Path, queries: Path) -> None:
    """Measure everything on one corpus and print the table."""
    questions = questions_of(queries)
    with tempfile.TemporaryDirectory() as scratch:
        index, apart = Path(scratch) / "x.locus", Path(scratch) / "apart.locus"
        changing = Path(scratch) / "changing"
        changing.mkdir()
        edit(changing)
        child([str(LOCUS), "index", str(corpus), str(changing), "--index", str(index)])
        shutil.copytree(index, apart)
        print(f"{len(questions)} questions; {busy()}\n")
        row("what", "figure", "bar")
        with server(index) as served:
            one_client(served, index, questions)
            cold(index, apart, questions[0])
            undisturbed = many_clients(served, queries)
            while_written(served, index, changing, queries, undisturbed)
        fuzzing.main(apart, questions)
    print(f"\n{busy()}")


def one_client(served: Served, index: Path, questions: list[str]) -> None:
    """The same questions over HTTP and to an index that is open in this process, in turn."""
    connection = Connection(served.port)
    seconds: tuple[list[float], list[float]] = [], []
    with open_index(index) as searcher:
        ways: list[Callable[[str], object]] = [
            searcher.search,
            lambda question: connection.ask(search(question)),
        ]
        # In turns of several questions: after a question, a process keeps its threads spinning
        # for a while, which would slow down the next question of the other.
        for first in range(0, len(questions), TURN):
            for kept, ask in zip(seconds, ways, strict=True):
                for question in questions[first : first + TURN]:
                    started = time.perf_counter()
                    ask(question)
                    kept.append(time.perf_counter() - started)
    direct, asked = map(statistics.median, seconds)
    row(
        "one client by HTTP: p50, over that in process",
        f"{1000 * (asked - direct):+.1f} ms",
        "+2 ms",
    )
    row("- p50 in process", f"{1000 * direct:.1f} ms", "")


def cold(index: Path, apart: Path, question: str) -> None:
    """Cold runs on an index that a server has open, and on a copy without a server."""
    command = [str(LOCUS), "search", question, "--index"]
    beside, alone = in_turn(
        lambda: child([*command, str(index)]), lambda: child([*command, str(apart)]), rounds=7
    )
    row("cold search: beside a server / without one", f"{beside / alone:.2f}", "0.5")


def many_clients(served: Served, queries: Path) -> Load:
    """Many clients compared with one, in turn."""
    ratios = []
    together = Load()
    for _ in range(ROUNDS):
        one = load(served.port, 1, SECONDS / ROUNDS, queries)
        many = load(served.port, CLIENTS, SECONDS / ROUNDS, queries)
        ratios.append(many.rate / one.rate)
        together.add(many)
    rate = f"{statistics.median(ratios):.2f}x"
    row(f"{CLIENTS} clients: answers a second / one client's", rate, "1.5x")
    row("- errors", f"{together.errors} of {len(together.answers):,}", "0")
    return together


def while_written(
    served: Served, index: Path, changing: Path, queries: Path, undisturbed: Load
) -> None:
    """Many clients while another process commits a change of an article every second."""
    command = [str(LOCUS), "index", "--index", str(index), "--watch", "--json"]
    follower = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert follower.stdout is not None
    follower.stdout.readline()  # it is up to date, and now follows changes
    with ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(load, served.port, CLIENTS, SECONDS, queries)
        edits = 0
        while not loaded.done():
            edit(changing)
            edits += 1
            time.sleep(1)
    follower.send_signal(signal.SIGINT)
    lines = follower.communicate()[0].splitlines()
    committed = sum(json.loads(line)["articles"]["changed"] for line in lines)
    found = loaded.result()
    p50 = found.quantile(0.5)
    row(
        f"- with {committed} updates committed in {SECONDS} s: p99 / p50",
        f"{found.quantile(0.99) / p50:.1f}",
        "3",
    )
    row("- errors then", f"{found.errors} of {len(found.answers):,}", "0")
    row("- p50 with updates / without", f"{p50 / undisturbed.quantile(0.5):.2f}", "")
    row("- p99 / p50 without", f"{undisturbed.quantile(0.99) / undisturbed.quantile(0.5):.1f}", "")


def busy() -> str:
    """Other load on this machine distorts these figures more than those of other tables."""
    return f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def edit(folder: Path) -> None:
    text = f"The tide table\n\nHigh water was seen at {time.time_ns()}. The harbour was quiet.\n"
    (folder / "tides.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main(*arguments())
