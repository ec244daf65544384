"""Every past index format can still be opened: one index of each is kept with the tests.

``indexes/format-1`` and ``indexes/format-2`` were built with the default model from a few small
articles, in several generations. Both have a FAISS file that contains deleted passages, and
passages newer than that file.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from indexer.deriving.verify import verify
from indexer.encoding import models
from indexer.pipeline import build
from indexer.storing.database import open_for_writing
from indexer.storing.store import Store
from indexer.types import ANALYSIS
from search import open_index
from tests.conftest import SEEDS, Locus
from tests.crashes import FORMAT_1
from tests.histories import contents

FORMAT_2 = FORMAT_1.with_name("format-2")


class Expected(NamedTuple):
    article: str
    start: int
    end: int
    cosine: float
    bm25: float | None
    sentence: tuple[int, int]


OF_FORMAT_2 = {
    "Which birds hunt mice at night?": [
        Expected("night/owls.txt", 0, 74, 0.7169, 6.2788, (20, 44)),
        Expected("night/owls.txt", 76, 110, 0.5147, None, (76, 110)),
        Expected("night/bats.txt", 0, 63, 0.4756, None, (6, 30)),
    ],
    "How does a comet's tail point?": [
        Expected("größe/comets.txt", 0, 76, 0.6647, 6.4790, (20, 47)),
        Expected("größe/comets.txt", 78, 140, 0.4776, 3.5878, (78, 140)),
        Expected("bridges.md", 0, 66, 0.0753, 1.2958, (11, 45)),
    ],
    "Who built the oldest bridge?": [
        Expected("bridges.md", 122, 166, 0.7124, 5.7567, (122, 166)),
        Expected("bridges.md", 68, 120, 0.5197, 1.7607, (68, 100)),
        Expected("bridges.md", 0, 66, 0.4978, 1.8223, (11, 45)),
    ],
}
"""The answers of the version that wrote it: rank, cosine, BM25 score and best sentence."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the index of format 2."""
    shutil.copytree(FORMAT_2, tmp_path / "format-2")
    return tmp_path / "format-2"


def answers_as_it_did(index: Path) -> None:
    with open_index(index) as searcher:
        for question, expected in OF_FORMAT_2.items():
            answer = searcher.search(question)
            for hit, right in zip(answer.hits, expected, strict=False):
                assert (hit.article, hit.start, hit.end) == right[:3], question
                assert hit.semantic == pytest.approx(right.cosine, abs=0.01)
                assert hit.lexical == (right.bm25 and pytest.approx(right.bm25, abs=1e-3))
                assert hit.highlight is not None
                assert (hit.highlight.start, hit.highlight.end) == right.sentence
            assert (answer.articles, answer.passages, answer.warnings) == (4, 8, ())
            assert answer.confidence is not None
            assert answer.confidence > 0.9
        assert searcher.articles() == [
            "bridges.md",
            "größe/comets.txt",
            "night/bats.txt",
            "night/owls.txt",
        ]


def test_an_index_of_format_2_is_searched_as_it_is(old: Path) -> None:
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    answers_as_it_did(old)
    assert verify(old).ok
    assert {path: path.read_bytes() for path in before} == before


def test_an_index_of_format_2_is_brought_on_without_embedding_anything(
    old: Path, tmp_path: Path
) -> None:
    before = contents(old)
    with open_index(old) as searcher:
        found = [article for name in searcher.articles() for article in searcher.named(name)]
    for article in found:  # the source they were built from is not on this machine
        path = tmp_path / "articles" / article.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article.text, "utf-8")
    encoder = models.load(models.identify(models.DEFAULT_MODEL))
    summary = build(old, [tmp_path / "articles"], encoder=encoder, forget=[Path("/articles")])
    assert (summary.generation, summary.embedded, summary.added) == (5, 0, 0)
    assert (summary.moved, summary.removed, summary.problems) == (4, 0, [])
    assert contents(old) == before
    answers_as_it_did(old)
    assert verify(old).ok
    assert analysis(old) == ANALYSIS, "all sources could be read"


def analysis(index: Path) -> int:
    with Store(index) as store, store.snapshot() as (state, _):
        return state.splitting.analysis


def version(index: Path) -> int:
    with closing(sqlite3.connect(index / "locus.db")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_a_searcher_of_format_1_takes_up_what_an_upgrade_and_a_run_have_made(
    tmp_path: Path,
) -> None:
    index, articles = tmp_path / "format-1", tmp_path / "articles"
    shutil.copytree(FORMAT_1, index)
    encoder = models.load(models.identify(models.DEFAULT_MODEL))
    with open_index(index, encoder=encoder) as searcher:
        before = searcher.search("Which birds hunt mice?")
        assert before.hits[0].article == "night/owls.txt"
        assert before.confidence is None, "format 1 had no calibration"
        with open_for_writing(index):
            pass
        assert version(index) == 3
        assert searcher.search("Which birds hunt mice?").hits == before.hits
        articles.mkdir()
        (articles / "herons.txt").write_text("Herons\n\nHerons are birds that hunt mice.\n")
        build(index, [articles], encoder=encoder, rebuild=True, forget=[Path("/articles")])
        after = searcher.search("Which birds hunt mice?")
        assert after.hits[0].article == "herons.txt"
        assert after.confidence is not None
        with open_index(index, encoder=encoder) as other:
            assert after.hits == other.search("Which birds hunt mice?").hits


def test_an_index_of_format_1_is_searched_as_it_is_and_upgraded_by_a_run(
    locus: Locus, tmp_path: Path
) -> None:
    old = tmp_path / "format-1"
    shutil.copytree(FORMAT_1, old)
    found = locus("search", "Which birds hunt mice?", "--index", old, check=0).stdout
    assert "night/owls.txt" in found
    locus("verify", "--index", old, check=0)
    before = contents(old)
    done = locus("index", SEEDS / "coral-reefs.md", "--index", old, check=0)
    assert "1 added" in done.stdout
    assert version(old) == 3
    assert analysis(old) == 1, "a source could not be read"
    assert [row for row in contents(old) if row[0] != "coral-reefs.md"] == before
    locus("verify", "--index", old, check=0)
