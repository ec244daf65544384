"""The line of a hit: counted in its article's text, and counted once."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.pipeline import build
from indexer.storing.stored import StoredPassage
from indexer.types import Splitting
from search import open_index
from search.ranking.lines import LineNumbers
from tests.hashing import HashingEncoder

if TYPE_CHECKING:
    from indexer.storing.snapshot import Snapshot


class Texts:
    """Articles by their numbers; ``read`` has those that were read."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self.read: list[int] = []

    def texts(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        for number in ids:
            self.read.append(number)
            yield number, self._texts[number].encode("utf-8", "surrogatepass")

    def lines(self, counted: LineNumbers, *places: tuple[int, int]) -> list[int]:
        """Of a passage at each place: an article and a start."""
        passages = []
        for n, (article, start) in enumerate(places):
            sha256 = str(hash(self._texts[article]))
            found = (n, article, "/s", "a", "A", sha256, start, start, "", b"", None)
            passages.append(StoredPassage(*found))
        lines = counted.of(passages, cast("Snapshot", self))
        return [lines[n] for n in range(len(places))]


@given(st.text(alphabet="a\n\r\u00e9\u2028\U0001f989"), st.data())
def test_a_line_ends_where_editors_end_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    assert Texts(text).lines(LineNumbers(), (0, start)) == [text.count("\n", 0, start) + 1]


def test_a_text_is_read_once_as_long_as_there_is_room() -> None:
    texts = Texts("\n" * 5, "\n" * 6, "\n", "\n" * 40)
    counted = LineNumbers(most=15)
    assert texts.lines(counted, (0, 3), (1, 6), (0, 0)) == [4, 7, 1]
    assert texts.read == [0, 1]
    assert texts.lines(counted, (0, 2), (2, 1)) == [3, 2]
    assert texts.read == [0, 1, 2]
    assert texts.lines(counted, (3, 40)) == [41], "it has no room, and is counted all the same"
    assert texts.lines(counted, (0, 2), (2, 1)) == [3, 2]
    assert texts.read == [0, 1, 2, 3]
    assert texts.lines(counted, (1, 1)) == [2], "least lately used, it made room"
    assert texts.read == [0, 1, 2, 3]


def test_a_damaged_text_ends_no_search() -> None:
    texts = Texts("one\ntwo \ud800\nthree")
    assert texts.lines(LineNumbers(), (0, 4))[0] == 2


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_each_hit_has_the_line_where_it_starts(articles: Path, tmp_path: Path, mode: str) -> None:
    ends = ["\n", "\r", " ", "\n\n", "\r\n", ""]
    text = "".join(f"The {it} owl hunts at night.{end}" for it, end in enumerate(ends))
    (articles / "many.md").write_bytes(text.encode())
    index = tmp_path / "x.locus"
    build(index, [articles], encoder=HashingEncoder(), splitting=Splitting(7))
    with open_index(index, encoder=HashingEncoder()) as searcher:
        for _ in range(2):
            hits = searcher.search("owl at night", mode=mode).hits  # type: ignore[arg-type]
            assert len({hit.line for hit in hits if hit.article == "many.md"}) > 1
            for hit in hits:
                text = (articles / hit.article).read_bytes().decode()
                assert hit.line == text.count("\n", 0, hit.start) + 1


def test_a_search_answers_though_the_text_of_an_article_is_damaged(own_index: Path) -> None:
    """`locus verify` finds it; a search has its passages, and only the line may be wrong."""
    with closing(sqlite3.connect(own_index / "locus.db")) as connection, connection:
        connection.execute("UPDATE texts SET text = CAST(x'ff0a' AS TEXT)")
    with open_index(own_index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("who hunts mice at night").hits[0].article == "night/owls.txt"
