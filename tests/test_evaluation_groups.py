"""How often each kind of question goes wrong: the groups, and how sure their shares are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.deriving.languages import language_of_each
from indexer.pipeline import build
from search import open_index
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured.evaluator import evaluate
from search.evaluation.measured.findings import Finding
from search.evaluation.measured.groups import Described, Group, Share, groups_of
from tests.conftest import written
from tests.hashing import HashingEncoder
from tests.test_languages import CHINESE, ENGLISH, GERMAN

FISHERMEN = (
    "Die Fischer fahren am frühen Morgen mit ihren Booten auf das Meer, und wenn sie am Abend"
    " wieder in den Hafen kommen, ist es schon dunkel."
)


def members(*texts: str, by: str) -> dict[str, int]:
    """The number of questions of each group."""
    found = groups_of([Described(text, False, None, None) for text in texts])
    return {one.name: one.share.questions for one in found if one.by == by}


def test_the_interval_is_wilsons() -> None:
    """His for 3 of 10 and 0 of 10, as Newcombe (1998) computes them."""
    some, none = Share.of(81, 263), Share.of(0, 20)
    assert (round(some.low, 4), round(some.high, 4)) == (0.2553, 0.3662)
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)
    assert Share.of(1, 19).is_small
    assert not Share.of(1, 20).is_small


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counts: tuple[int, int]) -> None:
    share = Share.of(*counts)
    assert 0 <= share.low <= share.value + 1e-9
    assert share.value - 1e-9 <= share.high <= 1


def test_questions_are_grouped_by_length() -> None:
    five = "one two three, four-five?"
    found = members("two words", five, "日本語の質問です" * 3, " ".join("w" * 30), by="length")
    assert found == {"1 to 4 words": 1, "5 to 8 words": 1, "17 words or more": 2}


def test_questions_are_grouped_by_their_question_word() -> None:
    found = members(
        *(
            "How  many owls are there?",
            "how much is it",
            "How long?",
            "Whom did he meet",
            "the why",
        ),
        *("In what year?", "somehow", "WHERE"),
        by="question word",
    )
    assert found == {
        "how many": 2,
        "how long": 1,
        "who": 1,
        "what": 1,
        "where": 1,
        "why": 1,
        "none of these": 1,
    }


def test_questions_are_grouped_by_what_they_contain() -> None:
    rare = Finding(corrected=True, words={"owl": 3, "tea": 4, "zz": 0}, unread=(), trace=None)
    often = Finding(corrected=False, words={"tea": 4}, unread=(), trace=None)
    asked = [
        Described("When did Darwin sail in 1831?", True, rare, None),
        Described("What is tea", False, often, None),
    ]
    found = {one.name: one.share for one in groups_of(asked) if one.by == "contains"}
    assert set(found) == {
        "a number",
        "a capitalised word after the first",
        "a rare word (in 1 to 3 passages)",
        "a word that no passage has",
        "a word whose spelling was corrected",
    }
    assert {(share.wrong, share.questions) for share in found.values()} == {(1, 1)}


def test_what_divides_nothing_is_left_out() -> None:
    assert groups_of([Described("two words", True, None, "english")] * 3) == ()


def test_the_language_of_each_text_is_what_its_file_or_its_words_say() -> None:
    assert language_of_each([ENGLISH, GERMAN, "Ja."], [None, None, "de-AT"]) == [
        *("english", "german", "german"),
    ]
    assert language_of_each(["Short."], ["ja"]) == ["ja"]
    assert language_of_each([CHINESE] * 3, [None] * 3) == [None] * 3, "a few are not guessed"
    assert language_of_each([CHINESE] * 6, [None] * 6) == ["zh"] * 6


@pytest.mark.parametrize("mixed", [True, False])
def test_a_dataset_of_two_languages_is_grouped_by_that_of_the_article(
    tmp_path: Path, *, mixed: bool
) -> None:
    other = FISHERMEN if mixed else ENGLISH.replace("lamp", "light")
    texts = {"a.txt": f"Lamps\n\n{ENGLISH}", "b.txt": f"Lights\n\n{other}"}
    build(tmp_path / "x.locus", [written(tmp_path / "texts", texts)], encoder=HashingEncoder())
    dataset = Dataset(
        name="two",
        queries={"q1": "lights the lamp", "q2": "lighthouse keeper climbs the stairs"},
        qrels={"q1": {"a.txt": 1}, "q2": {"b.txt": 1}},
        answers={},
        titles={},
        hashes={},
        notes=(),
    )
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        failures = evaluate(dataset, searcher).failures
    assert failures is not None
    by = "language of the article"
    found = {one.name: one.share.wrong for one in failures.groups if one.by == by}
    assert found == ({"english": 0, "german": 1} if mixed else {})
    assert json.loads(json.dumps(failures.as_json()))["groups"]


def test_a_group_stands_out_only_if_it_is_large_and_its_interval_is_above_all() -> None:
    from search.evaluation.measured.failures import Failures

    groups = (
        Group("length", "few", Share.of(9, 9)),
        Group("length", "many", Share.of(30, 40)),
        Group("length", "like all", Share.of(12, 40)),
    )
    failures = Failures(Share.of(50, 200), (), (), groups)
    assert [one.name for one in failures.telling()] == ["many"]
