"""Which hits are moved down because others are similar, behind which, and with what score."""

import numpy as np

from search.ranking.diversity import few_of_an_article, spread_out
from search.ranking.fusion import Candidates

WORDS = {number: np.arange(16, dtype=np.uint32) + 100 * number for number in range(1, 7)}


def page(k: int, per_article: int, articles: dict[int, int]) -> list[tuple[int, float]]:
    """Passages 1, 2, ... with scores 0.9, 0.8, ..., each with its article."""
    ids = np.array(list(articles), np.int64)
    ranked = Candidates(np.linspace(0.9, 1 - len(ids) / 10, len(ids), dtype=np.float32), ids)
    found = spread_out(ranked, articles.__getitem__, WORDS.__getitem__, k, per_article)
    scores = [round(score, 2) for score in found.scores.tolist()]
    return list(zip(found.ids.tolist(), scores, strict=True))


def test_passages_past_the_few_of_an_article_come_last() -> None:
    articles = {1: 7, 2: 7, 3: 7, 4: 8}
    assert page(4, 2, articles) == [(1, 0.9), (2, 0.8), (4, 0.6), (3, 0.6)]
    assert page(3, 2, articles) == [(1, 0.9), (2, 0.8), (4, 0.6)]
    assert [number for number, _ in page(4, 4, articles)] == [1, 2, 3, 4]


def test_a_near_copy_comes_last_and_a_passage_half_alike_does_not() -> None:
    words = dict(WORDS)
    try:
        WORDS[2] = np.concatenate([words[1][:15], words[2][:1]])  # 15 of 16 words in common
        WORDS[3] = np.concatenate([words[1][:8], words[3][:8]])
        assert page(4, 9, {1: 1, 2: 2, 3: 3, 4: 4}) == [(1, 0.9), (3, 0.7), (4, 0.6), (2, 0.6)]
    finally:
        WORDS.update(words)


def test_a_page_gives_an_article_half_of_its_places_but_five_at_least() -> None:
    assert [few_of_an_article(k) for k in (1, 10, 12, 100)] == [5, 5, 6, 50]
