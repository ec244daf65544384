"""The parts of the benchmarks that decide: what is kept, what copies are, what the words say."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from indexer.types import Span
from tests.benchmarks import charts, corpora, growth, report, tables, updating, verdicts
from tests.benchmarks.__main__ import options
from tests.benchmarks.figures import Figure, Measured, Results, quantile
from tests.benchmarks.machine import OtherWork
from tests.benchmarks.peers.comparing import peers_named
from tests.benchmarks.peers.environments import PEERS
from tests.benchmarks.peers.peer import Place
from tests.benchmarks.standin import StandInEncoder
from tests.conftest import ROOT
from tests.hashing import HashingEncoder

TEXT = "Every evening the harbour pilots count the boats that have come back before the storm."


def figures(passages: int, encoder: str, **values: float) -> list[Figure]:
    return [
        Figure("Locus", what.replace("_", " "), value, "", passages, encoder)
        for what, value in values.items()
    ]


def compared(results: Results, tools: Mapping[str, Mapping[str, float]]) -> None:
    found = [
        Figure(tool, what, value, "", 10, "model")
        for tool, values in tools.items()
        for what, value in values.items()
    ]
    inputs = {"tools": {}, "articles": 12, "questions": 600}
    results.piece("peers-quiz-ask", inputs, lambda: Measured(found, {}, "Chroma: no room"))


def write_corpus(path: Path, count: int) -> Path:
    lines = [json.dumps({"_id": f"a{n}", "title": "", "text": f"{TEXT} {n}"}) for n in range(count)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# What is kept


def test_a_piece_is_measured_once_and_again_with_other_inputs(tmp_path: Path) -> None:
    measured: list[float] = []

    def measure() -> Measured:
        measured.append(1.0)
        return Measured(figures(10, "model", p50=float(len(measured))), {"faiss": "1"})

    for inputs in ({"size": 10}, {"size": 10}, {"size": 20}):
        piece = Results(tmp_path).piece("growth-model-10-ask", inputs, measure)
    assert len(measured) == 2
    assert piece.figures[0].value == 2.0
    assert Results(tmp_path).all() == [piece]


def test_a_piece_that_was_cut_off_is_measured_again(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.piece("one", {}, lambda: Measured(printed="whole"))
    (tmp_path / "one.json").write_text('{"name": "one", "inp', "utf-8")
    assert results.all() == []
    assert results.piece("one", {}, lambda: Measured(printed="again")).printed == "again"


def test_a_measurement_that_fails_keeps_nothing(tmp_path: Path) -> None:
    def fail() -> Measured:
        raise RuntimeError("no disk")

    with pytest.raises(RuntimeError):
        Results(tmp_path).piece("one", {}, fail)
    assert Results(tmp_path).all() == []


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0), (0.0, 1.0), (0.01, 1.0)]
)
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    assert quantile([float(n) for n in range(20, 0, -1)], share) == value


# Corpora


def test_a_copy_keeps_most_words_in_most_places_and_is_always_the_same() -> None:
    copy = corpora.perturbed(TEXT, "a1~1")
    assert copy == corpora.perturbed(TEXT, "a1~1")
    assert copy not in {TEXT, corpora.perturbed(TEXT, "a1~2")}
    assert set(copy.split()) < set(TEXT.split())
    assert len(copy.split()) == len(TEXT.split()) - 1


@pytest.mark.parametrize("text", ["", "one", "two words", "  spaces  between  "])
def test_the_shortest_texts_have_copies_too(text: str) -> None:
    assert set(corpora.perturbed(text, "x").split()) <= set(text.split())


def test_a_corpus_that_is_too_small_is_followed_by_copies(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 3)
    written = corpora.write(corpus, 4 * len(TEXT), tmp_path / "out.jsonl")
    found = read(tmp_path / "out.jsonl")
    assert [article["_id"] for article in found] == ["a0", "a1", "a2", "a0~1"]
    assert (written.articles, written.copies) == (4, 1)
    assert found[0]["text"] == f"{TEXT} 0"


def test_without_a_size_a_corpus_is_written_as_it_is(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 3)
    assert corpora.write(corpus, None, tmp_path / "out.jsonl").articles == 3
    assert read(tmp_path / "out.jsonl") == read(corpus)


def test_an_edited_line_keeps_its_length_and_all_others(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 9)
    before = read(corpus)
    updating.edit_line(corpus, 5)
    after = read(corpus)
    changed = [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert len(changed) == 1
    assert len(after[changed[0]]["text"]) == len(before[changed[0]]["text"])


# The stand-in encoder


def test_the_stand_in_puts_texts_that_share_words_near() -> None:
    encoder = StandInEncoder(HashingEncoder())
    texts = [TEXT, corpora.perturbed(TEXT, "x"), "Moss grows slowly between granite boulders."]
    cosines = encoder.encode_passages(texts) @ encoder.encode_query(TEXT.upper())
    assert cosines[0] == pytest.approx(1)
    assert cosines[1] > 0.7
    assert cosines[2] < 0.4


def test_the_stand_in_gives_each_part_the_vector_of_its_words() -> None:
    encoder = StandInEncoder(HashingEncoder())
    texts = ["𝔘 Owls hunt. Ünter bridges flow rivers.", "", "Comets return."]
    parts = [[Span(0, 12), Span(13, 39)], [], [Span(0, 14)]]
    vectors, found = encoder.encode_with_parts(texts, parts)
    expected = [texts[0][0:12], texts[0][13:39], texts[2]]
    assert np.allclose(found, np.stack([encoder.encode_query(text) for text in expected]))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_the_stand_in_encodes_no_texts() -> None:
    assert StandInEncoder(HashingEncoder()).encode_passages([]).shape == (0, 64)


# Options


def test_sizes_are_numbers_or_all() -> None:
    assert growth.sized("1000, all") == ["1000", "all"]
    assert growth.sized("") == []
    with pytest.raises(ValueError, match="'many'"):
        growth.sized("many")


def test_the_time_of_a_larger_size_is_expected_from_the_last() -> None:
    spent = growth.Spent(characters=1000, build=10, other=30)
    assert spent.expected(10_000) == pytest.approx(140)


def test_a_size_for_which_the_time_is_too_short_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 3)
    monkeypatch.setattr(growth, "_passage_length", lambda *_: 700.0)
    monkeypatch.setattr(growth, "_measure", lambda *_: 50.0)
    growth.main(corpus, tmp_path / "work", ["1000", "10000"], "stand-in", 1, keep=False)
    text = report.write(tmp_path / "work", tmp_path / "report").read_text("utf-8")
    assert "Not measured: 10000 passages would take about 9 minutes more." in text
    assert "Not measured: 1000 passages" not in text


def test_peers_are_named_in_any_case() -> None:
    assert peers_named("all") == PEERS
    assert peers_named("none") == ()
    assert peers_named("CHROMA,plain") == ("Chroma", "plain")
    with pytest.raises(ValueError, match="'solr'"):
        peers_named("solr")


def test_a_place_is_read_back_from_its_id() -> None:
    place = Place("notes/12:30-13:00.md", 5, 70)
    assert Place.parse(str(place)) == place


def test_make_passes_options_that_exist(tmp_path: Path) -> None:
    values = {
        "CORPUS": "c.jsonl",
        "WORK": "w",
        "SIZES": "1000,all",
        "MODEL_SIZES": "none",
        "MINUTES": "20",
        "DATASET": "d",
        "PEERS": "txtai",
        "TABLES": "ratios",
        "REPORT": "r",
    }
    program = shutil.which("make")
    assert program is not None
    given = [f"{name}={value}" for name, value in values.items()]
    # Under another make, as in `make test`, it would say which folder it enters and leaves.
    command = [program, "--no-print-directory", "--dry-run", "bench", f"VENV={tmp_path}", *given]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    last = printed.replace("\\\n", " ").strip().splitlines()[-1]
    asked = options().parse_args(last.split("tests.benchmarks")[1].split())
    assert (asked.work, asked.corpus, asked.dataset) == (Path("w"), Path("c.jsonl"), Path("d"))
    assert (asked.sizes, asked.model_sizes, asked.minutes) == ("1000,all", "none", 20)
    assert (asked.peers, asked.tables, asked.report) == ("txtai", "ratios", Path("r"))


# The report


def test_ratios_stand_beside_the_values_they_are_made_of(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    for size, seconds in ((1000, 2.0), (100_000, 300.0)):
        values = figures(size, "stand-in", build=seconds, pipeline=1.0, tokenizing=0.25)
        values += figures(size, "stand-in", first_answer=seconds / 100)
        results.piece(f"growth-stand-in-{size}-build", {}, partial(Measured, values))
    sizes = tables.growth(results.all(), "stand-in")
    assert list(sizes) == [1000, 100_000]
    assert sizes[1000]["rate"] == 500
    assert sizes[1000]["over tokenizing"] == 4
    assert "first answer more" not in sizes[1000]
    assert sizes[100_000]["first answer more"] == pytest.approx(2.98)
    text = report.write(tmp_path, tmp_path / "report").read_text("utf-8")
    assert "| passages | 1,000 | 100,000 |" in text
    assert "| - passages a second | 500 /s | 333 /s |" in text
    assert "From 1,000 to 100,000 passages, 100 times as many:" in text
    assert "- building takes 150 times as long" in text
    assert "stand-in-building.svg" in text
    assert (tmp_path / "report/stand-in-building.svg").read_bytes().startswith(b"<?xml")


def test_a_peer_that_is_better_is_named_and_one_that_is_not_is_not(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    ours = {"hit@1": 0.80, "p50": 10.0, "disk": 4.0, "index": 20.0}
    txtai = {"hit@1": 0.805, "p50": 9.8, "disk": 1.0, "index": 30.0}
    lancedb = {"hit@1": 0.85, "p50": 5.0, "disk": 8.0, "index": 19.5}
    compared(results, {"Locus": ours, "txtai": txtai, "LanceDB": lancedb})
    text = report.write(tmp_path, tmp_path / "report").read_text("utf-8")
    better = [line for line in text.splitlines() if line.startswith("- **")]
    first, second, third = better
    assert first.startswith("- **LanceDB, hybrid** has the answer in the first hit more often")
    assert first.endswith("than Locus: 0.850 against 0.800.")
    assert second.startswith("- **LanceDB, hybrid** answers a warm question faster at the median")
    assert second.endswith("than Locus: 0.5 times Locus's time.")
    assert third == "- **txtai, hybrid** uses less disk than Locus: 0.25 times Locus's."
    assert "- No tool here indexes faster than Locus." in text
    assert "| 10.0 ms | 9.80 ms (0.98) | 5.00 ms (0.5) |" in text
    assert "- Not measured: Chroma: no room" in text


def test_a_goal_is_judged_at_the_size_that_is_nearest() -> None:
    sizes = {3000: {"p50": 1.0}, 290_000: {"p50": 9.0, "recall": 0.995}}
    found = {(one.goal.key, one.passages): one.holds for one in verdicts.reached(sizes)}
    assert found == {("p50", 3000): True, ("p50", 290_000): False, ("recall", 290_000): True}


def test_growth_is_told_from_the_smallest_size_to_the_largest() -> None:
    sizes = {10: {"p50": 2.0, "build peak": 100.0}, 20: {}, 40: {"p50": 5.0, "build peak": 101.0}}
    assert list(verdicts.grown(sizes)) == [
        "From 10 to 40 passages, 4 times as many:",
        "- the median question takes 2.5 times as long",
        "- a build needs at its peak about as much memory",
    ]


@pytest.mark.parametrize(
    ("value", "row", "text"),
    [
        (1234.5, tables.Row("build", "", "s"), "1,234 s"),
        (0.04567, tables.Row("build", "", "s"), "0.05 s"),
        (4.126, tables.Row("p50", "", "ms"), "4.13 ms"),
        (0.0345, tables.Row("encoder share", "", "%", 2), "3.5%"),
        (0.1, tables.Row("first answer more", "", "s", 2, "+"), "+0.1 s"),
        (0.9, tables.Row("hit@1", ""), "0.900"),
        (1.72, tables.Row("four over one", "", "x"), "1.72x"),
    ],
)
def test_a_value_has_a_few_digits(value: float, row: tables.Row, text: str) -> None:
    assert tables.shown(value, row) == text


def test_one_size_makes_no_curve() -> None:
    assert charts.curves(charts.GROWTH[0], {1000: {"rate": 3.0}}) is None


def test_a_busy_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OtherWork, "cores", lambda _: 900.0)
    Results(tmp_path / "results").piece("one", {}, Measured)
    text = report.write(tmp_path, tmp_path / "report").read_text("utf-8")
    assert "**The machine was busy**: other processes used up to 900.0 of its cores." in text


def test_a_report_of_nothing_says_so(tmp_path: Path) -> None:
    text = report.write(tmp_path, tmp_path / "report").read_text("utf-8")
    assert "Nothing has been measured yet." in text
