"""Rescoring: compared with the formula, and in cases where the winner is obvious."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.arrays import Vectors
from indexer.storing.evidence import hashed, pack_vectors, pack_words, unpack_vectors, unpack_words
from search.ranking.fusion import Candidates
from search.ranking.rescoring import EncodedQuestion, Evidence, Rescored, rescore

RARITY = {"owl": 3.0, "mouse": 2.5, "night": 1.5, "the": 0.1}
words = st.sets(st.sampled_from([*RARITY, "tea", "moon", "tide"]), max_size=5)


def unit(*values: float) -> Vectors:
    vector = np.array(values, np.float32)
    vector /= np.linalg.norm(vector)
    return vector


def asked(vector: Vectors | None = None) -> EncodedQuestion:
    rarity = np.array(list(RARITY.values()), np.float32)
    return EncodedQuestion(hashed(list(RARITY)), rarity, vector)


def evidence(
    article: int, title: set[str], sentences: list[set[str]], vectors: Vectors | None = None
) -> Evidence:
    parts = None if vectors is None else pack_vectors(vectors)
    return Evidence(article, len(sentences), pack_words([title, *sentences]), parts)


def look(
    known: dict[int, Evidence],
    semantic: dict[int, float],
    lexical: dict[int, float],
    vector: Vectors | None = None,
) -> Rescored:
    ids = np.array(list(known), np.int64)
    first = Candidates(np.zeros(len(ids), np.float32), ids)
    return rescore(asked(vector), first, semantic, lexical, known, 0.1)


@given(st.lists(words, min_size=1, max_size=6))
def test_words_packed_are_the_words(runs: list[set[str]]) -> None:
    lengths, found = unpack_words(pack_words(runs), len(runs))
    assert lengths.tolist() == [len(run) for run in runs]
    parts = np.split(found, np.cumsum(lengths)[:-1])
    assert [set(part.tolist()) for part in parts] == [set(hashed(run).tolist()) for run in runs]


def test_vectors_packed_keep_their_direction() -> None:
    vectors = np.random.default_rng(1).standard_normal((50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = unpack_vectors(pack_vectors(vectors), 384)
    cosines = (vectors * found).sum(axis=1) / np.linalg.norm(found, axis=1)
    assert cosines.min() > 0.999


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            words,
            st.lists(words, min_size=1, max_size=4),
            st.floats(-0.5, 1),
            st.just(0.0) | st.floats(0.5, 20),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 5),
)
def test_scores_are_those_of_the_formula(
    given_: list[tuple[int, set[str], list[set[str]], float, float]], seed: int
) -> None:
    chance = np.random.default_rng(seed)
    vector = unit(*chance.standard_normal(16))
    known, semantic, lexical, near = {}, {}, {}, {}
    for number, (article, title, sentences, cosine, bm25) in enumerate(given_, 1):
        vectors = np.stack([unit(*chance.standard_normal(16)) for _ in sentences])
        known[number] = evidence(article, title, sentences, vectors)
        near[number] = unpack_vectors(pack_vectors(vectors), 16) @ vector
        semantic[number] = cosine
        if bm25:
            lexical[number] = bm25

    def covered(*runs: set[str]) -> float:
        return sum(RARITY[word] for word in set().union(*runs) & set(RARITY))

    meaning, found = {}, {}
    for number, (article, title, sentences, cosine, bm25) in enumerate(given_, 1):
        meaning[number] = (cosine + near[number].max()) / 2
        whole = [run for a, t, s, _, _ in given_ if a == article for run in (t, *s)]
        best = max(covered(title, sentence) for sentence in sentences)
        found[number] = bm25 + best + covered(*whole) / 2 if bm25 else 0.0
    result = look(known, semantic, lexical, vector)
    scores = result.ranked.by_id()
    if lexical:
        top = max(0.1, *meaning.values())
        scale = {n: (m - 0.1) / (top - 0.1) if top - 0.1 > 1e-5 else 0 for n, m in meaning.items()}
        high = max(found.values())
        expected = {n: (scale[n] + found[n] / high) / 2 for n in scale}
    else:
        expected = meaning
    for number, score in expected.items():
        assert np.isclose(scores[number], score, rtol=1e-3, atol=1e-3)

    def telling(sentence: set[str], passage: list[set[str]]) -> float:
        return sum(
            RARITY[word] / sum(word in other for other in passage)
            for word in sentence & set(RARITY)
        )

    marks = {
        number: [
            telling(sentence, given_[number - 1][2]) / sum(RARITY.values()) + cosine / 2
            for sentence, cosine in zip(given_[number - 1][2], near[number], strict=True)
        ]
        for number in known
    }
    for number, mark in marks.items():
        shown = [mark[it] for it in result.sentences[number]]
        best_first = sorted((it for it in mark if it > 1e-5), reverse=True)
        assert np.allclose(shown[: len(best_first)], best_first, atol=1e-5)


def test_one_sentence_with_all_words_beats_many_with_one_each() -> None:
    known = {
        1: evidence(1, set(), [{"owl"}, {"mouse"}, {"night"}]),
        2: evidence(2, set(), [{"tea"}, {"owl", "mouse", "night"}]),
    }
    result = look(known, {}, {1: 5.0, 2: 5.0})
    assert result.ranked.ids.tolist() == [2, 1]
    assert result.sentences == {1: (0, 1, 2), 2: (1,)}


def test_a_word_of_many_sentences_marks_none_of_them() -> None:
    known = {1: evidence(1, set(), [{"owl"}, {"owl"}, {"owl"}, {"night"}])}
    assert RARITY["owl"] / 3 < RARITY["night"] < RARITY["owl"]
    assert look(known, {}, {1: 5.0}).sentences == {1: (3, 0, 1, 2)}


def test_an_article_that_covers_the_question_lifts_its_passages() -> None:
    known = {
        1: evidence(1, set(), [{"owl"}]),
        2: evidence(2, set(), [{"owl"}]),
        3: evidence(2, set(), [{"mouse"}]),
    }
    ranked = look(known, {}, {1: 5.0, 2: 5.0, 3: 4.0}).ranked
    assert ranked.ids.tolist() == [2, 1, 3]


def test_the_title_counts_with_each_sentence_and_is_not_marked() -> None:
    known = {
        1: evidence(1, {"owl"}, [{"tea"}, {"mouse"}]),
        2: evidence(2, set(), [{"tea"}, {"mouse"}]),
    }
    result = look(known, {}, {1: 5.0, 2: 5.0})
    assert result.ranked.ids.tolist() == [1, 2]
    assert result.sentences == {1: (1,), 2: (1,)}


def test_by_words_alone_nothing_is_marked_where_nothing_is_shared() -> None:
    assert look({1: evidence(1, {"owl"}, [{"tea"}])}, {}, {1: 2.0}).sentences == {1: ()}


def test_a_model_without_parts_is_ranked_by_its_passages() -> None:
    vector = unit(1, 0)
    known = {1: evidence(1, set(), [{"tea"}]), 2: evidence(2, set(), [{"tea"}])}
    result = look(known, {1: 0.4, 2: 0.6}, {}, vector)
    assert result.ranked.ids.tolist() == [2, 1]
    assert np.allclose(result.ranked.scores, [0.6, 0.4])


def test_nothing_in_nothing_out() -> None:
    assert look({}, {}, {}).ranked.ids.tolist() == []
