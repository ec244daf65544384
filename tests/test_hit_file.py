"""``locus check``: what it reads, what it prints for each hit, and its exit codes."""

import io
import json
import sys
from pathlib import Path

import pytest

from indexer.encoding import models
from indexer.pipeline import build
from tests.conftest import Locus
from tests.hashing import HashingEncoder

OWLS, BATS = "night/owls.txt", "night/bats.txt"


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load", lambda _: HashingEncoder())


def by_hand(article: str, start: int, text: str) -> str:
    hit = {"article": article, "start": start, "end": start + len(text), "text": text}
    return json.dumps(hit)


def test_what_search_prints_can_be_checked_in_each_of_its_forms(
    locus: Locus, small_index: Path, tmp_path: Path
) -> None:
    how = ["--index", str(small_index)]
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"_id": "q1", "text": "bats"}\n', "utf-8")
    printed = [
        locus("search", "owls", "-k", "2", "--json", *how).stdout,
        locus("search", "owls", "-k", "2", "--jsonl", *how).stdout,
        locus("search", "--batch", questions, "-k", "1", *how).stdout,
        json.dumps({"passages": [{**json.loads(by_hand(OWLS, 0, "Owls")), "truncated": True}]})
        + "\n",
        locus("show", f"{OWLS}:20-44", "--json", *how).stdout,
    ]
    hits = tmp_path / "hits.jsonl"
    hits.write_text("".join(printed), "utf-8")
    done = locus("check", hits, *how, check=0)
    assert done.stderr == ""
    *lines, last = done.stdout.splitlines()
    assert last == "7 hits: 7 unchanged, 0 moved, 0 changed, 0 gone"
    assert [line.split()[0] for line in lines] == ["unchanged"] * 7
    assert lines[-2:] == [f"unchanged  {OWLS}:0-4", f"unchanged  {OWLS}:20-44"]


def test_each_hit_is_a_line_that_says_what_became_of_it(
    locus: Locus, own_index: Path, articles: Path, tmp_path: Path
) -> None:
    (articles / OWLS).write_text("Owls\n\nOwls hunt mice at\nnight. They have loud feathers.\n")
    (articles / BATS).rename(articles / "bats.txt")
    build(own_index, encoder=HashingEncoder())
    hits = tmp_path / "hits.jsonl"
    cited = [
        by_hand("bridges.md", 0, "# Bridges"),
        by_hand(OWLS, 20, "Owls hunt mice at night."),
        by_hand(OWLS, 20, "Owls hunt mice at night. Their feathers are silent."),
        by_hand(BATS, 6, "Bats find moths by echo."),
        by_hand("bridges.md", 11, "Zebras graze on wide plains."),
    ]
    hits.write_text("\n".join(cited), "utf-8")
    done = locus("check", hits, "--index", own_index, check=1)
    assert done.stdout.splitlines() == [
        "unchanged  bridges.md:0-9",
        f"moved      {OWLS}:20-44 to {OWLS}:6-30 (only white space differs)",
        f"changed    {OWLS}:20-71 to {OWLS}:6-55",
        "           … mice at night. [-Their feathers are silent-]{+They have loud feathers+}.",
        f"moved      {BATS}:6-30 to bats.txt:6-30",
        "gone       bridges.md:11-39",
        "           Zebras graze on wide plains.",
        "5 hits: 1 unchanged, 2 moved, 1 changed, 1 gone",
    ]
    found = json.loads(locus("check", hits, "--json", "--index", own_index, check=1).stdout)
    standings = [it["verdict"] for it in found["verdicts"]]
    assert standings == ["unchanged", "moved", "changed", "moved", "gone"]
    assert [found[it] for it in ("unchanged", "moved", "changed", "gone", "skipped")] == [
        *(1, 2, 1, 1, 0)
    ]
    hits.write_text("\n".join(json.dumps(it["now"]) for it in found["verdicts"][:4]), "utf-8")
    locus("check", hits, "--index", own_index, check=0)


def test_a_line_that_is_no_hit_is_named_and_the_others_are_checked(
    locus: Locus, small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        by_hand(OWLS, 0, "Owls"),
        "nothing",
        "[1]",
        '{"article": "x.md"}',
        json.dumps({"hits": [json.loads(by_hand(BATS, 0, "Bats")), {}]}),
        "x" * (1 << 20),
        "",
        '{"hits": []}',
    ]
    given = io.BytesIO("\n".join(lines).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    done = locus("check", "-", "--index", small_index, check=0)
    assert done.stdout.splitlines()[-1] == "2 hits: 2 unchanged, 0 moved, 0 changed, 0 gone"
    assert done.stderr.splitlines() == [
        "locus: standard input:2: invalid JSON at column 1 (Expecting value); line skipped",
        "locus: standard input:3: not a JSON object; line skipped",
        'locus: standard input:4: "text" is missing or not a string; line skipped',
        'locus: standard input:5: hit 2: "article" is missing or not a string; skipped',
        "locus: standard input:6: the line is too long (at most 1,048,576 bytes); line skipped",
        "locus: standard input: skipped 5 of 7 hits",
    ]


@pytest.mark.parametrize("text", ["", "nothing\n", "{}\n"])
def test_a_file_without_a_hit_is_an_error(
    locus: Locus, small_index: Path, tmp_path: Path, text: str
) -> None:
    hits = tmp_path / "hits.jsonl"
    hits.write_text(text, "utf-8")
    done = locus("check", hits, "--index", small_index, check=2)
    assert f"{hits} has no hit. Each line must be a JSON object, such as" in done.stderr
    hits.write_text('{"hits": []}\n', "utf-8")
    done = locus("check", hits, "--index", small_index, check=0)
    assert done.stdout == "0 hits: 0 unchanged, 0 moved, 0 changed, 0 gone\n"


def test_what_cannot_be_read_is_an_error(locus: Locus, small_index: Path, tmp_path: Path) -> None:
    done = locus("check", tmp_path / "no.jsonl", "--index", small_index, check=2)
    assert done.stderr == f"locus: cannot read {tmp_path}/no.jsonl: no such file or directory\n"
    done = locus("check", tmp_path, "--index", small_index, check=2)
    assert "a folder, not a file. Name a file, or - for standard input" in done.stderr
    hits = tmp_path / "hits.jsonl"
    hits.write_text(by_hand(OWLS, 0, "Owls"), "utf-8")
    locus("check", hits, "--index", tmp_path / "nowhere", check=2)


def test_what_is_cited_from_an_unchanged_article_but_not_in_it_is_told(
    locus: Locus, small_index: Path, tmp_path: Path
) -> None:
    hit = json.loads(
        locus("search", "owls", "--jsonl", "--index", small_index).stdout.split("\n")[0]
    )
    hits = tmp_path / "hits.jsonl"
    hits.write_text(json.dumps({**hit, "text": "Zebras graze on wide plains."}), "utf-8")
    done = locus("check", hits, "--index", small_index, check=1)
    assert "The article has not changed: this text was never at that place" in done.stdout


def test_control_characters_are_not_printed(
    locus: Locus, small_index: Path, tmp_path: Path
) -> None:
    hits = tmp_path / "hits.jsonl"
    hits.write_text(by_hand("x\x1b[2J.md", 0, "Zebras\x1b[2J graze"), "utf-8")
    assert "\x1b" not in locus("check", hits, "--index", small_index, check=1).stdout
