"""What a terminal shows: words that a reader understands, and nothing that steers the terminal."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from search.asking.show import explanation_text, show
from search.ranking.explanation import Explanation, Place
from search.types import Answer, Hit, Span

HIT = Hit(
    1, 1.0, 0.5, 2.0, "sea\x1b[2J.md", "/s", "The \x07sea", "0" * 64, 0, 22, 1,
    "The sea.\nIt is salty.\x1b", Span(9, 21),
)  # fmt: skip
PASSAGE = """ 1. The \N{REPLACEMENT CHARACTER}sea
    sea\N{REPLACEMENT CHARACTER}[2J.md:1  characters 0-22
    The sea. **It is salty.** \N{REPLACEMENT CHARACTER}

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


TYPO = Answer("the  slaty\nsea\x1b", "hybrid", 1, 1, 1, 1, (HIT,), corrected="the salty\nsea\x1b")
LITERAL = "locus search --literal 'the slaty\x07 sea'"


def test_a_corrected_question_comes_first_and_after_it_how_to_ask_for_what_was_typed() -> None:
    said = (
        "Showing results for the salty sea\N{REPLACEMENT CHARACTER}\n"
        "Search instead for the slaty sea\N{REPLACEMENT CHARACTER}:"
        " locus search --literal 'the slaty\N{REPLACEMENT CHARACTER} sea'\n\n"
    )
    for answer, then in (
        (TYPO, PASSAGE),
        (
            replace(TYPO, confidence=0.1),
            f"No good match (confidence 0.10). Closest passages:\n\n{PASSAGE}",
        ),
    ):
        printed = io.StringIO()
        show(answer, Console(file=printed, width=40), LITERAL)  # a command is not wrapped
        assert printed.getvalue().startswith(said + then[:30])
        assert "**It is salty.**" in printed.getvalue()
    printed = io.StringIO()
    terminal = Console(file=printed, force_terminal=True, _environ={"TERM": "xterm-256color"})
    show(TYPO, terminal, LITERAL)
    bold = "\x1b[1mthe salty sea\N{REPLACEMENT CHARACTER}\x1b[0m"
    assert printed.getvalue().startswith(f"Showing results for {bold}\nSearch instead for the ")


def body(text: str, marked: str | None = None, *, start: int = 0) -> str:
    """The lines under a hit's title, as one."""
    found = text.index(marked) + start if marked else 0
    highlight = Span(found, found + len(marked)) if marked else None
    hit = replace(HIT, text=text, start=start, end=start + len(text), highlight=highlight)
    printed = io.StringIO()
    show(Answer("?", "hybrid", 1, 1, 1, 1, (hit,)), Console(file=printed, width=100))
    return " ".join(printed.getvalue().split("\n", 2)[2].split())


FRONT = "---\ntitle: Library hours\n---\n"


@pytest.mark.parametrize(
    ("shown", "text", "marked"),
    [
        ("Lodgers · **They pay.** Monthly.", "## Lodgers\n\nThey pay. Monthly.", "They pay."),
        ("They pay. Lodgers · Monthly.", "They pay.\r\n\r\n# Lodgers \r\nMonthly.", None),
        ("They pay. Lodgers", "They pay.\n\n## Lodgers", None),
        ("**They pay.** Lodgers", "They pay.\n\n## Lodgers\n", "They pay."),
        ("**Lodgers** · They pay.", "# Lodgers\nThey pay.", "# Lodgers"),
        ("They pay. **Lodgers**", "They pay.\n# Lodgers", "# Lodgers"),
        ("#1 is not a heading, ####### nor this", "#1 is not a heading,\n####### nor this", None),
        ("**Open at nine.** Or so.", f"{FRONT}\nOpen at nine. Or so.", "Open at nine."),
        ("Open at nine.", f"{FRONT}Open at nine.", None),
        ("--- title: **Library hours** --- Open.", f"{FRONT}Open.", "Library hours"),
        ("--- title: Library hours", "---\ntitle: Library hours\n", None),
    ],
)
def test_headings_end_with_a_dot_and_front_matter_is_dropped(
    shown: str, text: str, marked: str | None
) -> None:
    assert body(text, marked) == shown


def test_a_rule_further_down_is_no_front_matter() -> None:
    assert body(f"{FRONT}Open.", start=40) == "--- title: Library hours --- Open."


def on_a_terminal(hit: Hit, **settings: str) -> str:
    printed = io.StringIO()
    environment = {"TERM": "xterm-256color", **settings}
    console = Console(file=printed, width=80, force_terminal=True, _environ=environment)
    show(Answer("?", "hybrid", 1, 1, 1, 1, (hit,)), console)
    return printed.getvalue()


def test_on_a_terminal_the_place_links_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "the sea.md").touch()
    hit = replace(HIT, article="the sea.md", source=str(tmp_path))
    shown = on_a_terminal(hit)
    target = f"{tmp_path.as_uri()}/the%20sea.md"
    assert re.search(rf"\x1b\]8;id=\d+;{re.escape(target)}\x1b\\[^\n]*the sea\.md:1", shown)
    assert "\x1b[1;33mIt is salty.\x1b[0m" in shown and "**" not in shown
    alone = replace(hit, source=str(tmp_path / "the sea.md"))
    assert target in on_a_terminal(alone)
    for other in (
        on_a_terminal(replace(hit, article="gone.md")),
        on_a_terminal(replace(hit, source=str(tmp_path / "c.jsonl"))),
        on_a_terminal(replace(hit, source="here")),
    ):
        assert "\x1b]8;" not in other
    for plain in (on_a_terminal(hit, NO_COLOR="1"), on_a_terminal(hit, TERM="dumb")):
        assert "\x1b]8;" not in plain and "**It is salty.**" in plain


def test_an_explanation_is_a_table_with_a_line_for_each_stage() -> None:
    places = (
        Place("semantic leg", 3, 0.71234, 100),
        Place("lexical leg", None, None, 100),
        Place("fused", 2, 0.9, 30),
        Place("page", 1, 1.0, 10),
    )
    shown = explanation_text(Explanation("why?", "sea\x1b[2J.md", 5, 90, "Salt", places, None))
    assert shown.splitlines() == [
        "sea\N{REPLACEMENT CHARACTER}[2J.md  characters 5-90",
        "",
        "stage                   rank     score   kept",
        "meaning                    3     0.712   top 100",
        "keywords           not found             top 100",
        "combined                   2     0.900   top 30",
        "final results              1     1.000   top 10",
        "",
        "This article is among the hits.",
    ]


def test_an_explanation_says_whose_ranks_it_shows() -> None:
    place = Place("page", 1, 1.0, 10)
    typed, corrected = "why is the\nsea slaty\x1b", "why is the\nsea salty\x1b"
    found = Explanation(typed, "sea.md", 5, 90, "Salt", (place,), None, corrected)
    instead = "locus explain --literal 'sea slaty' sea.md"
    odd = "\N{REPLACEMENT CHARACTER}"
    assert explanation_text(found, instead).splitlines()[:4] == [
        f"Showing ranks for why is the sea salty{odd}",
        f"Show ranks instead for why is the sea slaty{odd}: {instead}",
        "",
        "sea.md  characters 5-90",
    ]
    assert found.as_json()["corrected"] == corrected


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("lexical leg", 'the article dropped out at "keywords".'),
        ("semantic leg and lexical leg", 'the article dropped out at "meaning" and "keywords".'),
        (
            "second look",
            'the article dropped out at "re-scored" (rank 1,400, and only the top 10 are kept).',
        ),
    ],
)
def test_an_explanation_says_where_an_article_dropped_out(lost: str, said: str) -> None:
    places = (
        Place("semantic leg", None, None, 100),
        Place("lexical leg", None, None, 100),
        Place("second look", 1400, 0.1, 10),
    )
    shown = explanation_text(Explanation("why?", "sea.md", 5, 90, "Salt", places, lost))
    assert shown.endswith(f"\nNot among the hits: {said}")


@pytest.mark.parametrize(
    ("date", "authors", "said"),
    [
        ("2024-05", (), "2024-05"),
        (None, ("Ann\x1b Lee",), "Ann\N{REPLACEMENT CHARACTER} Lee"),
        ("2024", ("A", "B", "C", "D", "E"), "2024  A, B, C and 2 more"),
    ],
)
def test_date_and_authors_have_a_line_where_they_are_known(
    date: str | None, authors: tuple[str, ...], said: str
) -> None:
    hit = replace(HIT, date=date, authors=authors)
    printed = io.StringIO()
    show(Answer("?", "hybrid", 1, 1, 1, 1, (hit,)), Console(file=printed, width=80))
    lines = PASSAGE.split("\n")
    assert printed.getvalue() == "\n".join([*lines[:2], f"    {said}", *lines[2:]])
