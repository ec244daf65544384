"""The pool: everything that any system found, in an order that tells nothing of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import DatasetError
from indexer.storing.stored import StoredArticle
from indexer.types import Span
from search import open_index
from search.evaluation import write_run
from search.judging.pool import blind, pooled
from search.judging.systems import Ranked, RunSystem, systems_of
from search.types import Hit
from tests.hashing import HashingEncoder

NAMES = st.lists(st.text(max_size=5), unique=True, max_size=8)


def hit(article: str, start: int = 0, sha256: str = "0") -> Hit:
    return Hit(1, 0.5, None, 2.0, article, "/s", article, sha256, start, start + 4, 1, "text", None)


class Fixed:
    """A system that finds these hits, best first."""

    def __init__(self, name: str, *hits: Hit) -> None:
        self.name = name
        self._hits = hits

    def ranked(self, query: str, text: str, depth: int) -> Ranked:  # noqa: ARG002
        first = {it.article: it for it in reversed(self._hits[:depth])}
        return Ranked(tuple(it.article for it in self._hits[:depth]), first)


def absent(name: str) -> None:
    return None


@given(NAMES, st.randoms())
def test_the_order_does_not_depend_on_who_found_what(names: list[str], random: object) -> None:
    order = blind("q1", names)
    assert sorted(order) == sorted(names)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert blind("q1", names) == order
    assert blind("q1", names[1:]) == [it for it in order if it != names[0]] if names else True


def test_the_order_differs_between_questions_and_seeds() -> None:
    names = [f"{n}.md" for n in range(12)]
    assert len({tuple(blind(query, names, seed)) for query in "abc" for seed in (0, 1)}) == 6


@given(NAMES, NAMES, st.integers(1, 6))
def test_each_system_adds_its_first_articles_once(
    one: list[str], other: list[str], depth: int
) -> None:
    systems = [Fixed("one", *map(hit, one)), Fixed("other", *map(hit, other))]
    pool = pooled("q1", "Why?", systems, depth, absent)
    assert sorted(pool.articles) == sorted({*one[:depth], *other[:depth]})
    assert pool.rankings == {"one": tuple(one[:depth]), "other": tuple(other[:depth])}
    swapped = pooled("q1", "Why?", systems[::-1], depth, absent)
    assert swapped.hits == pool.hits


def test_an_article_is_shown_with_each_passage_found_and_with_no_other_version() -> None:
    systems = [
        Fixed("one", hit("sea.md", 40)),
        Fixed("two", hit("sea.md", 0)),
        Fixed("three", hit("sea.md", 0)),
        Fixed("newer", hit("sea.md", 80, sha256="1")),
    ]
    (found,) = pooled("q1", "Why?", systems, 10, absent).hits
    assert [passage.start for passage in found.passages] == [0, 40]


def test_an_article_of_a_run_is_shown_from_its_beginning_or_counted_if_it_cannot_be() -> None:
    run = RunSystem("run", {"q1": {"sea.md": 2.0, "gone.md": 1.0}})
    stored = StoredArticle("/s", "sea.md", "Sea", "0", "\nRivers carry salt.", (Span(1, 7),))
    pool = pooled("q1", "Why?", [run], 10, lambda name: stored if name == "sea.md" else None)
    assert [(it.text, it.line) for it in pool.hits[0].passages] == [("Rivers", 2)]
    assert pool.unread == ("gone.md",)
    assert pooled("q2", "Who?", [run], 10, absent).hits == ()


def test_the_systems_are_modes_indexes_and_runs(small_index: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "x.run", {"q1": {"bridges.md": 1.0}})
    with open_index(small_index, encoder=HashingEncoder()) as index:
        names = ["lexical", str(small_index), str(tmp_path / "x.run"), "lexical"]
        found = systems_of(names, index, "hybrid", {str(small_index): index})
        assert [system.name for system in found] == names[:3]
        owls = [it.ranked("q1", "owls hunt mice at night", 1).articles for it in found]
        assert owls == [("night/owls.txt",), ("night/owls.txt",), ("bridges.md",)]
        assert [it.name for it in systems_of([], index, "hybrid", {})] == [
            *("hybrid", "semantic", "lexical")
        ]
        with pytest.raises(DatasetError, match=r"'x\.run' is not a mode"):
            systems_of(["x.run"], index, "hybrid", {})
