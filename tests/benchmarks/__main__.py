"""Measure Locus by itself and beside its peers, and write one report.

    python -m tests.benchmarks WORK [--corpus CORPUS.jsonl] [--sizes 1000,10000,all]
        [--model-sizes 1000] [--minutes 20] [--dataset DATASET] [--peers txtai,Chroma]
        [--tables ratios,serving] [--report FOLDER]

``none`` leaves sizes, peers or tables out. Without a corpus, only the tables over the seeds are
measured. What was measured before, in the same WORK, is kept. An interrupted run writes the report
of what it has.
"""

import argparse
import sys
from pathlib import Path

from tests.benchmarks import growth, report
from tests.benchmarks.encoders import MODEL, STAND_IN
from tests.benchmarks.figures import Measured, Results
from tests.benchmarks.harness import child
from tests.benchmarks.peers.comparing import compare, peers_named

OF_FORMATS = ("office", "pages", "languages")
"""Tables of what is read from files of other formats, and from old encodings."""
TABLES = ("ratios", "serving", "rebuilding", *OF_FORMATS)
ALONE = "ratios,serving"
"""The tables that are measured if there is no corpus."""
NONE = "none"
MODEL_MINUTES = 8


def main(given: argparse.Namespace) -> None:
    """Measure each part, and write the report, also if one fails or is interrupted."""
    work = given.work.resolve()
    try:
        _measure(given, work, Results(work / "results"))
    finally:
        print(report.write(work, (given.report or work / "report").resolve()))


def _measure(given: argparse.Namespace, work: Path, results: Results) -> None:
    if given.dataset and given.peers != NONE:
        peers = peers_named(given.peers)
        dataset = given.dataset.resolve()
        compare(dataset, work, peers, given.articles, given.questions, results)
    if given.corpus:
        for encoder, sizes, minutes in (
            (MODEL, given.model_sizes, MODEL_MINUTES),
            (STAND_IN, given.sizes, given.minutes),
        ):
            asked = growth.sized("" if sizes == NONE else sizes)
            growth.main(given.corpus.resolve(), work, asked, encoder, minutes, keep=False)
    tables = given.tables or (NONE if given.corpus or given.dataset else ALONE)
    for name in tables.split(",") if tables != NONE else ():
        _table(name, given.corpus, work, results)


def _table(name: str, corpus: Path | None, work: Path, results: Results) -> None:
    """Keep what a benchmark prints that measures by itself."""
    if name not in TABLES:
        raise ValueError(f"unknown table {name!r}; choose from {', '.join(TABLES)}")
    program = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    if corpus is not None and name not in OF_FORMATS:
        program.append(str(corpus.resolve()))
    if name == "rebuilding":
        program.append(str(work / name))
    inputs = {"corpus": corpus.name if corpus else "seeds"}
    results.piece(f"table-{name}", inputs, lambda: Measured(printed=child(program)))


def options() -> argparse.ArgumentParser:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("work", type=Path, help="for figures, indexes and environments")
    parser.add_argument("--corpus", type=Path, help="with queries.jsonl in the same folder")
    parser.add_argument("--sizes", default=growth.SIZES, help="passages, stand-in encoder")
    parser.add_argument("--model-sizes", default="1000", help="passages, default model")
    parser.add_argument("--minutes", type=float, default=60, help="no size that ends later")
    parser.add_argument("--dataset", type=Path, help="judged, for the peers")
    parser.add_argument("--peers", default="all", help="names, all or none")
    parser.add_argument("--articles", type=int, default=12, help="of the dataset; 0: all")
    parser.add_argument("--questions", type=int, default=600, help="of the dataset")
    parser.add_argument("--tables", default="", help=f"also run {', '.join(TABLES)}")
    parser.add_argument("--report", type=Path, help="a folder; default: WORK/report")
    return parser


if __name__ == "__main__":
    main(options().parse_args())
