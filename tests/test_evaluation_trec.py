"""Runs and judgements as files: what is written can be read back, and faults are reported."""

from pathlib import Path

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import DatasetError
from search.evaluation.judged.reading import Notes
from search.evaluation.judged.trec import (
    Qrels,
    Run,
    ranked,
    read_qrels,
    read_run,
    write_qrels,
    write_run,
)

ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
scores = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 0.5, 1.0])
runs = st.dictionaries(ids, st.dictionaries(ids, scores, min_size=1), min_size=1, max_size=5)


def saved(path: Path, *rows: str) -> Path:
    path.write_bytes("\n".join(rows).encode())
    return path


def grades(path: Path, notes: Notes) -> Qrels:
    found: dict[str, dict[str, int]] = {}
    for judged in read_qrels(path, notes):
        found.setdefault(judged.query, {})[judged.article] = judged.grade
    return found


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return tmp_path / "a.run"


def test_a_run_is_written_best_first_with_ranks_from_one(run_file: Path) -> None:
    write_run(run_file, {"q1": {"a": 0.5, "c": 1.0, "b": 0.5}, "q2": {"d": -1.0}}, "hybrid")
    assert run_file.read_text("utf-8").splitlines() == [
        "q1 Q0 c 1 1.0 hybrid",
        "q1 Q0 b 2 0.5 hybrid",  # of equal scores, the higher docid first
        "q1 Q0 a 3 0.5 hybrid",
        "q2 Q0 d 1 -1.0 hybrid",
    ]


@given(run=runs)
def test_a_run_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, run: Run
) -> None:
    path = tmp_path_factory.mktemp("run") / "any.run"
    write_run(path, run, "my tag")
    found = read_run(path)
    assert found.run == run
    assert found.tag == "my tag"
    assert found.notes == ()
    assert all(list(found.run[query]) == ranked(run[query]) for query in run)


@given(scores=st.dictionaries(ids, scores, min_size=1, max_size=6))
def test_the_order_is_trec_evals(scores: dict[str, float]) -> None:
    order = ranked(scores)
    for place, article in enumerate(order, 1):
        evaluator = pytrec_eval.RelevanceEvaluator({"q": {article: 1}}, {"recip_rank"})
        assert evaluator.evaluate({"q": scores})["q"]["recip_rank"] == pytest.approx(1 / place)


def test_scores_that_float32_cannot_tell_apart_are_equal() -> None:
    assert ranked({"a": 1.00000000001, "b": 1.0}) == ["b", "a"]
    assert ranked({"a": 1e300, "b": 1e200, "c": 1e299}) == ["c", "b", "a"]


def test_an_id_with_white_space_stays_one_field(tmp_path: Path, run_file: Path) -> None:
    names = ["my notes/owls.txt", "100% wool.md", "100%25.md", "a%20b", "caf%C3%A9", "tab\there"]
    write_run(run_file, {"q 1": dict.fromkeys(names, 1.0)})
    assert {len(row.split()) for row in run_file.read_text("utf-8").splitlines()} == {6}
    assert set(read_run(run_file).run["q 1"]) == set(names)
    assert "q%201 Q0 my%20notes/owls.txt" in run_file.read_text("utf-8")
    assert " caf%C3%A9 " in run_file.read_text("utf-8"), "an id of another's stays as it is"
    write_qrels(tmp_path / "a.qrels", {"q 1": dict.fromkeys(names, 2)})
    assert grades(tmp_path / "a.qrels", Notes()) == {"q 1": dict.fromkeys(names, 2)}


def test_beirs_runs_begin_with_rank_0(run_file: Path) -> None:
    saved(run_file, "q1 Q0 a 0 2.0 beir", "q1 Q0 b 1 1.0 beir", "")
    found = read_run(run_file)
    assert (found.run, found.tag, found.notes) == ({"q1": {"a": 2.0, "b": 1.0}}, "beir", ())


def test_ranks_that_contradict_the_scores_are_noted(run_file: Path) -> None:
    saved(run_file, "q1 Q0 a 1 0.1 x", "q1 Q0 b 2 0.2 x", "q2 Q0 a 3 1 x", "q3 Q0 a 1 1 x")
    found = read_run(run_file)
    assert list(found.run["q1"]) == ["b", "a"]
    contradiction, late = map(str, found.notes)
    assert (
        f"{run_file}:1: ranks and scores of query 'q1' disagree; the scores are used"
        in contradiction
    )
    assert f"{run_file}:3: query 'q2' starts at rank 3, not at 0 or 1" in late


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "is empty"),
        (["", "  "], "is empty"),
        (["q1 Q0 a 1 nan x"], ":1: score 'nan' is not a finite number"),
        (["q1 Q0 a 1 1.0 x", "q1 Q0 b 2 -inf x"], ":2: score '-inf' is not a finite number"),
        (["q1 Q0 a 1 1_0 x"], ":1: score '1_0' is not a finite number"),
        (["q1 Q0 a 1 1e999 x"], ":1: score '1e999' is not a finite number"),
        (["q1 Q0 a first 1.0 x"], ":1: rank 'first' is not a whole number"),
        (["q1 Q0 a -1 1.0 x"], ":1: rank '-1' is not a whole number"),
        (["q1 Q0 a 1 1.0"], ":1: not six fields"),
        (["q1 Q0 my notes 1 1.0 x", "q1 Q0 a b 2 1.0 x"], ":1: not six fields .* \\(2 in total\\)"),
        (["q1 Q0 a 1 1.0 x", "q1 Q0 a 2 0.9 x"], ":2: query 'q1' lists article 'a' twice"),
    ],
)
def test_a_run_that_is_none_is_refused_by_file_and_line(
    run_file: Path, rows: list[str], message: str
) -> None:
    with pytest.raises(DatasetError, match=f"a\\.run.*{message}"):
        read_run(saved(run_file, *rows))


def test_a_run_that_cannot_be_read_or_is_no_text(run_file: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot read .*a\.run: no such file"):
        read_run(run_file)
    run_file.write_bytes(b"q1 Q0 a 1 1.0 x\nq1 Q0 caf\xe9 2 0.5 x\n")
    with pytest.raises(DatasetError, match=r"a\.run:2: not UTF-8 \(byte 0xe9\)"):
        read_run(run_file)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({}, "there are no results"),
        ({"q1": {}}, "there are no results"),
        ({"q1": {"a": float("nan")}}, "query 'q1' has score nan for 'a'"),
        ({"q1": {"a": float("inf")}}, "query 'q1' has score inf for 'a'"),
        ({"q1": {"\ud800": 1.0}}, "it is empty or not valid text"),
        ({"q1": {"": 1.0}}, "it is empty or not valid text"),
    ],
)
def test_what_no_run_file_can_hold_is_not_written(run_file: Path, run: Run, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        write_run(run_file, run)
    assert not run_file.exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot write .*a\.run: no such file or directory"):
        write_run(tmp_path / "absent/a.run", {"q1": {"a": 1.0}})


@pytest.mark.parametrize(
    "rows",
    [
        ["query-id\tcorpus-id\tscore", "q1\td 1\t2", "q1\td2\t0", "q2\td3\t1"],
        ["q1\td 1\t2", "q1\td2\t0", "q2\td3\t1"],
        ["\ufeffquery-id\tcorpus-id\tscore\r", "q1\td 1\t2\r", "q1\td2\t0\r", "q2\td3\t1\r"],
        ["q1 0 d%201 2", "q1 0 d2 0", "q2 Q0 d3 1", ""],
        ["q1\t0\td%201\t2", "q1\t0\td2\t0", "q2\t0\td3\t1"],
    ],
    ids=["beir", "no header", "windows", "trec", "trec with tabs"],
)
def test_judgements_in_either_layout(tmp_path: Path, rows: list[str]) -> None:
    notes = Notes()
    found = grades(saved(tmp_path / "qrels", *rows), notes)
    assert found == {"q1": {"d 1": 2, "d2": 0}, "q2": {"d3": 1}}
    assert notes.all() == ()


def test_judgements_that_are_none_are_noted_by_line_and_counted(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "qrels",
        "query-id\tcorpus-id\tscore",
        "q1\td1\t1",
        "q1\td2\t0.5",
        "q1\td3\tyes",
        "q1\td4\t-2",
        "q1 d5 1",
        "q1\td1\t1",
        "q1\td1\t0",
        "q1\td6\t-1",
        "q1\t\t1",
    )
    notes = Notes()
    assert grades(path, notes) == {"q1": {"d1": 1, "d4": 0, "d6": 0}}
    assert [str(note) for note in notes.all()] == [
        f"{path}:3: score '0.5' is not a whole number; line skipped (2 in total)",
        f"{path}:5: score -2 is negative and counts as 0 (2 in total)",
        (
            f"{path}:6: not a judgement (expected query-id, corpus-id and score with tabs, or"
            " TREC's qid 0 docid rel); line skipped (2 in total)"
        ),
        (
            f"{path}:7: duplicate judgement of query 'q1' and article 'd1' ignored (line 2 is used)"
            " (2 in total)"
        ),
    ]


def test_the_first_judgement_is_not_taken_for_a_header(tmp_path: Path) -> None:
    notes = Notes()
    grades(saved(tmp_path / "qrels", "q1\td1\t1.0", "q1\td2\t1"), notes)
    assert [note.what for note in notes.all()] == [
        "score '1.0' is not a whole number; line skipped"
    ]


@pytest.mark.parametrize("rows", [[], ["query-id\tcorpus-id\tscore"], ["q1\td1\t0.5"]])
def test_a_file_without_judgements_is_refused(tmp_path: Path, rows: list[str]) -> None:
    path = saved(tmp_path / "qrels", *rows)
    with pytest.raises(DatasetError, match=r"qrels contains no judgements($|.*:1: score '0\.5')"):
        read_qrels(path, Notes())
