"""An index that is served while it is updated, rebuilt and replaced; and its status."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.arrays import Vectors
from indexer.pipeline import build
from indexer.storing.lock import writer_lock
from indexer.storing.snapshot import Snapshot
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


def test_articles_are_counted_once_a_generation(
    own_index: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    count = Snapshot.sources

    def counting(snapshot: Snapshot) -> list[tuple[str, int]]:
        counted.append(count(snapshot))
        return counted[-1]

    monkeypatch.setattr(Snapshot, "sources", counting)
    index = ServedIndex(own_index, HashingEncoder())
    for _ in range(3):
        assert index.status().sources == ((str(articles), 3),)
    assert len(counted) == 1

    class Looking(HashingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            for _ in range(3):
                assert index.status().sources == ((str(articles), 3),)
            assert len(counted) == 1
            return super().encode_passages(texts)

    (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    build(own_index, encoder=Looking(), splitting=SMALL)
    for _ in range(3):
        assert index.status().sources == ((str(articles), 4),)
    assert len(counted) == 2


def test_a_source_that_is_remembered_without_a_new_generation_is_told(folder: Path) -> None:
    index = ServedIndex(folder, HashingEncoder())
    before = index.status().sources
    database = sqlite3.connect(folder / "locus.db")
    database.execute("INSERT INTO sources (path) VALUES ('/empty')")
    database.commit()
    database.close()
    assert index.status().sources == (("/empty", 0), *before)


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
