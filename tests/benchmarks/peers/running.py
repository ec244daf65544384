"""One peer in a process of its own environment: index, answer one question, or answer many.

    python -m tests.benchmarks.peers.running PEER index|first|many FOLDER CORPUS PASSAGES MODEL

It prints JSON. ``first`` and ``many`` read questions from standard input, each line a list of them,
until it ends. Python code that would open a connection to another machine is stopped.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

from tests.benchmarks.machine import resident, versions
from tests.benchmarks.peers.environments import USED
from tests.benchmarks.peers.peer import Given, Peer, load


def main(peer: str, action: str, folder: Path, given: Given) -> None:
    sys.addaudithook(_stay_here)
    # Whatever a library prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    tool = load(peer, given, folder)
    if action == "index":
        started, processor = time.perf_counter(), time.process_time()
        tool.index()
        found: dict[str, object] = {
            "seconds": time.perf_counter() - started,
            "processor": time.process_time() - processor,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "versions": versions(USED[peer]),
        }
        print(json.dumps(found), file=answers, flush=True)
    else:
        tool.open()
        for line in sys.stdin:
            print(json.dumps(_answers(tool, json.loads(line))), file=answers, flush=True)
    answers.flush()
    os._exit(0)  # some peers wait for their threads


def _answers(tool: Peer, questions: list[str]) -> dict[str, object]:
    found, milliseconds = [], []
    processor = time.process_time()
    for question in questions:
        started = time.perf_counter()
        found.append(tool.ask(question))
        milliseconds.append(1000 * (time.perf_counter() - started))
    return {
        "found": found,
        "milliseconds": milliseconds,
        "processor": 1000 * (time.process_time() - processor) / len(questions),
        "memory": resident(),
    }


def _stay_here(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
        raise RuntimeError(f"a connection to {address[0]} was stopped")


if __name__ == "__main__":
    _, peer, action, folder, *rest = sys.argv
    main(peer, action, Path(folder), Given.read(*rest))
