"""Where sentences and blocks begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencex import get_sentence_boundaries

from indexer.splitting import sentences as module
from indexer.splitting.sentences import Opens, sentences


def texts(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Maj. Gen. Zaw Min Tun spoke to the press.",
        "Dr. Smith met U.S. forces at No. 5 on Dec. 3.",
        "It cost 3.50 dollars, e.g. for bread.",
        "J. K. Rowling wrote it.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    assert texts(text) == [text]


def test_sentences_end_at_quotes_and_in_other_scripts() -> None:
    assert texts("“I know.” He left. 日本語です。次の文。") == [
        "“I know.”",
        "He left.",
        "日本語です。",
        "次の文。",
    ]


def test_a_heading_stands_alone_and_introduces_what_follows() -> None:
    text = "# Tides\n\nThe sea rises. It falls.\n\n## Springs\nAt full moon."
    assert [(text[s.start : s.end], s.opens) for s in sentences(text)] == [
        ("# Tides", Opens.SECTION),
        ("The sea rises.", Opens.INTRODUCED),
        ("It falls.", Opens.SENTENCE),
        ("## Springs", Opens.SECTION),
        ("At full moon.", Opens.INTRODUCED),
    ]


def test_lines_wrapped_by_hand_are_joined() -> None:
    lines = (
        "The canal joins the Mediterranean at Port Said to the\n"
        "Red Sea at Suez. It has no locks, since the seas at its\n"
        "two ends stand at nearly the same height, and ships can\n"
        "pass it in less than a day. It was opened in 1869."
    )
    assert len(texts(lines)) == 3


def test_lines_that_are_paragraphs_are_not_joined() -> None:
    text = "The regime lost 19 towns.\nHundreds have surrendered.\nThe offer stands."
    assert [s.opens for s in sentences(text)] == [Opens.PARAGRAPH] * 3


def test_list_items_are_kept_apart() -> None:
    text = "Three parts:\n- a compressor that hums\n- a condenser\n- an evaporator"
    found = sentences(text)
    assert len(found) == 4
    assert found[1].opens == Opens.INTRODUCED


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "\u202f"])
def test_an_unusual_space_before_a_full_stop_is_survived(space: str) -> None:
    assert texts(f"Take vitamin C{space}. Then sleep.")[-1].endswith("Then sleep.")


def test_a_paragraph_longer_than_a_window_is_split_as_a_short_one_is() -> None:
    one = "The tide rose over the stone bridge at noon. "
    assert texts(one * 1000) == [one.strip()] * 1000


@pytest.mark.parametrize("piece", ["日本語です。", "“a (b. ", " ", "a. ", "x", "....", "\u0301"])
def test_a_long_hostile_paragraph_is_split_at_a_cost_in_proportion(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sentencex takes quadratic time for some texts, so it only gets short ones."""
    given: list[int] = []

    def counted(language: str, text: str) -> list[dict[str, int]]:
        given.append(len(text))
        found: list[dict[str, int]] = get_sentence_boundaries(language, text)
        return found

    monkeypatch.setattr(module, "get_sentence_boundaries", counted)
    text = piece * (400_000 // len(piece))
    found = sentences(text)
    assert "".join(text[s.start : s.end] for s in found).replace(" ", "") == text.replace(" ", "")
    assert max(given, default=0) <= 4000
    assert sum(given) <= 2 * len(text)


@given(
    st.text(
        alphabet=st.sampled_from("abC .!?\n\r\t#-—“”é日。\u2028\u00a0\u2009🙂\u0301(0"),
        max_size=400,
    )
)
def test_nothing_but_white_space_lies_between_sentences(text: str) -> None:
    at = 0
    for sentence in sentences(text):
        assert not text[at : sentence.start].strip()
        piece = text[sentence.start : sentence.end]
        assert piece and piece == piece.strip()
        at = sentence.end
    assert not text[at:].strip()
