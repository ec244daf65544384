"""Replies to an assistant: exact, of limited size, and clear about what was cut."""

from dataclasses import replace

import pytest

pytest.importorskip("pydantic", reason="pydantic is not installed")

from hypothesis import given
from hypothesis import strategies as st

from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import QueryError
from indexer.storing.state import State
from indexer.storing.stored import StoredArticle
from indexer.types import Splitting
from search.serving.replies import (
    MOST_OF_A_HIT,
    MOST_OF_A_REPLY,
    MOST_OF_AN_ARTICLE,
    Excerpt,
    Found,
    Holdings,
    PassageReply,
)
from search.serving.served import Status
from search.types import Answer, Hit, Span
from tests.hashing import IDENTITY

ONE_FOR_SIX = "\x01"
"""A character that takes six characters in JSON."""


def hit(text: str, *, title: str = "Tapirs", article: str = "tapirs.txt", start: int = 100) -> Hit:
    return Hit(
        rank=1,
        score=0.98765,
        semantic=0.5,
        lexical=None,
        article=article,
        source="/articles",
        title=title,
        sha256="",
        start=start,
        end=start + len(text),
        line=7,
        text=text,
        highlight=Span(start, start + min(len(text), 1000)),
    )


def answer(*hits: Hit, warnings: tuple[str, ...] = ()) -> Answer:
    return Answer("?", "hybrid", 1.0, 1, 1, 1, hits, warnings, 0.123456)


def stored(text: str, title: str = "Tapirs") -> StoredArticle:
    return StoredArticle("/articles", "tapirs.txt", title, "", text, ())


def test_a_passage_that_fits_is_given_whole() -> None:
    passage = PassageReply.of(hit("The tapir sleeps. It is shy."))
    assert passage.text == "The tapir sleeps. It is shy."
    assert (passage.start, passage.end, passage.truncated) == (100, 128, False)
    assert passage.line == 7
    assert passage.highlight == "The tapir sleeps. It is shy."
    assert (passage.title, passage.score) == ("Tapirs", 0.988)


def test_a_long_passage_is_cut_at_its_end_and_says_so() -> None:
    text = "tapir " * 1000
    passage = PassageReply.of(hit(text, title="T" * 1000))
    assert passage.truncated
    assert passage.text == text[:MOST_OF_A_HIT]
    assert (passage.start, passage.end) == (100, 100 + len(text))
    assert passage.title.endswith("T…")
    assert passage.highlight is not None
    assert passage.highlight.endswith("…")
    assert passage.highlight[:-1] in text


@pytest.mark.parametrize("character", ["t", ONE_FOR_SIX, '"', "🦌"])
def test_a_page_of_long_passages_is_cut_to_the_best_and_says_how_many_are_missing(
    character: str,
) -> None:
    hits = [hit(character * 5000, title=character * 1000, start=n) for n in range(20)]
    found = Found.of(answer(*hits, warnings=("w" * 5000,)))
    assert len(found.model_dump_json()) <= MOST_OF_A_REPLY
    assert [one.start for one in found.passages] == list(range(len(found.passages)))
    missing = 20 - len(found.passages)
    assert missing > 0
    assert len(found.passages) > 1
    assert found.warnings[-1] == f"{missing} passages were left out to keep the reply short"
    assert found.confidence == 0.123


def test_a_corrected_query_is_told_and_a_long_one_cut() -> None:
    assert Found.of(answer()).corrected is None
    assert Found.of(replace(answer(), corrected="a tapir")).corrected == "a tapir"
    cut = Found.of(replace(answer(), corrected=ONE_FOR_SIX * 2000)).corrected
    assert cut == ONE_FOR_SIX * 299 + "…"


def test_twenty_passages_of_the_usual_length_are_all_given() -> None:
    hits = [hit("x" * 800, title="T" * 60, article="a" * 80) for _ in range(20)]
    found = Found.of(answer(*hits))
    assert (len(found.passages), found.warnings) == (20, [])


def test_a_name_without_end_loses_its_own_passage_alone() -> None:
    found = Found.of(answer(hit("one", article="n" * 50_000), hit("two")))
    assert [one.text for one in found.passages] == ["two"]
    assert found.warnings == ["1 passage was left out to keep the reply short"]


@given(
    text=st.text(alphabet=st.sampled_from('ab. "\n🦌\x01é'), max_size=40).map(lambda s: s * 700),
    numbers=st.tuples(*[st.integers(0, 30_000)] * 3),
    to_the_end=st.booleans(),
)
def test_an_excerpt_is_exact_bounded_and_true_about_itself(
    text: str, numbers: tuple[int, int, int], to_the_end: bool
) -> None:
    start = min(numbers[0], len(text))
    end = None if to_the_end else start + numbers[1]
    context = numbers[2]
    excerpt = Excerpt.of(stored(text), start, end, context)
    last = len(text) if end is None else min(end, len(text))
    asked = max(0, start - context), min(last + context, len(text))
    assert excerpt.text == text[excerpt.start : excerpt.end]
    assert excerpt.length == len(text)
    assert len(excerpt.text) <= MOST_OF_AN_ARTICLE
    assert len(excerpt.model_dump_json()) <= MOST_OF_A_REPLY
    assert asked[0] <= excerpt.start <= start
    assert excerpt.end <= asked[1]
    assert excerpt.truncated is ((excerpt.start, excerpt.end) != asked)
    assert excerpt.end > start or start == asked[1]  # continuing from there reaches the end


def test_context_gives_way_to_the_span_it_is_around() -> None:
    text = "".join(f"{n:05} " for n in range(10_000))
    excerpt = Excerpt.of(stored(text), 30_000, 31_000, 20_000)
    assert excerpt.truncated
    assert len(excerpt.text) == MOST_OF_AN_ARTICLE
    assert excerpt.start == 30_000 - (MOST_OF_AN_ARTICLE - 1000) // 2
    assert excerpt.end == 31_000 + (MOST_OF_AN_ARTICLE - 1000) // 2


def test_context_that_gives_way_before_the_span_alone_is_said_too() -> None:
    text = "0123456789" * 2000
    excerpt = Excerpt.of(stored(text), 19_000, None, 15_000)
    assert (excerpt.start, excerpt.end) == (19_000 - (MOST_OF_AN_ARTICLE - 1000) // 2, 20_000)
    assert excerpt.truncated


def test_what_json_makes_longer_is_cut_shorter() -> None:
    excerpt = Excerpt.of(stored(ONE_FOR_SIX * 50_000), 20_000, None, 0)
    assert excerpt.truncated
    assert MOST_OF_A_REPLY // 3 < len(excerpt.model_dump_json()) <= MOST_OF_A_REPLY
    assert (excerpt.start, len(excerpt.text)) == (20_000, excerpt.end - 20_000)


@pytest.mark.parametrize(
    ("span", "reason"),
    [((11, None), r"start \(11\) is beyond the end of the article \(10"), ((5, 4), "before start")],
)
def test_a_span_the_article_cannot_have_is_an_error(
    span: tuple[int, int | None], reason: str
) -> None:
    with pytest.raises(QueryError, match=reason):
        Excerpt.of(stored("0123456789"), *span, 0)


def holdings(*sources: tuple[str, int], identity: EncoderIdentity = IDENTITY) -> Holdings:
    state = State(3, "2026-01-01", identity, Splitting(), 5, 9, None, None, None)
    return Holdings.of(Status("/x.locus", state, sources, staged=2))


def test_what_an_index_holds() -> None:
    found = holdings(("/articles", 5))
    assert (found.index, found.articles, found.passages) == ("/x.locus", 5, 9)
    assert [one.model_dump() for one in found.sources] == [{"path": "/articles", "articles": 5}]
    assert (found.model, found.generation, found.writing) == ("hashing", 3, True)
    assert found.warnings == []


def test_more_sources_than_fit_are_counted() -> None:
    found = holdings(*((f"/{n:04}{'s' * 200}", n) for n in range(1000)))
    assert len(found.model_dump_json()) <= MOST_OF_A_REPLY
    assert [one.articles for one in found.sources] == list(range(len(found.sources)))
    missing = 1000 - len(found.sources)
    assert found.warnings == [f"{missing} sources were left out to keep the reply short"]


def test_date_and_authors_are_one_line() -> None:
    names = tuple("ABCDEFG")
    (found,) = Found.of(answer(replace(hit("x"), date="2024", authors=names))).passages
    assert found.origin == "2024 · A, B, C, D, E and 2 more"
    assert Found.of(answer(hit("x"))).passages[0].origin is None
