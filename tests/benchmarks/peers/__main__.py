"""Measure Locus beside its peers on a judged dataset, and keep the figures.

python -m tests.benchmarks.peers DATASET WORK [--peers txtai,Chroma] [--articles 12]
    [--questions 600]
"""

import argparse
from pathlib import Path

from tests.benchmarks.figures import Results
from tests.benchmarks.peers.comparing import ROUNDS, compare, peers_named

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--peers", default="all")
    parser.add_argument("--articles", type=int, default=12, help="0: all")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of indexing and opening")
    given = parser.parse_args()
    compare(
        given.dataset.resolve(),
        given.work.resolve(),
        peers_named(given.peers),
        given.articles,
        given.questions,
        Results(given.work.resolve() / "results"),
        given.rounds,
    )
