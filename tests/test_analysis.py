"""How texts become words: bigrams, marks that are dropped, and what version 1 did."""

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from indexer.deriving.analysis import LANGUAGES, Analyzer, is_spaceless, without_spaceless
from indexer.types import Splitting

ENGLISH, PLAIN = Analyzer("english"), Analyzer("none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("東京都に行く", ["東京", "京都", "都に", "に行", "行く"]),
        ("水", ["水"]),
        ("在Python里", ["在", "python", "里"]),
        ("トヨタ の車", ["トヨ", "ヨタ", "の車"]),
        ("대한민국은", ["대한", "한민", "민국", "국은"]),
        ("กินข้าว", ["กิน", "นข", "ขา", "าว"]),
        ("ປະເທດ", ["ປະ", "ະເ", "ເທ", "ທດ"]),
        ("ភាសា", ["ភាសា"]),
        ("မြန်မာ", ["မြန", "နမာ"]),
    ],
)
def test_neighbouring_letters_are_words_where_spaces_separate_none(
    text: str, words: list[str]
) -> None:
    assert PLAIN.words(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में", ["हिनदी", "में"]),  # the virama is dropped, the vowel signs stay
        ("كِتَابٌ", ["كتاب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("co\u00adoperate", ["cooperate"]),
        ("e\u0301te\u0301 été", ["ete", "ete"]),
        ("می\u200cشود", ["میشود"]),
        ("ﬁne ＡＢＣ ²", ["fine", "abc", "2"]),
    ],
)
def test_marks_and_compatibility_forms_do_not_divide_a_word(text: str, words: list[str]) -> None:
    assert PLAIN.words(text) == words


def test_words_are_stemmed_by_the_language() -> None:
    assert ENGLISH.words("Rising tides, naïve cafés") == ["rise", "tide", "naiv", "cafe"]
    assert Analyzer("german").words("Häuser") == ["haus"]
    assert PLAIN.word_set("tides tides rise") == {"tides", "rise"}
    for language in LANGUAGES:
        assert Analyzer(language).words("Tides rise")


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=60))
def test_latin_texts_have_the_words_that_tantivy_finds_in_them(text: str) -> None:
    simple = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(
        tantivy.Filter.remove_long(80)
    )
    simple = simple.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold())
    old = simple.build().analyze(text)
    assert Analyzer("none", version=1).words(text) == old
    if text.isascii():
        assert PLAIN.words(text) == old


@given(st.text(max_size=60))
def test_a_question_that_is_a_text_has_its_words(text: str) -> None:
    words = PLAIN.words(text)
    assert words == PLAIN.words(text)
    assert PLAIN.words(f"{text} {text}") == words + words


def test_an_analyzer_is_that_of_the_settings() -> None:
    assert Analyzer.of(Splitting(language="german")) == Analyzer("german")
    assert Analyzer.of(Splitting(analysis=1)).words("東京都") == ["東京都"]


def test_letters_of_scripts_without_spaces_are_told_apart() -> None:
    assert is_spaceless("a 東")
    assert not is_spaceless("café 12")
    assert without_spaceless("in 東京 1").split() == ["in", "1"]
