"""The index for a dataset: what an index contains of it, and where the cache keeps one."""

import hashlib
from pathlib import Path

import pytest

from indexer.storing import schema
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured.indexes import (
    FOLDER,
    Coverage,
    articles_of,
    cached_index,
    coverage,
)
from tests.conftest import ARTICLES, SEEDS


def judged(**hashes: str) -> Dataset:
    return Dataset(
        "night", {}, {}, {}, {}, {f"night/{name}.txt": h for name, h in hashes.items()}, ()
    )


def sha256(name: str) -> str:
    return hashlib.sha256(ARTICLES[name].encode()).hexdigest()


def test_an_index_with_every_judged_article_covers_the_dataset(small_index: Path) -> None:
    found = coverage(small_index, judged(owls=sha256("night/owls.txt")))
    assert found == Coverage(1, 1, "")
    assert found.is_whole


def test_articles_that_are_missing_or_differ_are_counted_and_the_first_is_named(
    small_index: Path,
) -> None:
    dataset = judged(owls=sha256("night/owls.txt"), bats="00", moths="00")
    found = coverage(small_index, dataset)
    assert found == Coverage(
        1,
        3,
        f"{small_index} does not contain 2 of the 3 judged articles of night, or has different"
        " text for them (e.g. 'night/bats.txt')",
    )
    assert not found.is_whole


def test_a_folder_without_an_index_contains_nothing(tmp_path: Path) -> None:
    found = coverage(tmp_path / "none", judged(owls="00", bats="00"))
    assert found == Coverage(0, 2, f"{tmp_path / 'none'} contains no index")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small").mkdir()
    (tmp_path / "small/corpus.jsonl").touch()
    return tmp_path / "small"


def test_the_corpus_is_indexed_or_the_folder_if_articles_are_files(small: Path) -> None:
    assert articles_of(small) == small / "corpus.jsonl"
    assert articles_of(SEEDS) == SEEDS


def test_the_cache_has_a_folder_for_each_source_and_model(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_CACHE", str(small.parent / "cache"))
    place = cached_index(small / "corpus.jsonl")
    assert place.parent == small.parent / "cache" / FOLDER
    assert place.name.startswith("small-")
    assert cached_index(SEEDS).name.startswith("seeds-")
    assert place == cached_index(small / "../small/corpus.jsonl")
    others = {cached_index(small), cached_index(small / "corpus.jsonl", "another model")}
    assert len({place, *others}) == 3
    assert f"datasets-{schema.FORMAT}" == FOLDER
