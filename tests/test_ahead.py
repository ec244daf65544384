"""Reading ahead: in order, within limits, and nothing is lost when something fails."""

from collections.abc import Generator
from threading import Event, get_ident

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading import ahead
from indexer.reading.ahead import read_ahead
from indexer.reading.articles import Entry
from indexer.types import Article


def entry(name: str, text: str | Exception = "tea", *, is_apart: bool = True) -> Entry:
    def read() -> Article:
        if isinstance(text, Exception):
            raise text
        return Article(name, "", text)

    return Entry(name, 1, 0, read, is_apart=is_apart)


def box(name: str, *members: Entry, error: Exception | None = None) -> Entry:
    def found() -> Generator[Entry, None, None]:
        yield from members
        if error is not None:
            raise error

    return Entry(name, 1, 0, lambda: pytest.fail("a box is not read"), members=found, is_apart=True)


def told(*entries: Entry) -> list[tuple[str, str | None]]:
    return [(it.entry.name, said(it.found)) for it in read_ahead(entries)]


def said(found: Article | UnreadableArticle | None) -> str | None:
    return found.text if isinstance(found, Article) else None if found is None else str(found)


def test_entries_come_in_order_wherever_they_are_read() -> None:
    entries = [entry(f"{n}", is_apart=n % 3 > 0) for n in range(60)]
    assert told(*entries) == [(f"{n}", "tea") for n in range(60)]


def test_the_members_of_a_box_come_before_it() -> None:
    why = UnreadableArticle("empty")
    assert told(
        entry("a"),
        box("x", entry("x/1"), entry("x/2", why)),
        box("y", entry("y/1"), error=UnreadableArticle("broken")),
        entry("b", is_apart=False),
    ) == [
        ("a", "tea"),
        *(("x/1", "tea"), ("x/2", "empty"), ("x", None)),
        *(("y/1", "tea"), ("y", "broken")),
        ("b", "tea"),
    ]


def test_what_is_unreadable_is_said_in_its_place() -> None:
    assert told(entry("a", UnreadableArticle("empty")), entry("b")) == [
        ("a", "empty"),
        ("b", "tea"),
    ]


@pytest.mark.parametrize("is_apart", [True, False])
def test_another_error_is_passed_on_after_what_came_before(is_apart: bool) -> None:
    found = read_ahead([entry("a"), entry("b", MemoryError(), is_apart=is_apart), entry("c")])
    assert next(found).entry.name == "a"
    with pytest.raises(MemoryError):
        next(found)


def test_the_next_file_is_read_while_this_one_is_used() -> None:
    second = Event()

    def read() -> Article:
        second.set()
        return Article("b", "", "tea")

    found = read_ahead([entry("a"), Entry("b", 1, 0, read, is_apart=True)])
    next(found)
    assert second.wait(30), "it is read though nobody asked for it yet"
    assert next(found).entry.name == "b"


def test_it_reads_only_so_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_MOST_CHARACTERS", 10)
    read: list[int] = []

    def member(number: int) -> Entry:
        read.append(number)
        return entry(f"x/{number}", "t" * 6)

    def members() -> Generator[Entry, None, None]:
        yield from map(member, range(50))

    found = read_ahead(
        [Entry("x", 1, 0, lambda: Article("", "", ""), members=members, is_apart=True)]
    )
    for number in range(50):
        assert next(found).entry.name == f"x/{number}"
        assert len(read) <= number + 4
    assert len(read) == 50


def test_what_needs_no_worker_is_read_when_it_is_wanted_and_in_this_thread() -> None:
    threads: list[int] = []

    def read() -> Article:
        threads.append(get_ident())
        return Article("b", "", "tea")

    found = read_ahead([Entry("a", 1, 0, read), Entry("b", 1, 0, read)])
    next(found)
    assert threads == [get_ident()]


def test_who_stops_asking_stops_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_MOST_ARTICLES", 2)
    ended = Event()

    def members() -> Generator[Entry, None, None]:
        try:
            for number in range(1000):
                yield entry(f"x/{number}")
        finally:
            ended.set()

    found = read_ahead(
        [Entry("x", 1, 0, lambda: Article("", "", ""), members=members, is_apart=True)]
    )
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert ended.wait(30)
