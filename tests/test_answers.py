"""Many questions to one searcher: who wins each, in what order, and from which generation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.arrays import Vectors
from indexer.errors import ModelError, QueryError
from indexer.pipeline import build
from indexer.types import Splitting
from search import Answer, Searcher, open_index
from search.limits import MODES
from tests.hashing import HashingEncoder

SMALL = Splitting(target_tokens=12)
OWLS, BATS, BRIDGES = "night/owls.txt", "night/bats.txt", "bridges.md"
WINNERS = {
    "who hunts mice at night": OWLS,
    "a bridge of stone": BRIDGES,
    "sleeping upside down in caves": BATS,
    " owls of the forets": OWLS,
    '"find moths by echo"': BATS,
}
"""Which article wins each question."""


class Reading(HashingEncoder):
    """Reads "forets" in pieces, so it is not a word that the model knows."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [
            tokens + text.count("forets")
            for text, tokens in zip(texts, super().count_tokens(texts), strict=True)
        ]


def opened(index: Path, encoder: HashingEncoder | None = None) -> Searcher:
    return open_index(index, encoder=encoder or Reading())


def untimed(answers: Sequence[Answer]) -> list[Answer]:
    return [replace(answer, took_ms=0) for answer in answers]


def test_each_question_has_its_winner_in_the_order_of_the_questions(small_index: Path) -> None:
    with opened(small_index) as searcher:
        answers = list(searcher.search_many([*WINNERS] * 5, k=2))
    won = [(answer.query, answer.hits[0].article) for answer in answers]
    assert won == [*WINNERS.items()] * 5
    corrected = {answer.query: answer.corrected for answer in answers if answer.corrected}
    assert corrected == {" owls of the forets": "owls of the forest"}
    assert all(answer.took_ms > 0 for answer in answers)


options = st.fixed_dictionaries(
    {"k": st.integers(1, 6)},
    optional={
        "mode": st.sampled_from(MODES),
        "under": st.sampled_from(["night", "*.md", "nowhere"]),
        "per_article": st.integers(1, 3),
        "min_confidence": st.sampled_from([0.0, 0.3, 1.0]),
        "literal": st.booleans(),
        "exact": st.booleans(),
    },
)
questions = st.lists(
    st.sampled_from([*WINNERS, "zebra", "owls " * 60]) | st.text("aeoslwtbmc ").filter(str.strip)
)


@settings(max_examples=40, deadline=None)
@given(questions, options)
def test_the_answers_are_those_of_one_question_after_the_other(
    small_index: Path, asked: list[str], how: dict[str, Any]
) -> None:
    with opened(small_index) as searcher:
        apart = [searcher.search(query, **how) for query in asked]
        assert untimed(list(searcher.search_many(asked, **how))) == untimed(apart)


@pytest.mark.parametrize("rebuild", [False, True])
def test_all_questions_see_one_generation(own_index: Path, articles: Path, rebuild: bool) -> None:
    comet = "the tail of a comet"
    with opened(own_index) as searcher:
        before = searcher.search(comet)
        answers = searcher.search_many([comet] * 40)
        first = next(answers)
        (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
        (articles / "bridges.md").unlink()
        build(own_index, encoder=HashingEncoder(), splitting=SMALL, rebuild=rebuild)
        now = searcher.search(comet)
        assert (now.generation, now.hits[0].article) == (2, "new.txt")
        assert untimed([first, *answers]) == untimed([before] * 40)
        (after,) = searcher.search_many([comet])
        assert untimed([after]) == untimed([now])


@pytest.mark.parametrize(
    ("query", "reason"),
    [(" \n", "question 2: the question is empty"), ("\ud800", "question 2: .* not valid UTF-8")],
)
def test_an_invalid_question_is_named_before_any_is_asked(
    small_index: Path, query: str, reason: str
) -> None:
    class Unasked(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            pytest.fail(f"{text!r} was encoded")

    with opened(small_index, Unasked()) as searcher:
        with pytest.raises(QueryError, match=reason):
            searcher.search_many(["owls", query, ""])
        with pytest.raises(QueryError, match=r"^k must be from 1 to 1000 \(got 0\)$"):
            searcher.search_many(["owls"], 0)
        assert list(searcher.search_many([])) == []


def test_questions_are_encoded_together_and_answered_in_their_order(small_index: Path) -> None:
    class Together(HashingEncoder):
        calls: ClassVar[list[int]] = []

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            self.calls.append(len(texts))
            return np.stack([self.encode_query(text) for text in texts])

    won = {"owls": OWLS, "bats": BATS, "bridge": BRIDGES, "mice": OWLS}
    won |= {"stone": BRIDGES, "caves": BATS, "moths": BATS, "arches": BRIDGES}
    with opened(small_index, Together()) as searcher:
        answers = list(searcher.search_many([*won] * 20))
    assert [answer.hits[0].article for answer in answers] == [*won.values()] * 20
    assert Together.calls[:3] == [64, 64, 32]


def test_a_question_that_the_model_fails_on_leaves_the_answers_before_it(
    small_index: Path,
) -> None:
    class Failing(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            if text == "bats":
                raise ModelError("the model failed")
            return super().encode_query(text)

    with opened(small_index, Failing()) as searcher:
        answers = searcher.search_many(["owls", "mice", "bats", "moths"])
        assert [next(answers).hits[0].article for _ in range(2)] == [OWLS, OWLS]
        with pytest.raises(ModelError, match="the model failed"):
            next(answers)
        assert list(answers) == []
        assert searcher.search("moths").hits[0].article == BATS
