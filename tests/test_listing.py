"""``locus list``: names in a pipe, a table on a terminal, one JSON document."""

import json
import os
from pathlib import Path

import pytest

from indexer.command.listing import ListOutput, print_articles, print_sources
from indexer.pipeline import build
from indexer.storing.catalog import open_catalog
from tests.conftest import ARTICLES, Locus
from tests.hashing import HashingEncoder


def test_a_pipe_has_a_name_a_line(locus: Locus, small_index: Path) -> None:
    done = locus("list", "--index", small_index, check=0)
    assert (done.stdout, done.stderr) == ("bridges.md\nnight/bats.txt\nnight/owls.txt\n", "")
    done = locus("list", "--sources", "--index", small_index, check=0)
    assert done.stdout == f"{small_index.parent / 'articles'}\n"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("night", ["night/bats.txt", "night/owls.txt"]),
        ("night/", ["night/bats.txt", "night/owls.txt"]),
        ("*s.txt", ["night/bats.txt", "night/owls.txt"]),
        ("articles/bridges.md", ["bridges.md"]),
        ("OWL", ["night/owls.txt"]),
        ("s.", ["bridges.md", "night/bats.txt", "night/owls.txt"]),
        ("./night", ["night/bats.txt", "night/owls.txt"]),  # a path in the working folder
    ],
)
def test_a_pattern_is_what_under_accepts_or_a_part_of_a_name(
    locus: Locus, small_index: Path, pattern: str, found: list[str]
) -> None:
    folder = small_index.parent / "articles"
    done = locus("list", pattern, "--index", small_index, folder=folder, check=0)
    assert done.stdout.split() == found


def test_that_nothing_matches_is_said(locus: Locus, small_index: Path) -> None:
    done = locus("list", "mine/nigth", "--index", small_index, check=1)
    assert done.stdout == ""
    done = locus("list", "owl*", "--index", small_index, check=1)
    assert done.stderr == f"locus: no article in {small_index} matches 'owl*'.\n"
    done = locus("list", "mine/night", "--index", small_index, check=1)
    assert done.stderr.endswith("matches 'mine/night'. Did you mean 'night'?\n")
    done = locus("list", "owl*", "--json", "--index", small_index, check=1)
    assert json.loads(done.stdout)["articles"] == []
    done = locus("list", "owls", "--sources", "--index", small_index, check=2)
    assert "accepts no PATTERN" in " ".join(done.stderr.split())
    assert locus("list", check=2).stderr.startswith("locus: no index here (.locus)")


def test_the_json_is_one_document(locus: Locus, small_index: Path) -> None:
    source = str(small_index.parent / "articles")
    done = locus("list", "--json", "--index", small_index, check=0)
    assert done.stdout.count("\n") == 1
    document = json.loads(done.stdout)
    assert (document["index"], document["generation"]) == (str(small_index), 1)
    assert document["articles"][1] == {
        "article": "night/bats.txt",
        "source": source,
        "title": "Bats",
        "passages": 1,
        "characters": len(ARTICLES["night/bats.txt"]),
        "date": None,
        "authors": [],
        "tags": [],
    }
    done = locus("list", "--json", "--sources", "--index", small_index, check=0)
    assert json.loads(done.stdout) == {
        "index": str(small_index),
        "generation": 1,
        "sources": [{"path": source, "articles": 3}],
    }


def test_the_json_has_dates_authors_and_tags(locus: Locus, tmp_path: Path) -> None:
    head = "---\ntitle: Owls\ndate: 2024-05-31\nauthor: Ann Lee\ntags: [birds, night]\n---\n"
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/owls.md").write_text(f"{head}Owls hunt mice.")
    build(tmp_path / "x.locus", [tmp_path / "notes"], encoder=HashingEncoder())
    done = locus("list", "--json", "--index", "x.locus", check=0)
    (found,) = json.loads(done.stdout)["articles"]
    assert found["title"] == "Owls"
    assert [found[key] for key in ("date", "authors", "tags")] == [
        "2024-05-31",
        ["Ann Lee"],
        ["birds", "night"],
    ]


def shown(index: Path, width: int | None, *, sources: bool = False) -> list[str]:
    written: list[str] = []
    output = ListOutput(written.append, width, as_json=False)
    with open_catalog(index) as catalog:
        if sources:
            assert print_sources(index, catalog, output) is None
        else:
            assert print_articles(index, catalog, None, output) is None
    return "".join(written).splitlines()


def test_a_terminal_has_a_table(small_index: Path) -> None:
    assert shown(small_index, 80) == [
        "passages  article         title",
        "       2  bridges.md      Bridges",
        "       1  night/bats.txt  Bats",
        "       1  night/owls.txt  Owls of the forest",
    ]
    assert shown(small_index, 40)[3] == "       1  night/owls.txt  Owls of the f…"
    assert shown(small_index, 30)[3] == "       1  night/owls.txt"
    assert shown(small_index, 80, sources=True) == [
        "articles  source",
        f"       3  {small_index.parent / 'articles'}",
    ]


def test_a_name_cannot_steer_a_terminal_nor_fill_two_lines(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a\nb\x1b[2J.txt").write_text("Wide\n\nOwls hunt mice.")
    (tmp_path / "notes/日本語.txt").write_text("Salt\n\nThe sea is salty.")
    build(tmp_path / "x.locus", [tmp_path / "notes"], encoder=HashingEncoder())
    mark = "\N{REPLACEMENT CHARACTER}"
    assert shown(tmp_path / "x.locus", None) == [f"a{mark}b{mark}[2J.txt", "日本語.txt"]
    assert shown(tmp_path / "x.locus", 60) == [
        "passages  article      title",
        f"       1  a{mark}b{mark}[2J.txt  Wide",
        "       1  日本語.txt   Salt",
    ]


def test_articles_are_printed_while_they_are_read(small_index: Path) -> None:
    class Full(Exception):
        pass

    def write(text: str) -> None:
        if "bridges" in text:
            raise Full

    for as_json in (True, False):
        with open_catalog(small_index) as catalog, pytest.raises(Full):
            print_articles(small_index, catalog, None, ListOutput(write, None, as_json=as_json))


def test_the_width_is_that_of_the_terminal(locus: Locus, small_index: Path) -> None:
    """Whether there is one is asked of standard output."""
    done = locus("list", "owls", "--index", small_index, check=0, COLUMNS="30")
    assert done.stdout == f"night{os.sep}owls.txt\n"


def test_an_empty_index_says_so(tmp_path: Path, locus: Locus) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.txt").write_text("Owls hunt mice.")
    build(tmp_path / "x.locus", [tmp_path / "notes"], encoder=HashingEncoder())
    (tmp_path / "notes/a.txt").unlink()
    build(tmp_path / "x.locus", encoder=HashingEncoder())
    done = locus("list", "--index", "x.locus", check=1)
    assert (done.stdout, done.stderr) == ("", "locus: x.locus has no articles\n")
