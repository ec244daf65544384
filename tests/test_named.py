"""Articles are read by name without listing their folder."""

import os
from pathlib import Path

import pytest

from indexer.reading.named import read_named
from tests.made import with_worker_formats


def test_articles_are_read_by_name_wherever_they_are(
    articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_worker_formats(monkeypatch)
    (articles / "a.odd").write_text("Tea grows.")
    (articles / "x.box").write_text("1: Owls\n2: unreadable\n3: Bats\n: Own")
    (articles / "y.box").write_text("x: broken")
    (articles.parent / "secret.txt").write_text("secret")
    os.mkfifo(articles / "pipe.txt")
    wanted = {
        *("night/owls.txt", "a.odd", "x.box/2", "x.box/3", "x.box", "y.box/1"),
        *("nowhere.txt", "../secret.txt", "pipe.txt", "x\0y", "", "night"),
    }
    found = {it.name: it.text for it in read_named(articles, wanted)}
    assert found == {
        "night/owls.txt": (articles / "night/owls.txt").read_text(),
        "a.odd": "Tea grows.",
        "x.box/3": "Bats",
        "x.box": "Own",
    }
