"""Passages: exact, whole sentences, within the encoder's limit."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.splitting.passages import embedding_text, split, split_all, title_context
from indexer.splitting.sentences import sentences
from indexer.types import Passage, Splitting
from tests.hashing import HashingEncoder

LIMIT = 38
SPLITTING = Splitting(target_tokens=16)
count = HashingEncoder().count_tokens

words = st.sampled_from(
    ["tide", "moon", "river", "a", "bridge's", "1,024", "日本", "naïve", "x" * 200]
)
ends = st.sampled_from([". ", "! ", "? ", ", ", " ", "\n", "\n\n", "。", "\n\n# ", "\n- "])
prose = st.lists(st.tuples(words, ends), max_size=150).map(
    lambda pairs: "".join(word + end for word, end in pairs)
)


def count_marks(texts: Sequence[str]) -> list[int]:
    """Words and marks, each a token."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def passages(text: str, title: str = "", splitting: Splitting = SPLITTING) -> list[Passage]:
    return split(text, title_context(title, count, LIMIT), count, LIMIT, splitting)


@given(prose | st.text(max_size=500), st.sampled_from(["", "Tides", "A very long title " * 9]))
def test_passages_are_exact_in_order_and_fit(text: str, title: str) -> None:
    context = title_context(title, count, LIMIT)
    at = 0
    for passage in passages(text, title):
        assert passage.text == text[passage.start : passage.end]
        assert not text[at : passage.start].strip(), "text was lost between passages"
        assert count([embedding_text(context, passage.text)])[0] <= LIMIT
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
        at = passage.end
    assert not text[at:].strip(), "text was lost at the end"


@given(prose)
def test_no_passage_ends_inside_a_sentence_that_fits(text: str) -> None:
    fits = [s for s in sentences(text) if s.end - s.start <= LIMIT]
    edges = {edge for passage in passages(text) for edge in (passage.start, passage.end)}
    for sentence in fits:
        assert not any(sentence.start < edge < sentence.end for edge in edges)


def test_passages_consist_of_sentences_by_the_rules_of_the_index() -> None:
    text = "Он жил на ул. Ленина. Потом ушёл."
    found = {
        version: [
            text[span.start : span.end]
            for passage in passages(text, splitting=Splitting(16, "russian", version))
            for span in passage.sentences
        ]
        for version in (1, 2)
    }
    assert found == {
        1: ["Он жил на ул.", "Ленина.", "Потом ушёл."],
        2: ["Он жил на ул. Ленина.", "Потом ушёл."],
    }


def test_a_break_falls_between_paragraphs_rather_than_inside_one() -> None:
    first = "Stone lasts. It is heavy. Masons cut it by hand."
    second = "Steel bends. It is light. Mills roll it into beams."
    assert [p.text for p in passages(f"{first}\n\n{second}")] == [first, second]


def test_a_heading_stays_with_what_it_heads() -> None:
    text = "One two three four five six seven eight nine ten.\n\n# Next\n\nEleven twelve."
    assert passages(text, splitting=Splitting(8))[-1].text == "# Next\n\nEleven twelve."


def test_an_edit_moves_no_break_far_from_it() -> None:
    paragraphs = [f"Item {n} is on the list. It was put there by hand today." for n in range(40)]
    before = {p.text for p in passages("\n\n".join(paragraphs))}
    paragraphs[20] += " Somebody has added this sentence since then, as it seems."
    after = {p.text for p in passages("\n\n".join(paragraphs))}
    assert len(after - before) <= 3


def test_a_sentence_past_the_limit_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(200)) + "."
    found = passages(text)
    assert len(found) > 5
    for passage in found:
        assert re.fullmatch(r"(word\d+ )*word\d+\.?", passage.text)


def test_a_formula_of_as_many_tokens_as_characters_is_cut_to_fit() -> None:
    text = "We solve x^4+y^4+z^4-2(x^2)(y^2)-2(y^2)(z^2)=4[f(x+y)+f(x-y)]+2f(x)-6f(y) in part."
    tight = 20
    context = title_context("The subject matter of this work", count_marks, tight)
    found = split(text, context, count_marks, tight, Splitting(8))
    assert "".join(p.text for p in found).replace(" ", "") == text.replace(" ", "")
    assert max(count_marks([embedding_text(context, p.text) for p in found])) <= tight


def test_one_word_without_end_is_cut_too() -> None:
    text = "x" * 5000
    assert "".join(p.text for p in passages(text)) == text
    assert max(len(p.text) for p in passages(text)) <= 8 * LIMIT


def test_a_title_that_the_passage_begins_with_is_not_embedded_twice() -> None:
    assert embedding_text("Tides", "# Tides\n\nThe sea rises.") == "# Tides\n\nThe sea rises."
    assert embedding_text("Tides", "The sea falls.") == "Tides\nThe sea falls."
    assert embedding_text("# Tides", "# Tides") == "# Tides"


@pytest.mark.parametrize(
    ("title", "passage"),
    [
        ("Tea", "Team spirit."),
        ("Tea", "# Teapots"),
        ("Cafe", "Cafe\u0301s close."),
        ("1", "10 men"),
    ],
)
def test_a_title_is_not_lost_to_a_longer_word(title: str, passage: str) -> None:
    assert embedding_text(title, passage) == f"{title}\n{passage}"


@pytest.mark.parametrize(
    ("title", "passage"),
    [
        ("Tea", "Tea's leaf."),
        ("Tea", "**Tea** is"),
        ("Why?", "Why?So"),
        ("猫", "猫は動物です。"),
        ("T", "T"),
    ],
)
def test_a_title_ends_where_its_word_ends(title: str, passage: str) -> None:
    assert embedding_text(title, passage) == passage


def test_a_long_title_leaves_room_for_the_passage() -> None:
    context = title_context("word " * 100, count, LIMIT)
    assert 0 < count([context])[0] <= LIMIT // 4


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "Owls", "A title of many words " * 9]), prose), max_size=4
    )
)
def test_articles_that_are_split_together_are_split_as_each_alone(
    articles: list[tuple[str, str]],
) -> None:
    together = list(split_all(articles, count, LIMIT, Splitting(12)))
    alone = []
    for title, text in articles:
        context = title_context(title, count, LIMIT)
        alone.append((context, split(text, context, count, LIMIT, Splitting(12))))
    assert together == alone


def test_the_tokens_of_several_articles_are_counted_in_one_call() -> None:
    calls: list[Sequence[str]] = []

    def counted(texts: Sequence[str]) -> list[int]:
        calls.append(texts)
        return count(texts)

    articles = [(f"Title {n}", f"Owls hunt mice. Bats find {n} moths.") for n in range(30)]
    found = list(split_all(articles, counted, LIMIT, Splitting(12)))
    assert [context for context, _ in found] == [title for title, _ in articles]
    assert len(calls) == 1
    assert calls[0].count("Owls hunt mice.") == 1, "each text once"
