"""What a terminal shows: words that a reader understands, and nothing that steers the terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from search.asking.show import explanation_text, show
from search.ranking.explanation import Explanation, Place
from search.types import Answer, Hit, Span

HIT = Hit(
    1, 1.0, 0.5, 2.0, "sea\x1b[2J.md", "/s", "The \x07sea", "0" * 64, 0, 22,
    "The sea.\nIt is salty.\x1b", Span(9, 21),
)  # fmt: skip
PASSAGE = """ 1. The \N{REPLACEMENT CHARACTER}sea
    sea\N{REPLACEMENT CHARACTER}[2J.md:0-22
    The sea. »It is salty.« \N{REPLACEMENT CHARACTER}

"""


@pytest.mark.parametrize(
    ("confidence", "shown"),
    [
        (0.934, f"{PASSAGE}confidence 0.93\n"),
        (0.5, f"{PASSAGE}confidence 0.50\n"),
        (0.014, f"No good match (confidence 0.01). Closest passages:\n\n{PASSAGE}"),
        (None, PASSAGE),
    ],
)
def test_a_score_is_not_shown_and_the_confidence_is(confidence: float | None, shown: str) -> None:
    """The best hit has score 1.0 even if it answers little, which would suggest certainty."""
    answer = Answer("why?", "hybrid", 1.0, 1, 1, 1, (HIT,), (), confidence)
    printed = io.StringIO()
    show(answer, Console(file=printed, width=80))
    assert printed.getvalue() == shown
    printed = io.StringIO()
    show(replace(answer, hits=(HIT, replace(HIT, rank=2))), Console(file=printed, width=80))
    assert printed.getvalue().count(PASSAGE.partition(". ")[2]) == 2


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
