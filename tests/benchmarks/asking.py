"""Ask an open index from one thread and from four, and print what it cost as JSON.

    python -m tests.benchmarks.asking INDEX stand-in|model QUERIES.jsonl

The time of a question is without that of encoding it. One thread and four take turns, so that other
load on the machine slows down both.
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Self

from search import Searcher, open_index
from tests.benchmarks.encoders import TimedEncoder, encoder_named
from tests.benchmarks.figures import quantile
from tests.benchmarks.harness import child, questions_of
from tests.benchmarks.machine import own, resident

WARM = 50
TURN = 200
TURNS = 3
THREADS = 4
COMPARED = 100
"""Questions whose nearest passages are compared with those of exact search."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Milliseconds of a question, answers a second, MiB of memory after all, and recall@10."""

    questions: int
    p50: float
    p95: float
    encoding: float
    one_thread: float
    four_threads: float
    memory: float
    own_memory: float
    recall: float | None

    @classmethod
    def of(cls, index: Path, encoder: str, queries: Path) -> Self:
        """Ask in a process of its own, so that its memory is that of the index alone."""
        program = [sys.executable, "-m", "tests.benchmarks.asking", str(index), encoder]
        return cls(**json.loads(child([*program, str(queries)])))

    @classmethod
    def here(cls, index: Path, encoder: str, questions: Sequence[str]) -> Self:
        loaded = encoder_named(encoder)
        with open_index(index, encoder=loaded) as searcher:
            asked = cycle(questions)
            for question in islice(asked, WARM):
                searcher.search(question)
            without, encoding = _alone(searcher, loaded, questions)
            one, four = [], []
            for _ in range(TURNS):
                some = list(islice(asked, TURN))
                one.append(_rate(searcher, some, 1))
                four.append(_rate(searcher, some, THREADS))
            memory = resident(), own()
            recall = _recall(searcher, questions[:COMPARED])
        return cls(
            questions=WARM + len(questions) + 2 * TURN * TURNS,
            p50=1000 * quantile(without, 0.5),
            p95=1000 * quantile(without, 0.95),
            encoding=1000 * quantile(encoding, 0.5),
            one_thread=statistics.median(one),
            four_threads=statistics.median(four),
            memory=memory[0],
            own_memory=memory[1],
            recall=recall,
        )


def _alone(
    searcher: Searcher, encoder: TimedEncoder, questions: Sequence[str]
) -> tuple[list[float], list[float]]:
    """The seconds of each question without encoding, and those of encoding it."""
    without, encoding = [], []
    for question in questions:
        encoder.on_queries.clear()
        started = time.perf_counter()
        searcher.search(question)
        total = time.perf_counter() - started
        encoding.append(sum(encoder.on_queries))
        without.append(total - encoding[-1])
    return without, encoding


def _rate(searcher: Searcher, questions: Sequence[str], threads: int) -> float:
    """Answers a second."""
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for _ in pool.map(searcher.search, questions):
            pass
        return len(questions) / (time.perf_counter() - started)


def _recall(searcher: Searcher, questions: Sequence[str]) -> float | None:
    """The mean share of the exact ten nearest passages that a search by meaning finds.

    None if no question has any.
    """
    shares = []
    for question in questions:
        found = _places(searcher.search(question, mode="semantic").hits)
        nearest = _places(searcher.search(question, mode="semantic", exact=True).hits)
        if nearest:
            shares.append(len(found & nearest) / len(nearest))
    return statistics.mean(shares) if shares else None


def _places(hits: Sequence[Any]) -> set[tuple[str, str, int]]:
    return {(hit.source, hit.article, hit.start) for hit in hits}


if __name__ == "__main__":
    index, encoder, queries = sys.argv[1:]
    print(json.dumps(asdict(Asked.here(Path(index), encoder, questions_of(Path(queries))))))
