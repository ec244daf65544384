"""Which words of a collection are near a typed one: the same as if all were compared."""

from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from search.ranking.vocabulary import Vocabulary

WORDS = st.text(alphabet="abcdeéßж字𝒶", min_size=1, max_size=9)


@given(st.sets(WORDS, max_size=30), WORDS, st.integers(1, 2))
@example({"prison", "person", "prisons"}, "prisn", 1)
@example({"abba"}, "baab", 2)
@example(set(), "prison", 2)
def test_no_near_word_is_passed_over(words: set[str], typed: str, errors: int) -> None:
    counted = [(word, number) for number, word in enumerate(sorted(words), 1)]

    found = Vocabulary.of(counted).near(typed, errors)

    near = {(word, OSA.distance(typed, word), number) for word, number in counted}
    assert sorted(found) == sorted(it for it in near if it[1] <= errors)
