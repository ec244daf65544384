"""The sentences that only introduce others: they are found, and none of them is marked."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from indexer.pipeline import build
from search import Hit, open_index
from tests.hashing import HashingEncoder

MARKDOWN = """\
## Weights

| Quokka | Kilogrammes |
|---|---|
| adult | 4.2 |
| joey | 0.4 |
"""
FRONT_MATTER = """\
---
title: Weights
description: How many kilogrammes each adult quokka weighs.
---
Scales said 4.2 for an adult.
"""
PAGE = """<html><head><title>Weights</title></head><body><main>
<h2>Weights</h2>
<table><tr><th>Quokka</th><th>Kilogrammes</th></tr>
<tr><td>adult</td><td>4.2</td></tr><tr><td>joey</td><td>0.4</td></tr></table>
</main></body></html>"""
ROWS = (
    "animal,weight,food\nadult quokka,4.2 kilogrammes,leaves of shrubs\njoey,0.4 kilogrammes,milk\n"
)


def marked(folder: Path, name: str, text: str, question: str, **searching: str) -> tuple[Hit, str]:
    """The best hit for a question to one file, and its marked sentence."""
    (folder / "articles").mkdir()
    (folder / "articles" / name).write_text(text, "utf-8")
    build(folder / "x.locus", [folder / "articles"], encoder=HashingEncoder())
    with open_index(folder / "x.locus", encoder=HashingEncoder()) as index:
        first = index.search(question, **searching).hits[0]  # type: ignore[arg-type]
        again = index.search(question, **searching).hits[0]  # type: ignore[arg-type]
    assert again.highlight == first.highlight, "from the cache too"
    assert first.highlight is not None
    start, end = first.highlight
    return first, first.text[start - first.start : end - first.start]


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
@pytest.mark.parametrize(
    ("name", "text"), [("weights.md", MARKDOWN), ("weights.html", PAGE)], ids=["md", "html"]
)
def test_a_row_is_marked_and_not_what_is_above_it(
    tmp_path: Path, name: str, text: str, mode: str
) -> None:
    question = "weights in kilogrammes of an adult quokka"
    hit, sentence = marked(tmp_path, name, text, question, mode=mode)
    assert "Kilogrammes" in hit.text
    assert sentence.strip("| ") == "adult | 4.2"


def test_of_a_row_that_is_an_article_the_cell_is_marked(tmp_path: Path) -> None:
    hit, sentence = marked(tmp_path, "quokkas.csv", ROWS, "food of an adult quokka, leaves?")
    assert hit.article == "quokkas.csv/1" or "leaves" in hit.text
    assert sentence.splitlines()[0] == "animal: adult quokka"


def test_front_matter_is_not_marked(tmp_path: Path) -> None:
    question = "how many kilogrammes does an adult quokka weigh"
    hit, sentence = marked(tmp_path, "weights.md", FRONT_MATTER, question)
    assert hit.text.startswith("---")
    assert sentence == "Scales said 4.2 for an adult."


def test_a_heading_is_marked_if_there_is_nothing_else(tmp_path: Path) -> None:
    hit, sentence = marked(tmp_path, "alone.md", "# The quokka\n", "quokka", mode="lexical")
    assert sentence == hit.text == "# The quokka"


def test_damage_in_the_structure_is_named(tmp_path: Path) -> None:
    marked(tmp_path, "weights.md", MARKDOWN, "adult quokka")
    with closing(sqlite3.connect(tmp_path / "x.locus" / "locus.db")) as database:
        database.execute("UPDATE texts SET structure = x'00'")
        database.commit()
    with (
        open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as index,
        pytest.raises(Exception, match=r"'weights\.md'") as raised,
    ):
        index.search("adult quokka")
    assert type(raised.value).__name__ == "DamagedIndex"


def test_without_words_in_common_a_row_is_not_marked_instead_of_a_head(tmp_path: Path) -> None:
    marked(tmp_path, "weights.md", MARKDOWN, "adult quokka")
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as index:
        (hit,) = index.search("kilogrammes", mode="lexical").hits
    assert "Kilogrammes" in hit.text
    assert hit.highlight is None
