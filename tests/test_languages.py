"""The language of articles, found out from their texts."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexer.deriving.languages import UNKNOWN, language_of
from indexer.pipeline import build
from indexer.storing.store import Store
from tests.hashing import HashingEncoder

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
        ([CHINESE[:40], "too short to say"], "none"),  # forty letters of three bytes each
        (["Ja.", "Nein."], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_language_is_that_of_most_texts(texts: list[str], language: str) -> None:
    assert language_of(texts, "none") == language


TURKISH = "Deniz feneri bekçisi her akşam merdivenleri çıkar ve gemiler için lambayı yakar." * 2


def test_the_guessing_library_is_loaded_only_for_texts_whose_stop_words_do_not_tell() -> None:
    program = (
        "import sys; from indexer.deriving.languages import language_of\n"
        f"found = language_of([{ENGLISH!r}, {ENGLISH!r}, {TURKISH!r}], 'none')\n"
        "print(found, 'py3langid' in sys.modules)\n"
        f"print(language_of([{TURKISH!r}], 'none'), 'py3langid' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "english False\nturkish True\n"


def settings_of(index: Path) -> str:
    with Store(index) as store, store.snapshot() as (state, _):
        return state.splitting.language


def test_a_new_index_finds_out_its_language_and_keeps_it(tmp_path: Path) -> None:
    index, articles = tmp_path / "x.locus", tmp_path / "articles"
    articles.mkdir()
    (articles / "a.txt").write_text(GERMAN)
    build(index, [articles], encoder=HashingEncoder())
    assert settings_of(index) == "german"
    for name in ("b", "c"):
        (articles / f"{name}.txt").write_text(RUSSIAN)
    assert build(index, encoder=HashingEncoder()).added == 2
    assert settings_of(index) == "german", "a run keeps the language that was found out"
    build(index, encoder=HashingEncoder(), language="auto")
    assert settings_of(index) == "russian"
    build(index, encoder=HashingEncoder(), language="none")
    assert settings_of(index) == "none"


def test_a_corpus_tells_its_language_too(tmp_path: Path) -> None:
    lines = [f'{{"_id": "{n}", "text": "{GERMAN}"}}' for n in range(3)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines))
    build(tmp_path / "x.locus", [tmp_path / "corpus.jsonl"], encoder=HashingEncoder())
    assert settings_of(tmp_path / "x.locus") == "german"
