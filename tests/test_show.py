"""What a terminal shows: words that a reader understands, and nothing that steers the terminal."""

from search.asking.show import explanation_text
from search.ranking.explanation import Explanation, Place


def test_an_explanation_is_a_table_with_a_line_for_each_stage() -> None:
    places = (
        Place("semantic leg", 3, 0.71234, 100),
        Place("lexical leg", None, None, 100),
        Place("fused", 2, 0.9, 30),
        Place("page", 1, 1.0, 10),
    )
    shown = explanation_text(Explanation("why?", "sea\x1b[2J.md", 5, 90, "Salt", places, None))
    assert shown.splitlines() == [
        "sea\N{REPLACEMENT CHARACTER}[2J.md:5-90",
        "",
        "stage                   rank     score   hands on",
        "semantic leg               3     0.712   the first 100",
        "lexical leg        not found             the first 100",
        "fused                      2     0.900   the first 30",
        "page                       1     1.000   the first 10",
        "",
        "it is among the hits",
    ]
    lost = Explanation("why?", "sea.md", 5, 90, "Salt", places, "lexical leg")
    assert explanation_text(lost).endswith("\nlost by: lexical leg")
