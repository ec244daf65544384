"""How long a new process takes to its first answer, with the index in the system's file cache.

    python -m tests.benchmarks.opening INDEX stand-in|model QUESTION

prints the hits of one question. The time is that of the whole process. Python, the libraries and
the model take the same time for every index, so what counts is the difference between indexes.
"""

import statistics
import sys
import time
from pathlib import Path

from search import open_index
from tests.benchmarks.encoders import encoder_named
from tests.benchmarks.harness import child

ROUNDS = 7


def first_answers(index: Path, encoder: str, question: str) -> float:
    """The median seconds of several new processes, after one that fills the file cache."""
    program = [sys.executable, "-m", "tests.benchmarks.opening", str(index), encoder, question]
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        child(program)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


if __name__ == "__main__":
    index, encoder, question = sys.argv[1:]
    with open_index(Path(index), encoder=encoder_named(encoder)) as searcher:
        for hit in searcher.search(question).hits:
            print(hit.rank, hit.article, hit.start, hit.end)
