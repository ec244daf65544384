"""What is like an article or a part of one: who comes first, and who is left out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.errors import QueryError
from indexer.pipeline import build
from search import Answer, Searcher, open_index
from search.cli import app
from tests.conftest import RELATED, written
from tests.hashing import HashingEncoder
from tests.serving import ODD_NAMES, odd_articles


@pytest.fixture
def searcher(tmp_path: Path) -> Iterator[Searcher]:
    articles = written(tmp_path / "articles", RELATED)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder())
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as opened:
        yield opened


def test_what_shares_most_with_an_article_comes_first_and_it_is_left_out(
    searcher: Searcher,
) -> None:
    found = searcher.similar("owls.txt")
    assert found.hits[0].article == "hawks.txt"
    assert {hit.article for hit in found.hits} == {"hawks.txt", "tea.txt", "bridges.txt"}
    assert (found.query, found.confidence, found.corrected) == ("owls.txt", None, None)
    for hit in found.hits:
        assert hit.text == RELATED[hit.article][hit.start : hit.end]


def test_a_part_is_like_other_articles_than_the_whole(searcher: Searcher) -> None:
    start = RELATED["owls.txt"].index("Tea is")
    found = searcher.similar("owls.txt", start, start + 11, k=1)
    assert [hit.article for hit in found.hits] == ["tea.txt"]
    assert found.query == f"owls.txt:{start}-{start + 11}"


def test_only_articles_under_a_pattern_are_found(searcher: Searcher) -> None:
    assert [hit.article for hit in searcher.similar("owls.txt", under="b*").hits] == ["bridges.txt"]
    assert "no articles under" in searcher.similar("owls.txt", under="nowhere").warnings[0]


def test_no_model_is_loaded_for_it(tmp_path: Path, searcher: Searcher) -> None:
    with open_index(searcher.folder) as other:  # the index names a model that nobody has
        assert other.similar("tea.txt").hits[0].article == "owls.txt"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("herons.txt",), "no article 'herons.txt'"),
        (("tea.txt", 5, 5), "has no part 5-5"),
        (("tea.txt", 0, 9999), "has no part 0-9999"),
        (("tea.txt", 0, None, 0), "k must be"),
        (("spaces.txt", 0, 40), "only white space from 0 to 40"),
        (("\ud83e",), "not valid UTF-8"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    searcher: Searcher, tmp_path: Path, asked: tuple[str, int, int, int], message: str
) -> None:
    (tmp_path / "articles" / "spaces.txt").write_text(" " * 40 + "Spaces\n")
    build(searcher.folder, encoder=HashingEncoder())
    with pytest.raises(QueryError, match=message):
        searcher.similar(*asked)


def test_an_article_of_any_name_is_a_sample(tmp_path: Path) -> None:
    build(tmp_path / "x.locus", [odd_articles(tmp_path)], encoder=HashingEncoder())
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        for name in ODD_NAMES:
            found = searcher.similar(name, k=50)
            assert found.query == name
            assert {hit.article for hit in found.hits} == set(ODD_NAMES) - {name}


def test_the_command_prints_what_is_like_a_line(
    searcher: Searcher, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["similar", "owls.txt:5", "-k", "1", "--index", str(searcher.folder)]
    with pytest.raises(SystemExit) as ended:
        app(command)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(" 1. Tea\n    tea.txt:1  characters 0-")
    with pytest.raises(SystemExit):
        app([*command, "--json"])
    answer = Answer.from_json(json.loads(capsys.readouterr().out))
    assert [hit.article for hit in answer.hits] == ["tea.txt"]
    with pytest.raises(SystemExit) as ended:
        app([*command, "--under", "owls.txt"])
    assert ended.value.code == 1
    assert "no matches under owls.txt" in capsys.readouterr().err


def test_an_article_of_two_sources_must_be_chosen(searcher: Searcher, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "tea.txt").write_text("Tea\n\nStone bridges.\n")
    build(searcher.folder, [tmp_path / "more"], encoder=HashingEncoder())
    with pytest.raises(QueryError, match="several sources have an article"):
        searcher.similar("tea.txt")
    found = searcher.similar("tea.txt", source=str(tmp_path / "more"))
    assert found.hits[0].article == "bridges.txt"
