"""Other tools read the runs and judgements that Locus writes, and find the same figures.

ir_measures is always there. ranx and PyTerrier bring some twenty packages, of 400 MB, so they are
an extra of their own: ``pip install '.[interop]'``.
"""

import random
import warnings
from pathlib import Path
from typing import Any

import ir_measures as untyped
import pytest
from ir_measures import AP, RR, P, R, nDCG

from search.evaluation.judged.trec import Qrels, Run, read_run, write_qrels, write_run
from search.evaluation.measured.measures import per_query
from tests.conftest import SEEDS, Locus
from tests.test_readme import block

DEPTH = 100
ir_measures: Any = untyped
MEASURES = ("nDCG@10", "RR@10", "AP", "P@5", "R@10")


def judged() -> tuple[Qrels, Run]:
    """Graded judgements of 40 queries, and a run without equal scores that finds part of them."""
    rng = random.Random(7)
    articles = [f"notes/article {number}.md" for number in range(150)]
    qrels, run = {}, {}
    for number in range(40):
        query = f"q {number}"
        qrels[query] = {name: rng.choice([0, 1, 2, 3]) for name in rng.sample(articles, 12)}
        qrels[query][articles[number]] = 1
        found = rng.sample(articles, DEPTH)
        run[query] = {name: rng.uniform(-5, 5) for name in found}
    return qrels, run


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The judgements and the run as files."""
    folder = tmp_path_factory.mktemp("trec")
    qrels, run = judged()
    write_qrels(folder / "judged.qrels", qrels)
    write_run(folder / "found.run", run, "locus-hybrid")
    return folder / "judged.qrels", folder / "found.run"


def ours(files: tuple[Path, Path]) -> dict[str, float]:
    """The mean of each measure, by the evaluator, of the run as it is read again."""
    qrels, run = judged()
    assert read_run(files[1]).run.keys() == run.keys()
    found = per_query(qrels, read_run(files[1]).run, MEASURES)
    return {name: sum(found[name].values()) / len(qrels) for name in MEASURES}


def test_ir_measures_reads_both_files_and_finds_the_same(files: tuple[Path, Path]) -> None:
    qrels = list(ir_measures.read_trec_qrels(str(files[0])))
    run = list(ir_measures.read_trec_run(str(files[1])))
    found = ir_measures.calc_aggregate([nDCG @ 10, RR @ 10, AP, P @ 5, R @ 10], qrels, run)
    assert {str(name): value for name, value in found.items()} == pytest.approx(
        ours(files), abs=1e-6
    )


def test_ranx_reads_both_files_and_finds_the_same(files: tuple[Path, Path]) -> None:
    ranx = pytest.importorskip("ranx", reason="ranx is not installed", exc_type=ImportError)
    qrels = ranx.Qrels.from_file(str(files[0]), kind="trec")
    run = ranx.Run.from_file(str(files[1]), kind="trec")
    names = {
        "ndcg@10": "nDCG@10",
        "mrr@10": "RR@10",
        "map": "AP",
        "precision@5": "P@5",
        "recall@10": "R@10",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba warns of casts
        found = ranx.evaluate(qrels, run, list(names))
    expected = ours(files)
    assert found == {
        name: pytest.approx(expected[measure], abs=1e-6) for name, measure in names.items()
    }


def test_pyterrier_reads_both_files_and_finds_the_same(files: tuple[Path, Path]) -> None:
    pt = pytest.importorskip("pyterrier", reason="PyTerrier is not installed")
    run = pt.io.read_results(str(files[1]))
    qrels = pt.io.read_qrels(str(files[0]))
    assert {"qid", "docno", "rank", "score"} <= set(run.columns)
    assert {"qid", "docno", "label"} <= set(qrels.columns)
    found = pt.Evaluate(run, qrels, metrics=[nDCG @ 10, RR @ 10, AP, P @ 5, R @ 10])
    assert found == pytest.approx(ours(files), abs=1e-6)


def test_a_run_has_the_columns_of_a_data_frame_best_first(files: tuple[Path, Path]) -> None:
    """What PyTerrier makes of a run: qid, docno, rank from 1, and score, which orders."""
    rows = [line.split(" ") for line in files[1].read_text("utf-8").splitlines()]
    for query in {row[0] for row in rows}:
        found = [row for row in rows if row[0] == query]
        assert [int(row[3]) for row in found] == list(range(1, DEPTH + 1))
        scores = [float(row[4]) for row in found]
        assert scores == sorted(scores, reverse=True)
        assert len({row[2] for row in found}) == DEPTH
    assert {row[1] for row in rows} == {"Q0"}
    assert {row[5] for row in rows} == {"locus-hybrid"}


@pytest.mark.parametrize(("library", "having"), [("ranx", "ranx"), ("pyterrier", "pt.io")])
def test_the_examples_of_the_readme_print_what_locus_measures(
    library: str,
    having: str,
    seeds_index: Path,
    locus: Locus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed", exc_type=ImportError)
    command = ["evaluate", SEEDS, "--run", "locus.run", "--qrels", "locus.qrels"]
    shown = locus(*command, "--index", seeds_index, check=0).stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("nDCG@10")]
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba warns of casts
        exec(compile(block("python", having=having), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert f"{float(line.split()[1]):.3f}" in printed
