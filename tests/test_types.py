"""The data classes: what they guarantee once they are constructed."""

import hashlib

import pytest

from indexer.types import Article, Span


def test_an_article_has_its_hash_from_the_start_and_hashes_its_text_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = []

    def count(data: bytes) -> object:
        hashed.append(data)
        return hashlib.new("sha256", data)

    monkeypatch.setattr(hashlib, "sha256", count)
    article = Article("tea.txt", "Tea", "Tea — grün.")
    assert article.sha256 == article.sha256
    assert article.sha256 == hashlib.new("sha256", "Tea — grün.".encode()).hexdigest()
    assert hashed == ["Tea — grün.".encode()]


def test_a_span_is_a_pair_of_characters_places() -> None:
    span = Span(2, 5)
    assert (span.start, span.end) == span == (2, 5)
    assert "0123456"[slice(*span)] == "234"
