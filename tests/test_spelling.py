"""Corrections of questions: which word becomes which, and what is left as it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.deriving.analysis import Analyzer
from indexer.deriving.lexical import LexicalIndex
from indexer.pipeline import build
from search import open_index
from search.ranking.spelling import Spelling
from tests.hashing import HashingEncoder

TEXTS = [
    "Soldiers were taken out of Insein Prison.",
    "The soldiers signed amnesty agreements with the government.",
    "Governments sign agreements. Prison guards watched the soldier.",
    "Merkel governed with a Workers party in 1933, and the NATO treaty.",
    "Ein Gespräch über Käse. No agreements.",
]


def none_known(words: Sequence[str]) -> list[bool]:
    return [False] * len(words)


def corrected(question: str, reads: object = none_known) -> str | None:
    index = LexicalIndex.in_memory(enumerate(TEXTS), Analyzer("none"))
    return Spelling(index).corrected(question, reads)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Who left Insien Prison?", "Who left Insein Prison?"),  # two letters swapped
        ("who left Insein Prisn?", "who left Insein Prison?"),  # one missing
        ("the AMNESTTY", "the AMNESTY"),  # one too many, capitals kept
        ("soldeirs and agrements", "soldiers and agreements"),
        ("the goverment of gaurds", "the government of guards"),
        ("agreememmts", "agreements"),  # two errors in a long word that is frequent
    ],
)
def test_a_word_that_no_passage_contains_becomes_the_nearest(typed: str, read: str) -> None:
    assert corrected(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "Who left Insein Prison?",
        'What is "Insien Prison"?',  # words in quotation marks are literal
        "What is “Insien”?",
        "in 19334 and w0rkers",  # numbers
        "NATT",  # an abbreviation
        "aMnesty",  # neither a name nor a word
        "governwenz",  # two errors, and too few passages have the word
        "gard",  # farther from any known word than one error
        "Workeers2",
        "Mergel was Ottomerkel",  # a name that is more than one error away
        "Gesprach uber Kase",  # words are compared without accents
        "東京の監獄",
        "?!",
    ],
)
def test_what_is_right_or_may_be_is_left(typed: str) -> None:
    assert corrected(typed) in {None, typed.replace("Mergel", "Merkel")}


def test_a_last_word_that_may_be_unfinished_is_left() -> None:
    assert corrected("who left Insei") is None
    assert corrected("who left Insei?") == "who left Insein?"
    assert corrected("who left Insain") == "who left Insein"


def test_the_more_frequent_of_equally_near_words_wins() -> None:
    assert corrected("soldierx") == "soldiers"


def test_a_word_that_the_model_knows_is_left() -> None:
    assert corrected("a prisom") == "a prison"
    assert corrected("a prisom", lambda words: [word == "prisom" for word in words]) is None


def test_an_index_of_the_older_analysis_corrects_nothing() -> None:
    index = LexicalIndex.in_memory(enumerate(TEXTS), Analyzer("none", version=1))
    assert Spelling(index).corrected("Insien", none_known) is None


def test_an_answer_says_what_was_read_and_follows_the_index(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "owls.txt").write_text("Owls\n\nOwls hunt mice at night.\n")
    (articles / "tea.txt").write_text("Tea\n\nTea grows on hillsides.\n")
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder())
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        found = searcher.search("hillsidse", mode="lexical")
        assert found.corrected == "hillsides"
        assert found.query == "hillsidse"
        assert [hit.article for hit in found.hits] == ["tea.txt"]
        literal = searcher.search("hillsidse", mode="lexical", literal=True)
        assert (literal.corrected, literal.hits) == (None, ())
        assert searcher.search("herons", mode="lexical").corrected is None
        (articles / "heron.txt").write_text("Herons\n\nHerons wade.\n")
        build(tmp_path / "x.locus", encoder=HashingEncoder())
        again = searcher.search("heronz", mode="lexical")
        assert again.corrected == "herons"
        assert again.hits[0].article == "heron.txt"
