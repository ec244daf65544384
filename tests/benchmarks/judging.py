"""Judging: kills while somebody judges, and what a pool of several systems finds.

    python -m tests.benchmarks.judging kill [ROUNDS]
    python -m tests.benchmarks.judging pool DATASET INDEX

``kill`` counts the judgements that were shown as saved, and those of them that are lost. ``pool``
judges the pooled hits of the three modes with the dataset's own grades, and compares the order of
the modes with that by all its judgements. The exit code is 1 if anything is lost or out of order.
"""

import itertools
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from indexer.pipeline import build
from search import open_index
from search.evaluation import evaluate, read_dataset
from search.judging.session import Session
from search.judging.systems import systems_of
from search.limits import MODES
from tests.conftest import written
from tests.hashing import HashingEncoder
from tests.judged import rounds

GOAL = 0.1
"""Seconds that saving a judgement may take."""


def kill(count: int) -> bool:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build(folder / "x.locus", [written(folder / "articles")], encoder=HashingEncoder())
        shown, lost = rounds(folder, folder / "x.locus", count)
    print(f"{count} kills: {shown:,} judgements were shown as saved, {lost} of them are lost")
    return not lost


def pool(folder: Path, index: Path) -> bool:
    dataset = read_dataset(folder)
    took = []
    with open_index(index) as searcher, tempfile.TemporaryDirectory() as place:
        systems = systems_of([], searcher, "hybrid", {})
        session = Session(Path(place), "the dataset", dataset.queries, systems, searcher)
        for number in range(len(session.queries)):
            session.pool(number)  # as the page and the terminal do in the background
        for number, query in enumerate(session.queries):
            for hit in session.pool(number).hits:
                grade = min(dataset.qrels[query].get(hit.article, 0), 3)
                started = time.perf_counter()
                session.judge_hit(number, hit.article, grade=grade)
                session.next_ungraded(number)
                took.append(time.perf_counter() - started)
        sure, left = session.sureness(), session.left()
        full = {mode: evaluate(dataset, searcher, mode) for mode in MODES}
        session.close()
    whole = {m: next(f.mean for f in e.figures if f.measure == "nDCG@10") for m, e in full.items()}
    p50, p99 = np.percentile(took, [50, 99]) * 1000
    print(f"{left.graded:,} hits of {left.questions} questions judged")
    print(f"save a judgement and find the next hit: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print(f"by the pool: {sure.as_text()}")
    print(f"by all judgements: { {mode: round(value, 4) for mode, value in whole.items()} }")
    same = [
        (sure.means[one] > sure.means[other]) == (whole[one] > whole[other])
        for one, other in itertools.combinations(MODES, 2)
    ]
    print(f"Kendall's tau of the two orders: {(2 * sum(same) - len(same)) / len(same):.2f}")
    return all(same) and p99 < GOAL * 1000


if __name__ == "__main__":
    if sys.argv[1] == "kill":
        sys.exit(0 if kill(int(sys.argv[2]) if len(sys.argv) > 2 else 200) else 1)
    sys.exit(0 if pool(Path(sys.argv[2]), Path(sys.argv[3])) else 1)
