"""What a pattern allows is read once for a generation, and little is remembered."""

from pathlib import Path

import pytest

from indexer.arrays import Ids
from indexer.pipeline import build
from indexer.storing.snapshot import Snapshot
from indexer.storing.store import Store
from indexer.types import Facets
from search import open_index
from search.ranking.allowed import Allowed
from tests.hashing import HashingEncoder


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns that are looked up in the database."""
    found: list[str] = []
    real = Snapshot.matching

    def noting(self: Snapshot, facets: Facets) -> Ids:
        found.append(str(facets.under))
        return real(self, facets)

    monkeypatch.setattr(Snapshot, "matching", noting)
    return found


def test_a_pattern_is_read_once(small_index: Path, reads: list[str]) -> None:
    allowed = Allowed()
    with Store(small_index) as store, store.snapshot() as (_, snapshot):
        first = allowed.matching(Facets("night"), snapshot).tolist()
        assert first == allowed.matching(Facets("night"), snapshot).tolist() == sorted(first) != []
        assert allowed.matching(Facets("nowhere"), snapshot).tolist() == []
        assert allowed.matching(Facets("nowhere"), snapshot).tolist() == []
    assert reads == ["night", "nowhere"]


def test_the_least_recently_used_is_forgotten(small_index: Path, reads: list[str]) -> None:
    with Store(small_index) as store, store.snapshot() as (_, snapshot):
        size = (
            len(snapshot.matching(Facets("night")))
            + len(snapshot.matching(Facets("bridges.md")))
            + 2
        )
        del reads[:]
        allowed = Allowed(size)
        for pattern in ("night", "bridges.md", "night", "nowhere", "night", "bridges.md"):
            allowed.matching(Facets(pattern), snapshot)
        assert reads == ["night", "bridges.md", "nowhere", "bridges.md"]
        Allowed(1).matching(Facets("night"), snapshot)
        assert reads[-1] == "night"


def test_a_new_generation_is_read_anew(
    copied_index: Path, tmp_path: Path, reads: list[str]
) -> None:
    more = tmp_path / "more"
    (more / "night").mkdir(parents=True)
    with open_index(copied_index, encoder=HashingEncoder()) as index:
        for _ in range(2):
            names = {hit.article for hit in index.search("who hunts", under="night").hits}
            assert names == {"night/owls.txt", "night/bats.txt"}
        assert reads == ["night"]
        (more / "night/cats.txt").write_text("Cats hunt mice as owls do.")
        build(copied_index, [more], encoder=HashingEncoder())
        names = {hit.article for hit in index.search("who hunts", under="night").hits}
        assert "night/cats.txt" in names
    assert reads == ["night", "night"]
