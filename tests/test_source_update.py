"""One source against the index: what is indexed, kept, ended and counted, and what is not read."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import ArticleOutOfReach, SourceError, UnreadableArticle
from indexer.reading.articles import Entry, Source, open_source
from indexer.storing.sources import RememberedSource, remember, remembered_sources
from indexer.storing.staging import Staging
from indexer.types import Article, Selection
from indexer.updating.source_update import SourceUpdate
from indexer.updating.summary import Summary
from tests.staged import draft, publish, rows_of, staging

SIZE, TIME = 10, 10**18
"""How ``draft`` stamps an article."""
HELD = {"a.txt": "Owls hunt mice.", "d/b.txt": "Bats find moths.", "d/c.txt": "Comets are dust."}


def title(name: str) -> str:
    return f"Title of {name}"


def never() -> Article:
    pytest.fail("the file of an article that looks as it did is not read")


def listed(
    name: str, text: str | Exception | None = None, *, size: int = SIZE, time: int = TIME
) -> Entry:
    """An entry that has this text, fails to be read, or must not be read at all."""

    def read() -> Article:
        if isinstance(text, Exception):
            raise text
        return never() if text is None else Article(name, title(name), text)

    return Entry(name, size, time, read)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of three articles, each of a size of its own."""
    with staging(tmp_path / "x.locus") as first:
        source = remember(first.connection, Path("/articles"), Selection())
        for number, (name, text) in enumerate(HELD.items()):
            it = replace(draft(source.number, name, text, title=title(name)), size=SIZE + number)
            first.store(rows_of(it))
        publish(first)
    return tmp_path / "x.locus"


@pytest.fixture
def staged(index: Path) -> Iterator[Staging]:
    """Its next generation."""
    with staging(index) as staged:
        yield staged


@pytest.fixture
def afresh(index: Path) -> Iterator[Staging]:
    """Its next generation, which takes nothing over."""
    with staging(index, from_scratch=True) as staged:
        yield staged


def updated(
    staged: Staging, *entries: Entry, stamp: str | None = None, unseen: Sequence[str] = ()
) -> tuple[list[str], Summary]:
    """Update the source; what was indexed, by name, and what was counted."""
    summary = Summary()
    source = Source(
        Path("/articles"), 100, len(entries), entries, stamp, Counter({".png": 2}), 1, unseen
    )
    update = SourceUpdate(source, remembered(staged), staged, summary)
    found = list(update.articles())
    for entry, article in found:
        passages = draft(0, "", article.text).passages
        it = update.draft(entry, article, article.title, passages)
        staged.store(rows_of(it))
    update.finish()
    summary.settle()
    return [article.name for _, article in found], summary


def remembered(staged: Staging) -> RememberedSource:
    (source,) = remembered_sources(staged.connection).values()
    return source


def counts(summary: Summary) -> tuple[int, int, int, int, int]:
    """Added, changed, moved, removed and unchanged."""
    return (
        *(summary.added, summary.changed, summary.moved, summary.removed),
        summary.unchanged,
    )


def as_held(*names: str) -> list[Entry]:
    """Entries that look as the index has them."""
    return [listed(name, size=SIZE + list(HELD).index(name)) for name in names]


def shown(staged: Staging) -> list[str]:
    return staged.snapshot().article_names()


def test_what_looks_as_it_did_is_not_read(staged: Staging) -> None:
    indexed, summary = updated(staged, *as_held(*HELD))
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 0, 3))
    assert shown(staged) == list(HELD)


def test_what_is_no_longer_listed_ends(staged: Staging) -> None:
    indexed, summary = updated(staged, *as_held("d/b.txt"))
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 2, 1))
    assert shown(staged) == ["d/b.txt"]


@pytest.mark.parametrize("look", [{"size": 11}, {"time": 7}, {"time": 0}], ids=str)
def test_what_looks_different_is_read_and_stays_if_it_is_the_same(
    staged: Staging, look: dict[str, int]
) -> None:
    indexed, summary = updated(
        staged, listed("a.txt", HELD["a.txt"], **look), *as_held("d/b.txt", "d/c.txt")
    )
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 0, 3))
    held = {it.name: it for it in staged.live_articles(remembered(staged).number)}["a.txt"]
    assert (held.size, held.mtime_ns) == (look.get("size", SIZE), look.get("time", TIME))
    assert held.born == 1


def test_what_has_changed_is_indexed_in_its_place(staged: Staging) -> None:
    indexed, summary = updated(
        staged, listed("a.txt", "Owls sleep.", size=99), *as_held("d/b.txt", "d/c.txt")
    )
    assert (indexed, counts(summary)) == (["a.txt"], (0, 1, 0, 0, 2))
    (article,) = staged.snapshot().named("a.txt")
    assert article.text == "Owls sleep."


def test_a_title_alone_is_a_change(staged: Staging) -> None:
    entry = replace(listed("a.txt", time=0), read=lambda: Article("a.txt", "New", HELD["a.txt"]))
    indexed, summary = updated(staged, entry, *as_held("d/b.txt", "d/c.txt"))
    assert (indexed, counts(summary)) == (["a.txt"], (0, 1, 0, 0, 2))


def test_an_article_of_another_name_with_the_same_title_and_text_has_moved(
    staged: Staging,
) -> None:
    entry = replace(listed("z.txt"), read=lambda: Article("z.txt", title("a.txt"), HELD["a.txt"]))
    indexed, summary = updated(staged, *as_held("d/b.txt", "d/c.txt"), entry)
    assert (indexed, counts(summary)) == (["z.txt"], (0, 0, 1, 0, 2))


def test_articles_of_one_size_and_time_are_read_for_one_may_be_another_s(staged: Staging) -> None:
    for it in staged.live_articles(remembered(staged).number):
        staged.restamp([(it.id, SIZE, TIME)])
    entries = [listed("a.txt", HELD["a.txt"]), listed("d/b.txt", HELD["d/c.txt"])]
    entries.append(listed("d/c.txt", HELD["d/c.txt"]))
    indexed, summary = updated(staged, *entries)
    assert (indexed, counts(summary)) == (["d/b.txt"], (0, 1, 0, 0, 2))


def test_a_line_of_a_corpus_is_known_by_its_hash(staged: Staging, tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"

    def lines(*texts: str) -> list[Entry]:
        found = [json.dumps({"_id": n, "text": text}) for n, text in zip(HELD, texts, strict=True)]
        path.write_text("\n".join(found), "utf-8")
        return list(open_source(path, lambda it: pytest.fail(it.reason)).entries)

    texts = tuple(HELD.values())
    updated(staged, *lines(*texts))  # with other titles
    same = [replace(entry, read=never) for entry in lines(*texts)[:2]]
    indexed, _ = updated(staged, *same, lines(*texts[:2], "Comets are ice. ")[2])
    assert indexed == ["d/c.txt"]


def test_what_cannot_be_read_is_skipped_with_the_reason_and_ends(staged: Staging) -> None:
    entries = [listed("a.txt", UnreadableArticle("binary"), time=7), *as_held("d/b.txt", "d/c.txt")]
    indexed, summary = updated(staged, *entries, listed("new.txt", UnreadableArticle("empty")))
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 1, 2))
    assert [(it.article, it.reason) for it in summary.skipped] == [
        ("a.txt", "binary"),
        ("new.txt", "empty"),
    ]
    assert shown(staged) == ["d/b.txt", "d/c.txt"]


def test_what_the_system_refuses_is_skipped_and_stays(staged: Staging) -> None:
    refused = ArticleOutOfReach("permission denied")
    entries = [listed("a.txt", refused, time=7), listed("new.txt", refused)]
    indexed, summary = updated(staged, *entries, *as_held("d/b.txt", "d/c.txt"))
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 0, 3))
    assert [it.article for it in summary.skipped] == ["a.txt", "new.txt"]
    assert shown(staged) == list(HELD)
    held = {it.name: it for it in staged.live_articles(remembered(staged).number)}["a.txt"]
    assert held.mtime_ns == TIME, "so that the next run tries again"


@pytest.mark.parametrize(
    ("unseen", "kept"),
    [
        (["d/"], ["a.txt", "d/b.txt", "d/c.txt"]),
        (["d/c.txt"], ["a.txt", "d/c.txt"]),
        (["d"], ["a.txt"]),
        ([""], ["a.txt", "d/b.txt", "d/c.txt"]),
    ],
)
def test_what_could_not_be_looked_at_stays(
    staged: Staging, unseen: list[str], kept: list[str]
) -> None:
    indexed, summary = updated(staged, *as_held("a.txt"), unseen=unseen)
    assert (indexed, shown(staged)) == ([], kept)
    assert counts(summary) == (0, 0, 0, 3 - len(kept), len(kept))


def test_where_nothing_can_stay_what_cannot_be_read_comes_from_the_index(afresh: Staging) -> None:
    refused = ArticleOutOfReach("permission denied")
    entries = [listed("a.txt", refused), listed("d/b.txt", HELD["d/b.txt"], size=11)]
    indexed, summary = updated(afresh, *entries, unseen=["d/c.txt"])
    assert (indexed, counts(summary)) == (["a.txt", "d/b.txt", "d/c.txt"], (0, 0, 0, 0, 3))
    assert [it.article for it in summary.skipped] == ["a.txt"]
    publish(afresh)
    assert {name: afresh.snapshot().named(name)[0].text for name in HELD} == HELD


def test_an_article_that_would_be_lost_for_a_damaged_text_is_an_error(afresh: Staging) -> None:
    afresh.connection.execute(
        "UPDATE texts SET text = 'x' WHERE article = (SELECT id FROM articles WHERE name = 'a.txt')"
    )
    with pytest.raises(SourceError) as refused:
        updated(afresh, listed("a.txt", ArticleOutOfReach("permission denied")))
    assert "a.txt" in str(refused.value)
    assert "/articles" in str(refused.value)


def test_a_source_that_looks_the_same_is_neither_listed_nor_compared(staged: Staging) -> None:
    staged.connection.execute("UPDATE sources SET stamp = 'look'")
    indexed, summary = updated(staged, stamp="look")
    assert (indexed, counts(summary)) == ([], (0, 0, 0, 0, 3))
    assert shown(staged) == list(HELD)
    assert (summary.ignored, summary.excluded) == ({".png": 2}, 1)


def test_a_source_is_compared_where_articles_of_it_are_staged(staged: Staging) -> None:
    staged.connection.execute("UPDATE sources SET stamp = 'look'")
    it = replace(draft(remembered(staged).number, "new.txt", "Tides."), size=99)
    staged.store(rows_of(it))
    _, summary = updated(staged, *as_held(*HELD), stamp="look")
    assert counts(summary) == (0, 0, 0, 0, 3)
    assert shown(staged) == list(HELD)


@pytest.mark.parametrize(
    ("text", "stamp"), [("Tides.", "look"), (UnreadableArticle("empty"), None)], ids=str
)
def test_the_look_of_a_source_is_noted_unless_something_was_skipped(
    staged: Staging, text: str | Exception, stamp: str | None
) -> None:
    updated(staged, *as_held(*HELD), listed("new.txt", text), stamp="look")
    staged.withdraw()
    assert remembered(staged).stamp == stamp


def test_the_first_generation_counts_its_articles_and_remembers_none(tmp_path: Path) -> None:
    with staging(tmp_path / "first.locus") as staged:
        remember(staged.connection, Path("/articles"), Selection())
        entries = [listed("a.txt", "Owls."), listed("b.txt", "Owls.")]
        indexed, summary = updated(staged, *entries)
    assert (indexed, counts(summary)) == (["a.txt", "b.txt"], (2, 0, 0, 0, 0))
    assert not summary.appeared


def test_what_an_interrupted_run_has_stored_is_counted_as_this_run_s(index: Path) -> None:
    with staging(index) as cut_short:
        updated(cut_short, listed("new.txt", "Tides.", size=99), *as_held(*HELD))
    with staging(index) as staged:
        indexed, summary = updated(staged, listed("new.txt", size=99), *as_held(*HELD))
        assert (indexed, counts(summary)) == ([], (1, 0, 0, 0, 3))


def test_the_bytes_that_were_dealt_with_never_pass_the_source_s_size(staged: Staging) -> None:
    entries = [listed(name, text + " More.", time=7) for name, text in HELD.items()]
    source = Source(Path("/articles"), 25, 3, entries, None)
    update = SourceUpdate(source, remembered(staged), staged, Summary())
    done = [update.done, *(update.done for _ in update.articles())]
    assert done == [0, 10, 20, 25]
