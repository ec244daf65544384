"""Which words of a question are searched for, in a small index and in one of many passages."""

import pytest

from indexer.deriving import asked_words
from indexer.deriving.analysis import Analyzer
from indexer.deriving.lexical import LexicalIndex

ENGLISH = Analyzer("english")


def test_words_of_nearly_all_passages_are_left_out_of_a_large_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [(n, f"the tide {'moon ' * (n % 4 == 0)}{'the ' * n}") for n in range(1, 41)]
    index = LexicalIndex.in_memory(documents, ENGLISH)
    assert len(index.search("the moon", 40)[1]) == 40
    monkeypatch.setattr(asked_words, "_MANY", 40)
    assert sorted(index.search("the moon", 40)[1].tolist()) == list(range(4, 41, 4))
    assert len(index.search("the tide", 40)[1]) == 40, "unless there are no others"


def test_frequent_words_count_where_the_rare_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = dict.fromkeys(range(1, 21), "deep water") | dict.fromkeys(range(21, 39), "cold sand")
    texts |= {39: "a pearl in sand", 40: "a pearl in water"}
    index = LexicalIndex.in_memory(texts.items(), ENGLISH)
    whole = index.search("water pearl", 40)
    monkeypatch.setattr(asked_words, "_MANY", 40)
    scores, ids = index.search("water pearl", 2)
    assert ids.tolist() == [40, 39], "the water counts, but no passage without the pearl"
    assert scores.tolist() == pytest.approx(whole[0][:2].tolist())
    assert index.search("water pearl", 3)[1].tolist()[:2] == [40, 39]
    assert len(index.search("water pearl", 40)[1]) == 22, "all, if the rare ones are too few"


@pytest.mark.parametrize("seek", [0, 10**6])
def test_frequent_words_count_the_same_looked_up_or_read_in_order(
    monkeypatch: pytest.MonkeyPatch, seek: int
) -> None:
    texts = {
        n: f"{'cold ' * (n % 4 > 1)}{'sand ' * (n % 3)}{'sea ' * (n % 2)}" for n in range(1, 39)
    }
    texts |= {39: "a pearl in cold sand", 40: "a pearl in the sea"}
    index = LexicalIndex.in_memory(texts.items(), ENGLISH)
    whole = index.search("cold sand sea pearl", 40)
    monkeypatch.setattr(asked_words, "_MANY", 40)
    monkeypatch.setattr(asked_words, "_SEEK", seek)
    scores, ids = index.search("cold sand sea pearl", 2)
    assert ids.tolist() == whole[1][:2].tolist() == [39, 40]
    assert scores.tolist() == pytest.approx(whole[0][:2].tolist())
