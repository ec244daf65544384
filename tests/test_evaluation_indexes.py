"""Which index answers a dataset: what one has of it, and where one is cached."""

import hashlib
from pathlib import Path

import pytest

from indexer.errors import DamagedIndex
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured.indexes import articles_of, cached_index, coverage
from tests.conftest import ARTICLES
from tests.staged import staging


def dataset(**texts: str) -> Dataset:
    """One whose judged articles have these texts; a name's ``__`` is a slash, ``_`` a dot."""
    hashes = {
        name.replace("__", "/").replace("_", "."): hashlib.sha256(text.encode()).hexdigest()
        for name, text in texts.items()
    }
    return Dataset("owls", {}, {}, {}, {}, hashes, ())


BRIDGES, OWLS = ARTICLES["bridges.md"], ARTICLES["night/owls.txt"]


def test_an_index_with_every_judged_article_covers_the_dataset(small_index: Path) -> None:
    found = coverage(small_index, dataset(bridges_md=BRIDGES, night__owls_txt=OWLS))
    assert (found.there, found.judged, found.lacks, found.is_whole) == (2, 2, "", True)
    assert coverage(small_index, dataset()).is_whole


@pytest.mark.parametrize(
    ("texts", "there", "missing"),
    [
        ({"bridges_md": BRIDGES, "tea_md": "Tea."}, 1, "tea.md"),
        ({"bridges_md": BRIDGES + "!", "night__owls_txt": OWLS}, 1, "bridges.md"),
        ({"owls_txt": OWLS}, 0, "owls.txt"),
    ],
)
def test_an_article_that_is_missing_or_has_another_text_is_named(
    small_index: Path, texts: dict[str, str], there: int, missing: str
) -> None:
    found = coverage(small_index, dataset(**texts))
    assert (found.there, found.judged, found.is_whole) == (there, len(texts), False)
    for fact in (str(small_index), "owls", missing, str(len(texts) - there)):
        assert fact in found.lacks


def test_where_there_is_no_index_nothing_is_covered(tmp_path: Path) -> None:
    with staging(tmp_path / "begun"):
        pass
    for folder in (tmp_path / "nowhere", tmp_path / "begun"):
        found = coverage(folder, dataset(a="A"))
        assert (found.there, found.judged, found.is_whole) == (0, 1, False)
        assert str(folder) in found.lacks


def test_a_damaged_index_is_an_error_and_not_one_that_lacks_articles(copied_index: Path) -> None:
    (copied_index / "locus.db").write_bytes(b"This is no database. " * 100)
    with pytest.raises(DamagedIndex):
        coverage(copied_index, dataset(a="A"))


def test_the_corpus_is_indexed_where_there_is_one(tmp_path: Path) -> None:
    assert articles_of(tmp_path) == tmp_path
    (tmp_path / "corpus.jsonl").touch()
    assert articles_of(tmp_path) == tmp_path / "corpus.jsonl"


def test_each_source_and_model_has_a_cached_index_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_CACHE", str(tmp_path / "cache"))
    one, other = tmp_path / "one/owls", tmp_path / "other/owls"
    for folder in (one, other):
        folder.mkdir(parents=True)
        (folder / "corpus.jsonl").touch()
    (tmp_path / "link").symlink_to(one)
    places = [
        cached_index(one),
        cached_index(other),
        cached_index(one / "corpus.jsonl"),
        cached_index(one, "another model"),
    ]
    assert len(set(places)) == 4
    for place in places:
        assert place.is_relative_to(tmp_path / "cache")
        assert place.name.startswith("owls-")
        assert not place.exists()
    assert cached_index(tmp_path / "link") == cached_index(one / "../owls") == places[0]
