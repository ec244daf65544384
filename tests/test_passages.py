"""Passages: exact, whole sentences, within the encoder's limit."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.splitting.passages import Unsplit, embedding_text, split, split_all, title_context
from indexer.splitting.sentences import sentences
from indexer.types import Block, BlockKind, Passage, Splitting
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
    unsplit = [Unsplit(title, text) for title, text in articles]
    together = list(split_all(unsplit, count, LIMIT, Splitting(12)))
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

    articles = [Unsplit(f"Title {n}", f"Owls hunt mice. Bats find {n} moths.") for n in range(30)]
    found = list(split_all(articles, counted, LIMIT, Splitting(12)))
    assert [context for context, _ in found] == [it.title for it in articles]
    assert len(calls) == 1
    assert calls[0].count("Owls hunt mice.") == 1, "each text once"


@st.composite
def structured(draw: st.DrawFn) -> tuple[str, list[Block]]:
    """A text, and blocks anywhere in it, also where no sensible reader would put them."""
    text = draw(prose | st.text("ab |\n.#", max_size=300))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    kinds: list[BlockKind] = ["heading", "paragraph", "item", "table", "code", "quote"]
    blocks = []
    for start, end in zip(ends[::2], ends[1::2], strict=False):
        kind = draw(st.sampled_from(kinds))
        head = draw(st.integers(start, end)) if kind == "table" else 0
        blocks.append(Block(start, end, kind, 1 if kind == "heading" else 0, head))
    return text, blocks


@given(structured(), st.sampled_from(["", "Tides"]))
def test_no_structure_loses_text_or_makes_a_passage_too_long(
    given: tuple[str, list[Block]], title: str
) -> None:
    text, blocks = given
    context = title_context(title, count, LIMIT)
    at = 0
    for passage in split(text, context, count, LIMIT, SPLITTING, blocks):
        assert passage.text == text[passage.start : passage.end]
        assert not text[at : passage.start].strip()
        assert count([embedding_text(context, passage.text, passage.above)])[0] <= LIMIT
        assert (passage.sentences[0].start, passage.sentences[-1].end) == (
            passage.start,
            passage.end,
        )
        at = passage.end
    assert not text[at:].strip()


def spanned(text: str, part: str, kind: BlockKind, head: str = "") -> Block:
    """The block of this part of a text; ``head`` is how a table begins."""
    start = text.index(part)
    return Block(start, start + len(part), kind, 1, start + len(head))


HEAD = "Month | Height"
ROWS = [f"month {n} | {n} metres of water" for n in range(1, 9)]


def test_a_table_that_fits_stays_whole_though_the_text_around_it_is_long() -> None:
    table = "\n".join([HEAD, *ROWS[:3]])
    text = f"The tide rises twice. It falls twice. The moon does it.\n\n{table}\n\nThe sea is salt."
    (whole,) = [
        it
        for it in split(text, "", count, 60, Splitting(20), [spanned(text, table, "table", HEAD)])
        if "month 1" in it.text
    ]
    assert table in whole.text
    assert {text[start:end] for start, end in whole.sentences} >= set(table.split("\n"))


def test_each_part_of_a_long_table_carries_the_head_and_begins_with_a_row() -> None:
    table = "\n".join([HEAD, *ROWS])
    text = f"Tides\n\n{table}"
    blocks = [Block(0, 5, "heading", 1), spanned(text, table, "table", HEAD)]
    first, *others = split(text, "Tides", count, LIMIT, SPLITTING, blocks)
    assert first.text.startswith(f"Tides\n\n{HEAD}\nmonth 1") and first.above == ""
    assert others
    for passage in others:
        assert passage.text.split("\n")[0] in ROWS
        assert passage.above == HEAD
        embedded = embedding_text("Tides", passage.text, passage.above)
        assert embedded == f"Tides\n{HEAD}\n{passage.text}"


def test_a_head_as_long_as_the_rows_is_not_carried() -> None:
    head = " | ".join(["column"] * 12)
    table = "\n".join([head, *ROWS])
    found = split(table, "", count, LIMIT, SPLITTING, [spanned(table, table, "table", head)])
    assert {it.above for it in found} == {""}


def test_code_is_cut_between_lines_and_only_if_it_must_be() -> None:
    lines = [f"value_{n} = first. second({n})" for n in range(4)]
    code = "\n".join(lines)
    text = f"It is set so:\n\n{code}\n\nThat is all."
    blocks = [spanned(text, code, "code")]
    assert any(code in it.text for it in split(text, "", count, 60, Splitting(20), blocks))
    cut = split(text, "", count, 12, SPLITTING, blocks)
    edges = {text[it.start :].partition("\n")[0] for it in cut}
    assert edges <= {"It is set so:", *lines, "That is all."}


def test_a_heading_that_only_the_reader_knows_begins_a_passage() -> None:
    """By its look it would be a sentence of the paragraph before."""
    heading = "What, then, is a tide?"
    text = f"The moon pulls the sea up.\n\n{heading}\n\nIt is the sea that rises and falls."
    found = split(text, "", count, LIMIT, Splitting(12), [spanned(text, heading, "heading")])
    assert [it.text.split("\n")[0] for it in found] == ["The moon pulls the sea up.", heading]
