"""What a run did, counted: for people and for scripts."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.types import Skipped
from indexer.updating.summary import Summary, counted

FULL = Summary(
    added=1200,
    changed=2,
    moved=3,
    removed=4,
    unchanged=5,
    skipped=[Skipped("a.txt", "empty"), Skipped("b\x1b.txt", "binary")],
    partial=[Skipped("book.epub", "read without chapter 3 (missing)")],
    ignored={".png": 7, ".csv": 1},
    excluded=1,
    problems=["no such folder"],
    read=Counter({"PDF": 12, "text file": 1}),
    unread=Counter({("PDF", "scanned"): 2, ("PDF", "encrypted"): 1}),
    encodings=Counter({"windows-1252": 2, "shift_jis": 1}),
    embedded=1,
    reused=2345,
    articles=1210,
    passages=2346,
    generation=6,
    seconds=1.23456,
)


def test_the_json_of_a_run_is_the_contract_s() -> None:
    assert FULL.as_json() == {
        "articles": {
            "added": 1200,
            "changed": 2,
            "moved": 3,
            "removed": 4,
            "unchanged": 5,
            "skipped": 2,
        },
        "passages": {"total": 2346, "embedded": 1, "reused": 2345},
        "generation": 6,
        "seconds": 1.235,
        "skipped": [
            {"article": "a.txt", "reason": "empty"},
            {"article": "b\x1b.txt", "reason": "binary"},
        ],
        "partial": [{"article": "book.epub", "reason": "read without chapter 3 (missing)"}],
        "ignored": {".png": 7, ".csv": 1},
        "excluded": 1,
        "problems": ["no such folder"],
        "formats": {"PDF": {"read": 12, "skipped": 3}, "text file": {"read": 1, "skipped": 0}},
        "encodings": {"shift_jis": 1, "windows-1252": 2},
    }
    assert json.loads(json.dumps(FULL.as_json())) == FULL.as_json()


def test_what_is_not_settled_is_not_part_of_the_json() -> None:
    summary = Summary()
    before = summary.as_json()
    summary.appeared["Owls", "0"] += 1
    assert summary.as_json() == before
    assert "came" not in repr(summary)


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("added", True),
        ("changed", True),
        ("moved", True),
        ("removed", True),
        ("unchanged", False),
        ("embedded", False),
        ("excluded", False),
    ],
)
def test_only_articles_that_are_not_as_they_were_are_changes(what: str, changes: bool) -> None:
    assert Summary(**{what: 1}).has_changes == changes  # type: ignore[arg-type]
    assert not Summary().has_changes


def test_what_was_passed_over_adds_up_over_sources() -> None:
    summary = Summary()
    summary.count_files(Counter({".png": 2, "no suffix": 1}), 3)
    summary.count_files({".png": 1, ".csv": 4}, 1)
    assert summary.ignored == {".png": 3, "no suffix": 1, ".csv": 4}
    assert summary.excluded == 4
    assert summary.types() == "4 .csv, 3 .png, 1 without extension"


articles = st.lists(st.sampled_from([("Owls", "0"), ("Owls", "1"), ("Bats", "0")]), max_size=9)


@settings(max_examples=25)
@given(articles, articles)
def test_an_article_that_came_and_went_has_moved_and_no_other(
    came: list[tuple[str, str]], gone: list[tuple[str, str]]
) -> None:
    summary = Summary(appeared=Counter(came), disappeared=Counter(gone))
    summary.settle()
    assert summary.added + summary.moved == len(came)
    assert summary.removed + summary.moved == len(gone)
    assert summary.moved == sum(min(came.count(it), gone.count(it)) for it in set(came))


def test_what_is_zero_is_left_out() -> None:
    text = Summary(changed=1, articles=1, passages=1, generation=2).as_text(Path("x"))
    assert len(text.splitlines()) == 2
    assert "1 changed" in text
    assert "0 added" not in text
    assert "0 skipped" not in text


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (12_345, "12,345 articles")],
)
def test_a_number_has_its_noun(count: int, said: str) -> None:
    assert counted(count, "article") == said


def test_a_noun_can_have_a_plural_of_its_own() -> None:
    assert counted(1, "query", "queries") == "1 query"
    assert counted(1_000, "query", "queries") == "1,000 queries"
