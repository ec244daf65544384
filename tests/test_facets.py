"""Which articles have certain names, dates, tags and authors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.errors import QueryError
from indexer.pipeline import build
from indexer.storing.facets import undated
from indexer.storing.snapshot import Snapshot
from indexer.storing.store import Store
from indexer.types import Facets, Splitting
from search import open_index
from search.question import check_date
from tests.conftest import written
from tests.hashing import HashingEncoder

DESCRIBED = {
    "bridges.md": "---\ndate: 2024-05-31\nauthors: [Ann Lee, Zoë Ørsted]\ntags: [Stone]\n---\n"
    "A bridge of stone spans the river. It has seven arches. The steel bridge carries trains.",
    "night/owls.md": "---\ndate: 2024\nauthor: ÖZGE LEE\ntags: [birds, Night]\n---\n"
    "Owls hunt mice at night.",
    "night/bats.md": "Bats find moths by echo.",
}


@pytest.fixture
def described(tmp_path: Path) -> Path:
    """Three articles, of which two say what they are."""
    articles = written(tmp_path / "articles", DESCRIBED)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(8))
    return tmp_path / "x.locus"


@pytest.fixture
def snapshot(described: Path) -> Iterator[Snapshot]:
    with Store(described) as store, store.snapshot() as (_, snapshot):
        yield snapshot


def named(snapshot: Snapshot, facets: Facets) -> set[str]:
    """The articles whose passages match."""
    ids = snapshot.matching(facets).tolist()
    assert ids == sorted(ids)
    found = {it.article for it in snapshot.passages(ids).values()}
    assert set(ids) == {i for name in found for i in snapshot.passages_of(name)}  # whole articles
    return found


BRIDGES, OWLS, BATS = DESCRIBED


@pytest.mark.parametrize(
    ("facets", "articles"),
    [
        (Facets(), {BRIDGES, OWLS, BATS}),
        (Facets(since="2024-05-31"), {BRIDGES, OWLS}),  # some day of 2024 may be later
        (Facets(since="2024-06"), {OWLS}),
        (Facets(since="2025"), set()),
        (Facets(until="2024-05-30"), {OWLS}),
        (Facets(until="2024-05"), {BRIDGES, OWLS}),
        (Facets(until="2023"), set()),
        (Facets(since="2024-05", until="2024-05"), {BRIDGES, OWLS}),
        (Facets(tags=("stone",)), {BRIDGES}),
        (Facets(tags=("BIRDS", "night")), {OWLS}),
        (Facets(tags=("birds", "stone")), set()),
        (Facets(tags=("bird",)), set()),  # a whole tag
        (Facets(authors=("lee",)), {BRIDGES, OWLS}),  # a part of a name
        (Facets(authors=("özge",)), {OWLS}),
        (Facets(authors=("lee", "ørsted")), {BRIDGES}),
        (Facets(under="night"), {OWLS, BATS}),
        (Facets(under="night", since="2024"), {OWLS}),
        (Facets(under="nowhere", since="2024"), set()),
    ],
)
def test_all_that_is_asked_for_must_hold(
    snapshot: Snapshot, facets: Facets, articles: set[str]
) -> None:
    assert named(snapshot, facets) == articles


def test_articles_without_a_date_are_counted(snapshot: Snapshot) -> None:
    assert undated(snapshot.rows) == 1


@pytest.mark.parametrize("given", ["2024", "2024-02", "2024-02-29", "0001"])
def test_a_date_may_be_a_year_a_month_or_a_day(given: str) -> None:
    check_date("since", given)


@pytest.mark.parametrize(
    "given",
    ["", "24", "2024-13", "2023-02-29", "2024-5-1", "31.5.2024", "2024-05-31T1", "٢٠٢٤"],
)
def test_anything_else_is_refused_by_name(given: str) -> None:
    with pytest.raises(QueryError, match=r"since: .* is not a date\. Write 2024, 2024-05 or"):
        check_date("since", given)


def test_ten_hits_come_back_if_ten_exist(described: Path) -> None:
    """A filter works inside the search, so that it does not cost hits."""
    with open_index(described, encoder=HashingEncoder()) as index:
        every = index.search("what spans the river", k=10, authors=("ann",)).hits
        with Store(described) as store, store.snapshot() as (_, snapshot):
            wanted = len(snapshot.passages_of(BRIDGES))
    assert [hit.article for hit in every] == [BRIDGES] * wanted


def test_a_search_says_why_nothing_matches(described: Path) -> None:
    with open_index(described, encoder=HashingEncoder()) as index:
        answer = index.search("who hunts at night", since="2030", tags=("birds",))
        assert answer.hits == ()
        assert answer.warnings == (
            "no articles since 2030, with tag 'birds'. 1 article has no date",
        )
        answer = index.search("who hunts at night", authors=("nobody",), under="night")
        assert answer.warnings == ("no articles by 'nobody' under 'night'",)
        answer = index.search("who hunts at night", since="2024", under="nihgt")
        assert "no articles under 'nihgt'" in answer.warnings[0]
        assert "Did you mean 'night'?" in answer.warnings[0]
