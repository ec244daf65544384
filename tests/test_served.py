"""An index that is served: followed as it is written, renewed and replaced, and its status told."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.arrays import Vectors
from indexer.pipeline import build
from indexer.storing.lock import writer_lock
from indexer.types import Splitting
from search.serving.served import ServedIndex
from tests.hashing import HashingEncoder

SMALL = Splitting(target_tokens=12)


@pytest.fixture
def folder(copied_index: Path) -> Path:
    return copied_index


def test_the_status_says_when_the_index_is_being_written(own_index: Path, articles: Path) -> None:
    (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    seen = []
    index = ServedIndex(own_index, HashingEncoder())

    class Looking(HashingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            seen.append(index.status().staged)
            return super().encode_passages(texts)

    build(own_index, encoder=Looking(), splitting=SMALL)
    after = index.status()
    assert seen == [0]
    assert (after.staged, after.state.generation, after.state.articles) == (None, 2, 4)


def test_what_a_dead_writer_staged_is_no_writing(folder: Path) -> None:
    database = sqlite3.connect(folder / "locus.db")
    database.execute("INSERT INTO generations (number, encoder, splitting) VALUES (2, '', '')")
    database.commit()
    database.close()
    index = ServedIndex(folder, HashingEncoder())
    assert index.status().staged is None
    with writer_lock(folder):
        assert index.status().staged == 0
    assert index.status().staged is None


def test_looking_for_a_writer_refuses_none(folder: Path) -> None:
    index = ServedIndex(folder, HashingEncoder())
    for _ in range(200):
        index.status()
        with writer_lock(folder):
            pass


def test_an_index_made_anew_under_its_name_is_taken_up(folder: Path, tmp_path: Path) -> None:
    index = ServedIndex(folder, HashingEncoder())
    first = index.searcher()
    assert index.searcher() is first
    folder.rename(tmp_path / "old.locus")
    other = tmp_path / "other"
    other.mkdir()
    (other / "comets.md").write_text("# Comets\n\nA comet has a tail of dust.\n")
    build(folder, [other], encoder=HashingEncoder(), splitting=SMALL)
    assert index.searcher().articles() == ["comets.md"]
    assert index.status().state.articles == 1
