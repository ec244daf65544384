"""What a run is asked: which sources it reads, with what selection, and which it forgets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.errors import SourceError
from indexer.storing.database import Connection, open_for_writing
from indexer.storing.sources import forget, remember, remembered_sources
from indexer.types import Selection
from indexer.updating.request import Request
from indexer.updating.summary import Summary


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


@pytest.fixture
def connection(index: Path) -> Iterator[Connection]:
    with open_for_writing(index) as connection:
        yield connection


def opened(
    request: Request, connection: Connection, *, everything: bool = False
) -> tuple[dict[str, Selection], Summary]:
    """The selections of the sources that a request opens, by their names; and what it noted."""
    summary = Summary()
    found = request.open(connection, summary, everything=everything)
    assert all(source.path == it.path for source, it in found)
    return {source.path.name: it.selection for source, it in found}, summary


@pytest.fixture
def more(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/tea.txt").write_text("Tea is a drink.")
    return tmp_path / "more"


def test_articles_are_looked_for_before_an_index_is_made(
    index: Path, articles: Path, more: Path
) -> None:
    assert Request(index, [articles]).finds_articles(Summary())
    (more / "tea.txt").rename(more / "tea.xlsx")
    summary = Summary()
    assert not Request(index, [more], exclude=["*.txt"]).finds_articles(summary)
    assert (summary.ignored, summary.problems) == ({".xlsx": 1}, [])
    assert Request(index, [more, articles]).finds_articles(Summary())
    assert not index.exists()


def test_what_could_not_be_opened_beside_a_source_without_articles_is_kept(
    index: Path, more: Path, tmp_path: Path
) -> None:
    (more / "tea.txt").unlink()
    (more / "gone.txt").symlink_to("nowhere")
    summary = Summary()
    assert not Request(index, [tmp_path / "nowhere", more]).finds_articles(summary)
    assert [it.article for it in summary.skipped] == ["gone.txt"]
    assert len(summary.problems) == 1
    assert str(tmp_path / "nowhere") in summary.problems[0]


def test_without_a_source_that_opens_nothing_can_be_made(index: Path, tmp_path: Path) -> None:
    gone = [tmp_path / "nowhere", tmp_path / "neither"]
    with pytest.raises(SourceError) as refused:
        Request(index, gone).finds_articles(Summary())
    assert all(str(path) in str(refused.value) for path in gone)
    with pytest.raises(SourceError, match=str(index)):
        Request(index).finds_articles(Summary())


def test_sources_that_are_named_are_remembered_each_once(
    index: Path, connection: Connection, articles: Path, more: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(articles)
    named = [articles, tmp_path / "link", more / "../articles", more]
    found, summary = opened(Request(index, named, exclude=["*.md"], hidden=True), connection)
    assert found == dict.fromkeys(["articles", "more"], Selection(("*.md",), hidden=True))
    assert sorted(remembered_sources(connection)) == [articles, more]
    assert summary.problems == []


def test_without_names_all_remembered_sources_are_read_as_they_were_wanted(
    index: Path, connection: Connection, articles: Path, more: Path
) -> None:
    remember(connection, articles, Selection(("*.md",)))
    remember(connection, more, Selection((), hidden=True))
    assert opened(Request(index), connection)[0] == {
        "articles": Selection(("*.md",)),
        "more": Selection((), hidden=True),
    }
    assert opened(Request(index, hidden=False), connection)[0] == {
        "articles": Selection(("*.md",)),
        "more": Selection(),
    }
    assert remembered_sources(connection)[more].selection == Selection(), "and so from now on"


def test_a_selection_is_for_the_named_sources_alone(
    index: Path, connection: Connection, articles: Path, more: Path
) -> None:
    remember(connection, articles, Selection(("a",)))
    remember(connection, more, Selection(("b",), hidden=True))
    request = Request(index, [more], exclude=["c"])
    assert opened(request, connection)[0] == {"more": Selection(("c",), hidden=True)}
    request = Request(index, [more], exclude=["d"])
    found, _ = opened(request, connection, everything=True)
    assert found == {"articles": Selection(("a",)), "more": Selection(("d",), hidden=True)}


def test_excludes_are_split_into_lines_and_an_empty_one_takes_all_back(
    index: Path, connection: Connection, articles: Path
) -> None:
    found, _ = opened(Request(index, [articles], exclude=["a\nb\n", "", "c\u2028d"]), connection)
    assert found["articles"].exclude == ("a", "b", "c\u2028d")
    assert opened(Request(index, exclude=[""]), connection)[0]["articles"].exclude == ()


def test_an_exclude_that_is_not_utf8_is_refused(
    index: Path, connection: Connection, articles: Path
) -> None:
    with pytest.raises(SourceError, match="--exclude"):
        opened(Request(index, [articles], exclude=["caf\udce9"]), connection)
    assert remembered_sources(connection) == {}


def test_a_source_that_is_gone_is_a_problem_that_says_how_to_forget_it(
    index: Path, connection: Connection, articles: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "it's gone"
    remember(connection, articles, Selection())
    remember(connection, gone, Selection())
    found, summary = opened(Request(index), connection)
    assert list(found) == ["articles"]
    (problem,) = summary.problems
    assert f"""--forget '{tmp_path}/it'"'"'s gone' --index {index}""" in problem
    with pytest.raises(SourceError, match="--forget"):
        opened(Request(index), connection, everything=True)
    with pytest.raises(SourceError, match="--forget"):
        opened(Request(index, [gone]), connection)


def test_a_source_that_was_never_there_is_a_problem_beside_one_that_is(
    index: Path, connection: Connection, articles: Path, tmp_path: Path
) -> None:
    found, summary = opened(Request(index, [tmp_path / "nowhere", articles]), connection)
    assert list(found) == ["articles"]
    assert "nowhere" in summary.problems[0]
    assert "--forget" not in summary.problems[0]
    with pytest.raises(SourceError, match="nowhere"):
        opened(Request(index, [tmp_path / "nowhere"]), connection)


def test_sources_to_forget_are_not_read_even_if_they_are_gone(
    index: Path, connection: Connection, articles: Path, tmp_path: Path
) -> None:
    remember(connection, articles, Selection())
    remember(connection, tmp_path / "gone", Selection())
    request = Request(index, forget=[tmp_path / "sub/../gone"])
    found, summary = opened(request, connection, everything=True)
    assert (list(found), summary.problems) == (["articles"], [])
    assert list(remembered_sources(connection)) == [articles]


def test_only_a_source_of_the_index_can_be_forgotten(
    index: Path, connection: Connection, articles: Path, more: Path
) -> None:
    remember(connection, articles, Selection())
    remember(connection, more, Selection())
    forget(connection, more)
    for unknown in (articles / "night", more):
        with pytest.raises(SourceError) as refused:
            opened(Request(index, forget=[articles, unknown]), connection)
        assert str(unknown) in str(refused.value)
        assert f"locus status --index {index}" in str(refused.value)
    assert list(remembered_sources(connection)) == [articles], "nothing was forgotten"


def test_a_source_that_was_forgotten_can_be_named_again(
    index: Path, connection: Connection, articles: Path
) -> None:
    remember(connection, articles, Selection(("a",)))
    forget(connection, articles)
    assert opened(Request(index, [articles]), connection)[0] == {"articles": Selection()}
    assert opened(Request(index, [articles], forget=[articles]), connection)[0] == {
        "articles": Selection()
    }, "forgotten and named: it is read"


@pytest.mark.parametrize("name", ["a\0b", "loop"])
def test_a_name_that_no_path_has_is_a_problem(
    index: Path, connection: Connection, articles: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    found, summary = opened(Request(index, [articles, tmp_path / name]), connection)
    assert list(found) == ["articles"]
    assert len(summary.problems) == 1
    with pytest.raises(SourceError):
        opened(Request(index, forget=[tmp_path / name]), connection)
