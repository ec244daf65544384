"""The sentence that answers."""

from search.highlight import best_sentences, terms


def test_the_sentence_with_the_rare_words_of_the_question_is_marked() -> None:
    hits = [
        ["The prison is old.", "About 200 men left Insein Prison in December.", "The men were ill."],
        ["A prison stands in the town.", "Nobody left it."],
    ]
    assert best_sentences("How many men left Insein Prison?", hits)[0] == 1


def test_inflected_forms_match() -> None:
    (best,) = best_sentences("Who deserted?", [["It rained.", "Deserters ran.", "It snowed."]])
    assert best == 1


def test_without_a_word_in_common_nothing_is_marked() -> None:
    assert best_sentences("Why?", [["It rained.", "It snowed."]]) == [None]


def test_unspaced_scripts_are_compared_by_characters() -> None:
    assert list(terms("抹茶 tea")) == ["抹", "茶", "tea"]
    (best,) = best_sentences("抹茶とは", [["煎茶は緑茶です。", "抹茶は粉末です。", "海は青い。"]])
    assert best == 1
