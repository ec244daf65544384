"""Subtitles: paragraphs of what is said, and when."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import subtitles

SRT = """\
1
00:00:01,000 --> 00:00:03,000
The <i>sea</i> rises
{\\an8}twice a day.

2
00:00:03,500 --> 00:00:05,000 X1:40 X2:600
Nobody knows why.

3
00:12:31,200 --> 00:12:33,000
- Who said so?
4
01:12:34,000 --> 01:12:35,000
- Ann &amp; Bob.
1984
"""
VTT = """\
WEBVTT - The tides
Language: en-GB

NOTE made by hand
00:00 is no time

STYLE
::cue { color: red }

intro
00:01.000 --> 00:03.000 align:start
<v Ann Lee>The <c.yellow>sea</c> rises.</v>

00:03.000 --> 00:05.000
<00:00:03.500><c>The sea rises.</c>
It falls.
"""


def found(text: str) -> list[tuple[str, str]]:
    document = subtitles.read(text.encode(), "a.srt")
    return [
        (place.label, document.text[block.start : block.end])
        for place, block in zip(document.locations, document.blocks, strict=True)
        if place.start == block.start
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cues_become_paragraphs_with_their_time(end: str) -> None:
    assert found(SRT.replace("\n", end)) == [
        ("00:00:01", "The sea rises twice a day. Nobody knows why."),
        ("00:12:31", "- Who said so?"),
        ("01:12:34", "- Ann & Bob. 1984"),
    ]


def test_a_speaker_is_kept_and_notes_are_not() -> None:
    document = subtitles.read(VTT.encode(), "a.vtt")
    assert (document.title, document.metadata.language) == ("The tides", "en-gb")
    assert document.text == "Ann Lee: The sea rises. The sea rises. It falls."
    assert document.locations[0].label == "00:00:01"


def test_rolling_captions_are_read_once() -> None:
    cue = "00:00:0{}.000 --> 00:00:0{}.500\n{}\n{}\n\n"
    lines = ["the sea", "rises and", "falls", "again"]
    text = "".join(cue.format(at, at, *lines[at : at + 2]) for at in range(3))
    assert found(text) == [("00:00:00", "the sea rises and falls again")]


def test_a_long_talk_has_paragraphs_that_end_with_a_sentence() -> None:
    cue = "00:{:02}:{:02},000 --> 00:{:02}:{:02},900\n{}\n\n"
    times = [divmod(second, 60) for second in range(400)]
    text = "".join(cue.format(*at, *at, "the sea rises" + "." * (at[1] % 3 == 2)) for at in times)
    paragraphs = [words for _, words in found(text)]
    assert len(paragraphs) > 5
    assert all(500 < len(words) < 600 and words.endswith(".") for words in paragraphs[:-1])


@pytest.mark.parametrize(
    "text",
    [
        "No times.",
        "WEBVTT\n\n",
        "1\n00:00:01,000 --> 00:00:02,000\n\n",
        "1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n",
        "00:00:01,000 --> never\nText\n",
        "-->\n" * 1000,
    ],
)
def test_what_has_no_cues_is_refused(text: str) -> None:
    with pytest.raises(UnreadableArticle, match="no subtitles"):
        subtitles.read(text.encode(), "a.srt")


@pytest.mark.parametrize(
    "line", ["<" * 300_000, "<a" * 200_000, "{\\a" * 200_000, "<v " * 200_000, " " * 10**6 + "-->"]
)
def test_a_hostile_line_is_read_at_a_cost_in_proportion(line: str) -> None:
    assert found(f"00:00:01,000 --> 00:00:02,000\n{line} end.\n")[0][1].endswith("end.")
