"""Candidates are merged into one ranking; ties are broken by id."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.ranking.fusion import Candidates, fuse, merge

scored = st.dictionaries(st.integers(1, 50), st.floats(0, 1, width=32), max_size=30)


def candidates(scores: dict[int, float]) -> Candidates:
    ids = np.array(list(scores), np.int64)
    return Candidates(np.array(list(scores.values()), np.float32), ids).best(len(scores))


@given(scored, st.integers(0, 40))
def test_parts_merged_rank_as_the_whole(scores: dict[int, float], k: int) -> None:
    parts = [
        candidates({number: score for number, score in scores.items() if number % 3 == part})
        for part in range(3)
    ]
    whole = candidates(scores).best(k)
    assert merge(parts, k).ids.tolist() == whole.ids.tolist()
    assert whole.ids.tolist() == sorted(scores, key=lambda n: (-np.float32(scores[n]), n))[:k]


def test_a_passage_good_in_both_legs_beats_the_best_of_either() -> None:
    semantic = candidates({1: 0.9, 2: 0.8, 3: 0.2})
    lexical = candidates({3: 12.0, 2: 10.0})
    ranked = fuse(semantic, lexical, typical=0.1, k=3)
    assert ranked.ids.tolist() == [2, 3, 1]
    assert np.allclose(ranked.scores, [(0.875 + 10 / 12) / 2, (0.125 + 1) / 2, 0.5])


def test_without_a_word_in_common_meaning_alone_decides() -> None:
    semantic = candidates({4: 0.5, 7: 0.6})
    ranked = fuse(semantic, candidates({}), typical=0.2, k=5)
    assert ranked.ids.tolist() == [7, 4]
    assert ranked.scores[0] == 1.0


def test_where_all_are_equally_near_the_words_decide() -> None:
    semantic = candidates({1: 0.3, 2: 0.3 + 1e-7, 3: 0.3})
    ranked = fuse(semantic, candidates({3: 2.0, 1: 1.0}), typical=0.3, k=3)
    assert list(zip(ranked.ids.tolist(), ranked.scores.tolist(), strict=True)) == [
        (3, 0.5),
        (1, 0.25),
        (2, 0.0),
    ]


def test_nothing_in_nothing_out() -> None:
    assert fuse(candidates({}), candidates({}), typical=0.0, k=5).ids.tolist() == []
