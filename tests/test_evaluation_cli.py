"""``locus evaluate`` and ``locus compare`` as users see them: scores, exit codes, bad input."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from indexer.encoding import caching
from indexer.storing import schema
from search.evaluation.judged.trec import read_run
from search.evaluation.measured.indexes import articles_of, cached_index, coverage
from tests.conftest import SEEDS, Locus

Done = subprocess.CompletedProcess[str]

CORPUS = {
    "d1": ("Owls", "Owls hunt mice at night. Their feathers make no sound."),
    "d2": ("Bats", "Bats find moths by echo. They sleep upside down in caves."),
    "d3": ("Bridges", "A bridge of seven stone arches spans the wide river."),
    "d4": ("Comets", "Comets are lumps of ice and dust that circle the sun."),
}
QUERIES = {
    "q1": "which bird hunts without a sound",
    "q2": "which animal hears the echo of its prey",
    "q3": "how do people cross the river",
}
HEADER = "query-id\tcorpus-id\tscore\n"
QRELS = f"{HEADER}q1\td1\t1\nq2\td2\t1\nq3\td3\t1\nq3\td4\t0\n"


def jsonl(path: Path, *records: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


BY_WORDS_ALONE_WORSE = [
    *("q10", "q15", "q16", "q17", "q21", "q23", "q36", "q40", "q43", "q45", "q47", "q53", "q59")
]
FEW = {"q01", "q02", "q05", "q13", "q30", "q50", "q68", *BY_WORDS_ALONE_WORSE}
"""Enough questions about the seeds for a significant difference between the modes."""


def small_dataset(parent: Path) -> Path:
    """A dataset without faults, in a new folder ``small``."""
    folder = parent / "small"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": name, "title": of[0], "text": of[1]} for name, of in CORPUS.items()]
    jsonl(folder / "corpus.jsonl", *rows)
    jsonl(folder / "queries.jsonl", *({"_id": q, "text": text} for q, text in QUERIES.items()))
    jsonl(folder / "answers.jsonl", {"query_id": "q1", "doc_id": "d1", "start": 25, "end": 53})
    (folder / "qrels/test.tsv").write_text(QRELS)
    return folder


def cache_without_datasets(parent: Path) -> Path:
    """A new folder ``cache`` that contains the model."""
    encoders = caching.models_folder()
    encoders.mkdir(parents=True, exist_ok=True)
    (parent / "cache").mkdir()
    (parent / "cache" / encoders.name).symlink_to(encoders)
    return parent / "cache"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """The small dataset, for a test that may change it."""
    return small_dataset(tmp_path)


@pytest.fixture
def run(locus: Locus, tmp_path: Path) -> Callable[..., Done]:
    """The command, with a cache of this test alone."""
    return partial(locus, LOCUS_CACHE=str(cache_without_datasets(tmp_path)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small dataset, and a cache that keeps its index."""
    folder = tmp_path_factory.mktemp("shared")
    cache_without_datasets(folder)
    small_dataset(folder)
    return folder


@pytest.fixture
def run_shared(locus: Locus, shared: Path, tmp_path: Path) -> Callable[..., Done]:
    """The command next to the shared dataset, for tests that do not change the dataset."""
    (tmp_path / "small").symlink_to(shared / "small")
    return partial(locus, LOCUS_CACHE=str(shared / "cache"))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds with 20 of their 68 questions: their index contains the articles."""
    folder = shutil.copytree(SEEDS, tmp_path_factory.mktemp("some") / "few")
    for name, key in (("queries.jsonl", "_id"), ("answers.jsonl", "query_id")):
        lines = (folder / name).read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if json.loads(line)[key] in FEW]
        (folder / name).write_text("".join(kept), "utf-8")
    head, *rows = (folder / "qrels/test.tsv").read_text("utf-8").splitlines(keepends=True)
    rows = [row for row in rows if row.partition("\t")[0] in FEW]
    (folder / "qrels/test.tsv").write_text("".join([head, *rows]), "utf-8")
    return folder


def page_of(path: Path) -> str:
    page = path.read_text("utf-8")
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert not re.search(r"<script|<link|src=|https?://(?!www\.w3\.org)", page)
    return page


def test_the_seeds_are_measured_on_the_index_that_holds_them(
    run: Callable[..., Done], seeds_index: Path, tmp_path: Path
) -> None:
    done = run("evaluate", SEEDS, "--json", check=0, LOCUS_INDEX=str(seeds_index))
    assert done.stderr == f"locus: using index {seeds_index}\n"
    found = json.loads(done.stdout)
    assert found["index"]["folder"] == str(seeds_index)
    assert found["queries"] == len((SEEDS / "queries.jsonl").read_text("utf-8").splitlines())
    assert found["measures"]["nDCG@10"]["mean"] > 0.95
    assert found["passages"]["hit@1"]["mean"] > 0.65
    for figure in found["measures"].values():
        assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1
    assert found["latency_ms"].keys() == {"p50", "p95", "p99"}
    assert "per_query" not in found
    assert not (tmp_path / "cache" / caching.DATASETS).exists()


def test_figures_a_row_for_each_query_a_run_and_a_page(
    run: Callable[..., Done], seeds_index: Path, few: Path, tmp_path: Path
) -> None:
    files = ["--run", "a.run", "--report", "a.html", "--per-query"]
    asked = partial(run, LOCUS_INDEX=str(seeds_index))
    done = asked("evaluate", few, "--mode", "lexical", *files, check=0)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("few, lexical: 20 queries over 24 articles in ")
    assert lines[2].split() == ["mean", "95%", "interval", "queries"]
    assert [line.split()[0] for line in lines[3:8]] == ["nDCG@10", "RR@10", "AP", "P@1", "P@5"]
    row = next(line for line in lines if line.startswith("q01 "))
    assert row.endswith("What does the junta offer deserters who come back?")
    assert done.stderr.splitlines()[-1] == "locus: report written to a.html"
    assert "few, lexical" in page_of(tmp_path / "a.html")
    written = read_run(tmp_path / "a.run")
    assert (written.tag, len(written.run), written.notes) == ("locus-lexical", 20, ())

    asked("evaluate", few, "--mode", "lexical", "--run", "a.run", check=0)  # ours, so replaced
    read = asked("evaluate", few, "--from-run", "a.run", "--json", "--per-query", check=0)
    again = json.loads(read.stdout)
    assert f"{again['measures']['AP']['mean']:.3f}" == lines[5].split()[1]
    assert (again["index"], again["latency_ms"], len(again["per_query"])) == (None, None, 20)


def test_a_dataset_that_no_index_holds_is_indexed_once_in_the_cache(
    run: Callable[..., Done], dataset: Path, tmp_path: Path
) -> None:
    done = run("evaluate", "small", "--json", check=0)
    first = json.loads(done.stdout)
    place = first["index"]["folder"]
    assert Path(place).parent == tmp_path / "cache" / caching.DATASETS
    assert Path(place).name.startswith("small-")
    told = ".locus contains no index, so a separate index of small/corpus.jsonl is used"
    assert f"locus: {told}: {place}\n" in done.stderr
    assert "indexed 4 articles in" in done.stderr and "4 passages embedded" in done.stderr
    assert not (tmp_path / ".locus").exists()
    assert (first["index"]["articles"], first["index"]["generation"]) == (4, 1)

    again = run("evaluate", "small", "--json", check=0)
    assert json.loads(again.stdout)["index"] == first["index"]
    assert "embedded" not in again.stderr

    with (dataset / "corpus.jsonl").open("a") as corpus:
        corpus.write('{"_id": "d5", "title": "Tides", "text": "Tides follow the moon."}\n')
    grown = run("evaluate", "small", "--json", check=0)
    assert json.loads(grown.stdout)["index"]["articles"] == 5
    assert "1 passage embedded" in grown.stderr


def test_which_index_is_asked(run: Callable[..., Done], dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Owls are birds of the night.\n")
    run("index", "other.txt", "--index", "other.locus", check=0)
    done = run("evaluate", "small", "--index", "other.locus", check=0)
    assert "other.locus does not contain 4 of the 4 judged articles of small" in done.stderr
    assert f"cache/{caching.DATASETS}/small-" in done.stderr

    run("index", "small/corpus.jsonl", "other.txt", check=0)
    done = run("evaluate", "small", check=0)
    assert done.stderr == "locus: using index .locus\n"
    assert "over 5 articles" in done.stdout

    corpus = (dataset / "corpus.jsonl").read_text()
    (dataset / "corpus.jsonl").write_text(corpus.replace("seven stone", "eight stone"))
    done = run("evaluate", "small", check=0)
    told = "does not contain 1 of the 4 judged articles of small, or has different text for them"
    assert told in done.stderr
    assert "'d3'" in done.stderr and "over 4 articles" in done.stdout
    done = run("evaluate", "small", "--index", ".locus", check=0)
    assert "locus: using index .locus\n" in done.stderr
    assert "article 'd3' differs from the dataset's version; re-index it" in done.stderr


def test_a_dataset_whose_articles_are_files_and_one_that_is_a_corpus(dataset: Path) -> None:
    assert articles_of(SEEDS) == SEEDS
    assert caching.DATASETS.rstrip("abc") == f"datasets-{schema.FORMAT}"
    assert articles_of(dataset) == dataset / "corpus.jsonl"
    assert cached_index(SEEDS) != cached_index(dataset) != cached_index(dataset, "another model")
    assert cached_index(dataset) == cached_index(dataset / "../small")


def test_an_index_of_nothing_covers_nothing(dataset: Path, tmp_path: Path) -> None:
    from search.evaluation.judged.datasets import read_dataset

    covered = coverage(tmp_path / "nowhere", read_dataset(dataset))
    assert (covered.there, covered.judged, covered.is_whole) == (0, 4, False)


def test_without_a_dataset_an_index_is_asked_what_it_holds(
    run: Callable[..., Done], dataset: Path, tmp_path: Path
) -> None:
    run("index", "small/corpus.jsonl", check=0)
    done = run("evaluate", "--json", "--per-query", "--report", "k.html", check=0)
    found = json.loads(done.stdout)
    assert "the scores are optimistic." in found["optimistic"]
    assert found["known_items"].keys() == {"known titles", "known sentences"}
    assert found["vector_recall"]["mean"] == 1.0, "so few are compared one by one"
    assert {row["kind"] for row in found["per_query"]} == {"known titles", "known sentences"}
    assert "locus: used index .locus" in done.stderr
    page = page_of(tmp_path / "k.html")
    assert "the scores are optimistic." in page and "Known sentences" in page

    shown = run("evaluate", "--mode", "semantic", check=0).stdout
    assert shown.startswith("This is a self-test")
    assert "known titles, semantic" in shown
    assert "vector index: finds 100.00% of the 10 nearest passages" in shown


def test_modes_indexes_and_runs_are_compared(
    run: Callable[..., Done], seeds_index: Path, few: Path, tmp_path: Path
) -> None:
    asked = partial(run, LOCUS_INDEX=str(seeds_index))
    done = asked("compare", few, "-k", "20", "lexical", "hybrid", "--report", "c.html", check=0)
    assert "* significant (p < 0.05; paired randomisation test with Holm correction)" in done.stdout
    head = next(line for line in done.stdout.splitlines() if "wins/ties/losses" in line)
    assert head.split()[:3] == ["lexical", "hybrid", "difference"]
    head = "Questions whose nDCG@10 changed most (* marks a relevant article):\n"
    moved = done.stdout.partition(head)[2].splitlines()
    assert re.fullmatch(r"  \d\.\d\d -> \d\.\d\d  q\d\d  .*\?", moved[0])
    assert re.fullmatch(r"      1\.[* ] \S+ +1\.[* ] \S+", moved[1])
    assert "Difference of <bdi" in page_of(tmp_path / "c.html")

    worse = asked("compare", few, "-k", "20", "hybrid", "lexical", "--json", "--per-query", check=1)
    found = json.loads(worse.stdout)
    difference = found["differences"]["nDCG@10"]
    assert difference["significant"] and difference["difference"]["mean"] < 0
    assert difference["wins"] + difference["ties"] + difference["losses"] == 20
    assert difference["p"] <= difference["p_holm"] < 0.05
    assert found["moved"][0]["hits"].keys() == {"before", "after"}
    assert len(found["per_query"]) == 20

    asked("evaluate", few, "-k", "20", "--run", "a.run", check=0)
    same = asked(
        "compare", few, "-k", "20", "a.run", seeds_index, "--mode", "hybrid", "--json", check=0
    )
    assert json.loads(same.stdout)["moved"] == []


SPOILT: list[tuple[str, str, str]] = [
    ("qrels/test.tsv", "q9\td1\t1\nq9\td2\t1\n", "query 'q9' is judged but not in q.*(2 in total)"),
    (
        "qrels/test.tsv",
        "q1\td8\t1\nq2\td9\t1\n",
        "article 'd8' is judged but not in c.*(2 in total)",
    ),
    ("qrels/test.tsv", "q1\td1\t2\n", "duplicate judgement of query 'q1' and article 'd1' ignored"),
    ("queries.jsonl", '{"_id": "q7", "text": "x"}\n', "query 'q7' has no judgements"),
    ("queries.jsonl", '{"_id": "q1", "text": "x"}\n', "duplicate query 'q1' ignored"),
    ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n', "duplicate _id 'd1' .first used on line 1."),
    ("answers.jsonl", '{"query_id": "q1"}\n', "not an answer .*; line skipped"),
]


def test_what_is_wrong_with_single_lines_is_told_counted_and_in_the_json(
    run: Callable[..., Done], dataset: Path
) -> None:
    for name, rows, _ in SPOILT:
        with (dataset / name).open("a") as file:
            file.write(rows)
    done = run("evaluate", "small", "--json", check=0)
    notes = json.loads(done.stdout)["notes"]
    for name, _, pattern in SPOILT:
        expected = pattern.replace("(2 in total)", r"\(2 in total\)")
        assert any(re.search(f"{name}:\\d+: {expected}", note) for note in notes), pattern
    assert all(f"locus: {note}" in done.stderr for note in notes)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("queries.jsonl", None, "is not a dataset: queries.jsonl is missing. A dataset folder has"),
        ("qrels/test.tsv", None, "is not a dataset: qrels/test.tsv is missing. A dataset folder"),
        ("corpus.jsonl", None, "none of the judged articles exist in this dataset"),
        ("corpus.jsonl", "", "none of the judged articles exist in this dataset"),
        ("queries.jsonl", "", "queries.jsonl contains no queries"),
        ("qrels/test.tsv", HEADER, "test.tsv contains no judgements"),
        ("qrels/test.tsv", f"{HEADER}q8\td1\t1\nq9\td1\t1\n", "has no judgement for any query"),
        ("qrels/test.tsv", f"{HEADER}q1\td1\t0\n", "marks no article as relevant"),
        ("queries.jsonl", "{broken\n", "contains no queries; small/queries.jsonl:1: invalid JSON"),
    ],
)
def test_a_dataset_of_which_nothing_can_be_measured_is_an_error(
    run: Callable[..., Done], dataset: Path, name: str, text: str | None, message: str
) -> None:
    (dataset / name).unlink()
    if text is not None:
        (dataset / name).write_text(text)
    done = run("evaluate", "small", check=2)
    assert message in done.stderr and done.stderr.startswith("locus: small")
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bad.run is empty. A run has one line for each article found"),
        ("q1 Q0 d1 1 nan x\nq2 Q0 d2 1 NaN x\n", "'nan' is not a finite number (2 in total)"),
        ("q1 Q0 d1 1 inf x\n", "'inf' is not a finite number"),
        ("q1 Q0 d1 1 0.5 x\nq1 Q0 d1 2 0.4 x\n", "query 'q1' lists article 'd1' twice"),
        ("q1 d1 0.5\n", "bad.run:1: not six fields"),
        ("q8 Q0 d1 1 0.5 x\n", "has no results for the queries of small (it has e.g. 'q8')"),
    ],
)
def test_a_run_that_cannot_be_measured_is_an_error(
    run_shared: Callable[..., Done], tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "bad.run").write_text(text)
    for command in (
        ["evaluate", "small", "--from-run", "bad.run"],
        ["compare", "small", "lexical", "bad.run"],
    ):
        done = run_shared(*command, check=2)
        assert message in done.stderr
        assert done.stdout == ""


def test_the_judgements_of_a_split_are_used_and_saved(
    run: Callable[..., Done], dataset: Path, tmp_path: Path
) -> None:
    (dataset / "qrels/dev.tsv").write_text(f"{HEADER}q2\td2\t1\nq3\td4\t0\n")
    saved = ["--run", "dev.run", "--qrels", "dev.qrels"]
    asked = ["evaluate", dataset, "--split", "dev", "--mode", "lexical"]
    found = json.loads(run(*asked, *saved, "--json", check=0).stdout)
    assert found["queries"] == 2
    assert (tmp_path / "dev.qrels").read_text() == "q2 0 d2 1\nq3 0 d4 0\n"
    again = run(*asked, "--from-run", "dev.run", "--json", check=0)
    assert json.loads(again.stdout)["measures"] == found["measures"]
    kept = (tmp_path / "dev.run").read_bytes()
    done = run(*asked, *saved, check=2)
    assert "dev.qrels already exists. Choose another name for --qrels" in done.stderr
    assert (tmp_path / "dev.run").read_bytes() == kept
    done = run("evaluate", dataset, "--split", "train", check=2)
    assert "has no qrels/train.tsv. Choose with --split from: dev, test" in done.stderr
    compared = run("compare", dataset, "dev.run", "dev.run", "--split", "dev", "--json", check=0)
    assert json.loads(compared.stdout)["before"]["queries"] == 2
    assert "--qrels needs a DATASET" in run("evaluate", "--qrels", "x", check=2).stderr


def test_a_run_that_found_nothing_or_misses_queries(
    run_shared: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "b.run").write_text("q1 Q0 d1 1 0.5 x\n")
    done = run_shared("evaluate", "small", "--from-run", "b.run", "--json", check=0)
    assert json.loads(done.stdout)["measures"]["RR@10"]["mean"] == pytest.approx(1 / 3)
    assert "query 'q2' has no results and counts as 0 (2 in total)" in done.stderr
    (tmp_path / "c.run").write_text("q1 Q0 d2 1 0.5 x\nq5 Q0 d1 1 0.5 x\n")
    done = run_shared("evaluate", "small", "--from-run", "c.run", check=1)
    assert "none of its articles are judged; do its ids (e.g. 'd2') match" in done.stderr
    assert "query 'q5' is not judged in small; skipped" in done.stderr
    longer = "".join(f"q1 Q0 d{n} {n} {1 / n} x\n" for n in range(1, 5))
    (tmp_path / "d.run").write_text(longer)
    done = run_shared("compare", "small", "b.run", "d.run", check=0)
    assert "one is much longer than the other, which inflates its AP and R@k" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "nowhere"], "nowhere does not exist. A dataset folder has"),
        (["evaluate"], "no index here (.locus). Create one with: locus index FOLDER"),
        (["evaluate", "small", "--from-run", "nowhere"], "cannot read nowhere: no such file"),
        (["evaluate", "small", "-k", "0"], "should be greater than or equal to 1"),
        (["evaluate", "small", "--mode", "psychic"], "'psychic' is not one of"),
        (["evaluate", "--run", "a.run"], "--run and --from-run need a DATASET"),
        (["evaluate", "small", "--run", "theirs.run"], "theirs.run already exists and was not"),
        (["evaluate", "small", "--run", "no/a.run"], "cannot write no/a.run: the folder no"),
        (["evaluate", "small", "--report", "small"], "cannot write small: it is a folder"),
        (["compare", "small", "hybrid"], "Missing argument 'B'"),
        (["compare", "small", "hybrid", "best"], "'best' is not a mode (hybrid, semantic,"),
        (["compare", "small", "hybrid", "small"], "small is not a Locus index. To index"),
        (["compare", "nowhere", "hybrid", "lexical"], "nowhere does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(
    run_shared: Callable[..., Done], tmp_path: Path, arguments: list[str], message: str
) -> None:
    theirs = "q1 Q0 d1 1 0.5 bm25\n"
    (tmp_path / "theirs.run").write_text(theirs)
    done = run_shared(*arguments, check=2)
    assert message in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
    assert done.stdout == ""
    assert (tmp_path / "theirs.run").read_text() == theirs


def test_questions_cannot_steer_the_terminal(run: Callable[..., Done], dataset: Path) -> None:
    evil = {"_id": "q1", "text": "owls \x1b[2J \u202e at night"}
    jsonl(dataset / "queries.jsonl", evil, {"_id": "q\x1b[2J", "text": "x"})
    done = run("evaluate", "small", "--per-query", check=0)
    assert not {"\x1b", "\u202e"} & set(done.stdout + done.stderr)
