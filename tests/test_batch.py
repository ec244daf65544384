"""``locus search --batch``: what is printed for each line of a file, and what is refused."""

import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.arrays import Scores, Vectors
from indexer.encoding import models
from search.question import no_article_under
from search.ranking import reranking
from tests.conftest import Locus
from tests.hashing import HashingEncoder

OWLS, BATS, BRIDGES = "night/owls.txt", "night/bats.txt", "bridges.md"
QUESTIONS: list[tuple[object, str, str]] = [
    ("q1", "who hunts mice at night", OWLS),
    (7, "a bridge of stone\u2028with seven arches", BRIDGES),
    ("", "sleeping upside down", BATS),
    ("q1", " owls of the forest ", OWLS),
]
"""Ids, questions, and the article that wins each."""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load", lambda _: HashingEncoder())


@pytest.fixture
def batch(tmp_path: Path) -> Write:
    """Write lines, or objects as lines of JSON, to ``questions.jsonl``."""

    def write(*lines: object) -> Path:
        texts = [it if isinstance(it, str) else json.dumps(it, ensure_ascii=False) for it in lines]
        path = tmp_path / "questions.jsonl"
        path.write_text("\n".join(texts), "utf-8", "surrogateescape", newline="")
        return path

    return write


def asked(questions: Sequence[tuple[object, str, str]] = QUESTIONS) -> list[dict[str, object]]:
    return [{"_id": name, "text": text} for name, text, _ in questions]


def answers(printed: str) -> list[dict[str, Any]]:
    return [{**json.loads(line), "took_ms": 0} for line in printed.split("\n")[:-1]]


def test_each_question_is_a_line_with_its_id_and_its_winner(
    locus: Locus, small_index: Path, batch: Write
) -> None:
    done = locus("search", "--batch", batch(*asked()), "--index", small_index, check=0)
    found = answers(done.stdout)
    assert [(it["_id"], it["query"], it["hits"][0]["article"]) for it in found] == QUESTIONS
    assert next(iter(found[0])) == "_id"
    assert done.stderr == ""


def test_standard_input_is_read_and_an_id_may_be_missing(
    locus: Locus, small_index: Path, batch: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = batch({"text": "owls"}, {"_id": None, "text": "bats"}, "\r", {"_id": "q3", "text": "?"})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    done = locus("search", "--batch", "-", "--index", small_index, check=0)
    found = answers(done.stdout)
    assert [(it.get("_id", 0), it["query"]) for it in found] == [
        (0, "owls"),
        (0, "bats"),
        ("q3", "?"),
    ]
    assert [it["hits"][0]["article"] for it in found[:2]] == [OWLS, BATS]


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "2"],
        ["--mode", "semantic", "--json"],
        ["--mode", "lexical"],
        ["--mode", "lexical", "--literal"],
        ["--under", "night"],
        ["-k", "3", "--per-article", "1"],
        ["--min-confidence", "0.9"],
        ["--rerank", "some"],
    ],
    ids=" ".join,
)
def test_an_answer_is_what_json_prints_for_its_question(
    locus: Locus,
    small_index: Path,
    batch: Write,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    class Shortest:
        def relevance(self, _: str, texts: Sequence[str]) -> Scores:
            return np.array([-len(text) for text in texts], np.float32)

    monkeypatch.setattr(reranking, "load_reranker", lambda _: Shortest())
    how = [*options, "--index", str(small_index)]
    texts = [text for _, text, _ in QUESTIONS] + ["owls of the forets", "zxqv"]
    apart = [answers(locus("search", text, "--json", *how).stdout)[0] for text in texts]
    done = locus("search", "--batch", batch(*({"text": text} for text in texts)), *how, check=0)
    assert answers(done.stdout) == apart


def test_a_faulty_line_is_named_and_the_others_are_answered(
    locus: Locus, small_index: Path, batch: Write
) -> None:
    path = batch(
        {"_id": "q1", "text": "owls"},
        "who hunts mice",
        "",
        [1],
        {"_id": "q5"},
        {"text": 6},
        {"_id": "q7", "text": " \t"},
        {"_id": ["q8"], "text": "owls"},
        {"_id": True, "text": "owls"},
        '{"text": "\\ud800"}',
        '{"text": "\udcff"}',
        json.dumps({"text": "o" * (1 << 20)}),
        {"_id": "q13", "text": "bats"},
    )
    done = locus("search", "--batch", path, "--index", small_index, check=0)
    assert [it["_id"] for it in answers(done.stdout)] == ["q1", "q13"]
    reasons = {
        2: "invalid JSON at column 1 (Expecting value)",
        4: "not a JSON object",
        5: '"text" is missing or not a string',
        6: '"text" is missing or not a string',
        7: "the question is empty",
        8: '"_id" is neither a string nor an integer',
        9: '"_id" is neither a string nor an integer',
        10: '"text" has invalid Unicode at character 0 (unpaired surrogate)',
        11: "not UTF-8 text (byte 0xff)",
        12: "the line is too long (at most 1,048,576 bytes)",
    }
    told = [f"locus: {path}:{line}: {why}; line skipped\n" for line, why in reasons.items()]
    assert done.stderr == "".join(told) + f"locus: {path}: skipped 10 of 12 lines\n"


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [("owls", ["--mode", "lexical"], 0), ("zebra", ["--mode", "lexical"], 1), ("zebra", [], 0)],
)
def test_it_exits_with_1_only_if_no_question_has_a_hit(
    locus: Locus, small_index: Path, batch: Write, text: str, options: list[str], code: int
) -> None:
    path = batch({"text": "xylophone"}, {"text": text}, {"text": "quartz"})
    done = locus("search", "--batch", path, *options, "--index", small_index, check=code)
    found = answers(done.stdout)
    assert [it["query"] for it in found] == ["xylophone", text, "quartz"]
    assert any(it["hits"] for it in found) == (code == 0)


@pytest.mark.parametrize(
    ("lines", "options", "reason"),
    [
        ([], [], "has no valid question. Each line must be a JSON object, such as {"),
        (["{}"], [], "has no valid question. Each line"),
        ([{"text": "owls"}], ["bats"], "--batch reads the questions from a file. Leave out the"),
        ([{"text": "owls"}], ["--jsonl"], "--batch prints one JSON object per question. Leave out"),
        (["{}"], ["-k", "0"], "k must be from 1 to 1000 (got 0)"),
        ([{"text": "owls"}], ["--index", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_answered_is_an_error(
    locus: Locus,
    small_index: Path,
    batch: Write,
    lines: list[object],
    options: list[str],
    reason: str,
) -> None:
    command = ["search", "--index", str(small_index), "--batch", str(batch(*lines)), *options]
    done = locus(*command, check=2)
    assert reason in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def test_a_file_that_cannot_be_read_is_an_error(
    locus: Locus, small_index: Path, tmp_path: Path
) -> None:
    def said(path: Path) -> str:
        return locus("search", "--batch", path, "--index", small_index, check=2).stderr

    assert said(tmp_path / "no.jsonl") == (
        f"locus: cannot read {tmp_path}/no.jsonl: no such file or directory\n"
    )
    assert said(tmp_path) == (
        f"locus: cannot read {tmp_path}: a folder, not a file. Name a file, or - for standard"
        " input\n"
    )


def test_a_folder_is_named_from_the_working_folder_and_a_warning_is_said_once(
    locus: Locus, own_index: Path, articles: Path, batch: Write
) -> None:
    path = batch({"text": "bridges"}, {"text": "owls"})
    how = ["--batch", str(path), "--index", str(own_index)]
    done = locus("search", *how, "--under", "./b*", folder=articles / "night", check=0)
    assert [[hit["article"] for hit in it["hits"]] for it in answers(done.stdout)] == [[BATS]] * 2
    done = locus("search", *how, "--under", "day", check=1)
    warning = no_article_under("day")
    assert [it["warnings"] for it in answers(done.stdout)] == [[warning]] * 2
    assert done.stderr == f"locus: {warning}\n"


def test_what_was_printed_before_an_interrupt_stands(
    locus: Locus, small_index: Path, batch: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            if text == "stone":
                raise KeyboardInterrupt
            return super().encode_query(text)

    monkeypatch.setattr(models, "load", lambda _: Interrupted())
    path = batch(*({"text": text} for text in [*["owls", "bats"] * 32, "stone", "mice"]))
    done = locus("search", "--batch", path, "--index", small_index, check=130)
    assert [it["hits"][0]["article"] for it in answers(done.stdout)] == [OWLS, BATS] * 32
