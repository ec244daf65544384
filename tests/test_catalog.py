"""What an index contains, by name: articles, sources, texts; and names that are nearly right."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from indexer.errors import DamagedIndex, NotAnIndex
from indexer.pipeline import build
from indexer.storing.catalog import Catalog, ListedArticle, open_catalog
from indexer.storing.near import did_you_mean, near_articles, near_folders
from tests.conftest import ARTICLES, ROOT
from tests.hashing import HashingEncoder


@pytest.fixture
def catalog(small_index: Path) -> Iterator[Catalog]:
    with open_catalog(small_index) as catalog:
        yield catalog


def test_articles_are_listed_by_source_and_name_with_what_there_is_of_them(
    small_index: Path, catalog: Catalog
) -> None:
    source = str(small_index.parent / "articles")
    counts = {"bridges.md": 2, "night/bats.txt": 1, "night/owls.txt": 1}
    titles = {"bridges.md": "Bridges", "night/bats.txt": "Bats"}
    assert list(catalog.articles(counting="everything")) == [
        ListedArticle(
            name,
            source,
            titles.get(name, "Owls of the forest"),
            counts[name],
            len(ARTICLES[name]),
        )
        for name in sorted(ARTICLES)
    ]
    assert {(it.passages, it.characters) for it in catalog.articles()} == {(None, None)}
    found = [(it.passages, it.characters) for it in catalog.articles(None, "passages")]
    assert found == [(2, None), (1, None), (1, None)]
    assert catalog.generation == 1
    assert catalog.sources() == [(source, 3)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("night", ["night/bats.txt", "night/owls.txt"]),
        ("articles/night", ["night/bats.txt", "night/owls.txt"]),
        ("*s.txt", ["night/bats.txt", "night/owls.txt"]),
        ("bridges.md", ["bridges.md"]),
        (".", ["bridges.md", "night/bats.txt", "night/owls.txt"]),
        ("nigh", []),
        ("*.pdf", []),
    ],
)
def test_a_pattern_names_what_it_names_for_a_search(
    catalog: Catalog, pattern: str, found: list[str]
) -> None:
    assert [it.article for it in catalog.articles(pattern)] == found


def test_listing_sorts_nothing(catalog: Catalog) -> None:
    """A sorter would hold all names before the first is printed."""
    plans: list[str] = []
    rows = catalog.rows

    def explained(sql: str, **values: object) -> sqlite3.Cursor:
        plans.extend(str(row) for row in rows(f"EXPLAIN QUERY PLAN {sql}", **values))
        return rows(sql, **values)

    catalog.rows = explained  # type: ignore[method-assign]
    assert len(list(catalog.articles("*"))) == 3
    assert [it for it in plans if "articles_by_name" in it]
    assert [it for it in plans if "USE TEMP B-TREE" in it and "sources" not in it] == []


def test_a_text_is_that_which_was_indexed(own_index: Path, articles: Path) -> None:
    with open_catalog(own_index) as catalog:
        (owls,) = catalog.named("night/owls.txt")
        assert (owls.text, owls.source) == (ARTICLES["night/owls.txt"], str(articles))
        assert catalog.named("night/owls.txt", [str(articles)]) == [owls]
        assert catalog.named("night/owls.txt", ["/elsewhere"]) == []
        assert catalog.named("owls.txt") == []
    with closing(sqlite3.connect(own_index / "locus.db")) as connection, connection:
        connection.execute(
            "UPDATE texts SET text = 'Owls' WHERE article ="
            " (SELECT id FROM articles WHERE name = 'night/owls.txt')"
        )
    with (
        pytest.raises(DamagedIndex, match=r"the text of article 'night/owls\.txt': checksum"),
        open_catalog(own_index) as catalog,
    ):
        catalog.named("night/owls.txt")


def test_what_a_run_has_staged_is_not_seen(own_index: Path, articles: Path) -> None:
    (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    (articles / "bridges.md").unlink()
    with open_catalog(own_index) as catalog:
        build(own_index, encoder=HashingEncoder())
        assert [it.article for it in catalog.articles()] == sorted(ARTICLES)
    with open_catalog(own_index) as catalog:
        names = [it.article for it in catalog.articles()]
    assert names == ["new.txt", "night/bats.txt", "night/owls.txt"]


def test_an_index_without_a_generation_is_not_finished(copied_index: Path) -> None:
    with closing(sqlite3.connect(copied_index / "locus.db")) as connection, connection:
        connection.execute("UPDATE generations SET published = NULL")
    with pytest.raises(NotAnIndex, match="finished"), open_catalog(copied_index):
        pass


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Names of many shapes, and one that was removed again."""
    folder = tmp_path_factory.mktemp("varied")
    names = [
        "coral-reefs.md",
        "sea/100%_salt.md",
        "sea/tides.md",
        "moon/tides.md",
        "moon/phases/full.md",
        "gone/tides.md",
        "http://site.org/owls",
    ]
    lines = [json.dumps({"_id": name, "text": f"A text on {name}."}) for name in names]
    corpus = folder / "c.jsonl"
    corpus.write_text("\n".join(lines))
    build(folder / "x.locus", [corpus], encoder=HashingEncoder())
    corpus.write_text("\n".join(line for line in lines if "gone" not in line))
    build(folder / "x.locus", encoder=HashingEncoder())
    with open_catalog(folder / "x.locus") as catalog:
        yield catalog


def test_a_search_for_a_near_name_can_look_among_some_names_alone(varied: Catalog) -> None:
    (name, *_) = [it.article for it in varied.articles()]
    assert near_articles(varied.rows, name + "x") != []
    assert near_articles(varied.rows, name + "x", among=0) == []
    assert near_folders(varied.rows, name + "x", among=0) == []


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("seeds/coral-reefs.md", ["coral-reefs.md"]),
        ("/home/ann/seeds/coral-reefs.md", ["coral-reefs.md"]),
        ("Coral-Reefs.md", ["coral-reefs.md"]),
        ("coral-reefs", ["coral-reefs.md"]),
        ("coral-reefs.txt", ["coral-reefs.md"]),
        ("coral_refs.md", ["coral-reefs.md"]),
        ("tides.md", ["sea/tides.md", "moon/tides.md"]),
        ("moon/tide.md", ["moon/tides.md", "sea/tides.md"]),
        ("100%_salt.md", ["sea/100%_salt.md"]),
        ("100%_sald.md", ["sea/100%_salt.md"]),
        ("owls", ["http://site.org/owls"]),
        ("zebra.pdf", []),
        ("%", []),
        ("/", []),
        ("", []),
        ("x" * 100_000, []),
    ],
)
def test_a_name_that_is_nearly_right_is_found(varied: Catalog, given: str, near: list[str]) -> None:
    assert near_articles(varied.rows, given) == near


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("mine/moon/phases", ["moon/phases"]),
        ("mine/phases", ["moon/phases"]),
        ("/nowhere/moon/", ["moon"]),
        ("mone", ["moon"]),
        ("moon/phase", ["moon/phases"]),
        ("mine/*.md", ["*.md"]),
        ("*.pdf", []),
        ("tides.md", ["sea/tides.md", "moon/tides.md"]),
        ("zebra", []),
        ("/", []),
    ],
)
def test_a_folder_that_is_nearly_right_is_found(
    varied: Catalog, given: str, near: list[str]
) -> None:
    assert near_folders(varied.rows, given) == near


def test_the_question_names_what_was_found() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["a.md"]) == " Did you mean 'a.md'?"
    assert did_you_mean(["a.md", "b.md"]) == " Did you mean 'a.md' or 'b.md'?"


def test_it_loads_no_numpy(small_index: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from indexer.storing.catalog import open_catalog\n"
        f"with open_catalog(Path({str(small_index)!r})) as it: print(len(list(it.articles())))\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split() == ["3", "False"]
