"""The language of articles, found out from their texts."""

import pytest

from indexer.reading.languages import UNKNOWN, language_of

ENGLISH = (
    "The lighthouse keeper climbs the stairs each evening and lights the lamp for the ships." * 2
)
GERMAN = "Der Leuchtturmwärter steigt jeden Abend die Treppe hinauf und zündet die Lampe an." * 2
RUSSIAN = "Смотритель маяка каждый вечер поднимается по лестнице и зажигает лампу для кораблей." * 2
CHINESE = "灯塔看守人每天晚上爬上楼梯，为海上的船只点亮灯火，直到太阳再次升起，照亮整个海岸。" * 4


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        ([ENGLISH], "english"),
        ([GERMAN, GERMAN, ENGLISH], "german"),
        ([RUSSIAN], "russian"),
        ([CHINESE], "none"),  # no stemmer for it
        ([ENGLISH, GERMAN], "none"),  # neither is that of most
        (["too short to say", ENGLISH], "english"),
        (["Ja.", "Nein."], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_language_is_that_of_most_texts(texts: list[str], language: str) -> None:
    assert language_of(texts, "none") == language
