"""The packed words of a passage are those of the analyzer, however they were found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.deriving import packing
from indexer.deriving.analysis import Analyzer
from indexer.deriving.packing import WordPacker
from indexer.storing.evidence import hashed, unpack_words

ANALYZERS = [Analyzer("english"), Analyzer("none"), Analyzer("russian"), Analyzer("english", 1)]
PACKERS = [WordPacker(analyzer) for analyzer in ANALYZERS]
TEXTS = st.text(st.characters(max_codepoint=127), max_size=60) | st.text(max_size=30)


def runs(packed: bytes, count: int) -> list[list[int]]:
    lengths, words = unpack_words(packed, count)
    found, at = [], 0
    for length in lengths.tolist():
        found.append(words[at : at + length].tolist())
        at += length
    return found


def test_each_text_has_the_words_that_the_analyzer_finds_in_it_once_and_in_order() -> None:
    texts = ["Tides", "The tides rose, the TIDE fell.", "", "Größe: 日本語 e-mail", "a" * 90]
    packed = WordPacker(Analyzer("english")).pack(texts)
    wanted = [
        ["tide"],
        ["the", "tide", "rose", "fell"],
        [],
        ["gross", "日本", "本語", "e", "mail"],
        [],
    ]
    assert runs(packed, 5) == [sorted(hashed(words).tolist()) for words in wanted]


@settings(max_examples=50)
@given(st.lists(TEXTS, max_size=4))
def test_any_text_has_the_words_of_its_analysis(texts: list[str]) -> None:
    for analyzer, packer in zip(ANALYZERS, PACKERS, strict=True):
        wanted = [sorted(set(hashed(analyzer.word_set(text)).tolist())) for text in texts]
        assert runs(packer.pack(texts), len(texts)) == wanted


def test_only_so_many_words_are_kept_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_MOST_KNOWN", 2)
    text = "Owls hunt mice at night and owls sleep by day."
    packer = WordPacker(Analyzer("english"))
    wanted = sorted(hashed(Analyzer("english").word_set(text)).tolist())
    assert runs(packer.pack([text, text]), 2) == [wanted, wanted]
    assert len(packer._known) <= 2
