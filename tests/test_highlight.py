"""The sentence of a passage that is highlighted."""

from search.ranking.highlight import best_sentences

ASKED = {"insein": 6.0, "prison": 2.5, "soldier": 2.0, "the": 0.1, "out": 1.0}


def test_one_rare_word_of_the_question_outweighs_several_common_ones() -> None:
    common, rare = {"soldier", "prison", "the", "out"}, {"insein", "the"}
    assert best_sentences(ASKED, [{"it"}, common, rare])[0] == 2


def test_of_equals_the_first_is_marked() -> None:
    assert best_sentences(ASKED, [{"prison"}, {"prison"}]) == (0, 1)


def test_without_a_word_in_common_nothing_is_marked() -> None:
    assert best_sentences(ASKED, [{"rain"}, {"snow"}]) == ()
