"""Articles become passages in windows, each with its key, its words and what is embedded of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.deriving.analysis import Analyzer
from indexer.deriving.packing import WordPacker
from indexer.reading.articles import Entry, Source
from indexer.storing.drafts import passage_key
from indexer.storing.sources import remember
from indexer.types import Article, Selection, Splitting
from indexer.updating import drafting
from indexer.updating.drafting import Window, windows
from indexer.updating.source_update import SourceUpdate
from indexer.updating.summary import Summary
from tests.hashing import HashingEncoder
from tests.staged import staging

SPLITTING = Splitting(8)


@dataclass
class Reading:
    update: SourceUpdate
    articles: list[tuple[Entry, Article]]

    def windows(self) -> Iterator[Window]:
        return windows(self.update, self.articles, HashingEncoder(), SPLITTING)


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    """Three articles of a source."""
    texts = {
        "owls.txt": "Owls hunt mice at night.\n\nTheir feathers are quite silent in flight.",
        "tides.txt": "Tides rise and fall twice a day.",
        "tea.txt": "Tea",
    }
    articles = [Article(name, name.title(), text) for name, text in texts.items()]
    found = [(Entry(it.name, 9, 5, lambda: pytest.fail("is read")), it) for it in articles]
    with staging(tmp_path / "x.locus") as staged:
        source = remember(staged.connection, Path("/articles"), Selection())
        listed = Source(Path("/articles"), 100, 3, [], None)
        yield Reading(SourceUpdate(listed, source, staged, Summary()), found)


def test_a_passage_has_its_key_and_words_and_is_embedded_with_its_title(reading: Reading) -> None:
    (found,) = reading.windows()
    first, second, third, last = found.passages
    assert first.draft is second.draft
    assert [it.draft.article.name for it in (second, third, last)] == [
        *("owls.txt", "tides.txt", "tea.txt")
    ]
    assert first.text == "Owls.Txt\nOwls hunt mice at night."
    assert second.passage.text == "Their feathers are quite silent in flight."
    for it in found.passages:
        article = it.draft.article
        sentences = [article.text[start:end] for start, end in it.passage.sentences]
        assert [it.text[start:end] for start, end in it.parts] == sentences
        assert it.key == passage_key(HashingEncoder().identity, it.text, it.parts)
        packer = WordPacker(Analyzer.of(SPLITTING))
        assert it.words == packer.pack([article.title, *sentences])


@pytest.mark.parametrize("batch", [1, 40, 10**6])
def test_windows_are_full_but_the_last_however_articles_are_read(
    reading: Reading, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    (whole,) = reading.windows()
    monkeypatch.setattr(drafting, "_WINDOW", 3)
    monkeypatch.setattr(drafting, "_BATCH", batch)
    found = list(reading.windows())
    assert [len(it.passages) for it in found] == [3, 1]
    keys = [it.key for window in found for it in window.passages]
    assert keys == [it.key for it in whole.passages]
