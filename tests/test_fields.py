"""Metadata from the fields of a file: dates, languages, people, tags."""

import pytest

from indexer.reading.formats.described.fields import (
    date_of,
    key_of,
    language_of,
    metadata_of,
    title_in,
)
from indexer.types import Metadata


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-05-31T23:30:00-08:00", "2024-05-31"),
        ("2024-5", "2024-05"),
        ("2024", "2024"),
        ("2024/05/31", "2024-05-31"),
        ("20240531", "2024-05-31"),
        ("31.05.2024", "2024-05-31"),
        ("<2024-05-31 Fri>", "2024-05-31"),
        ("31 May 2024", "2024-05-31"),
        ("May 31st, 2024", "2024-05-31"),
        ("Fri, 31 May 2024 10:00:00", "2024-05-31"),
        ("March 2024", "2024-03"),
        ("3/4/2024", None),
        ("2024-13-01", None),
        ("2024-02-30", None),
        ("0000", None),
        ("12345", None),
        ("\\today", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(value: str, date: str | None) -> None:
    assert date_of(value) == date


@pytest.mark.parametrize(
    ("value", "language"),
    [
        *(("EN", "en"), ("de_DE.UTF-8", "de-de"), ("zh-Hant-TW", "zh-hant-tw")),
        *(("German", None), ("", None), ("en, de", None), ("x", None)),
    ],
)
def test_a_language_is_a_code(value: str, language: str | None) -> None:
    assert language_of(value) == language


def test_fields_become_metadata() -> None:
    fields = {
        "title": [" ", "The\nsea"],
        "date": ["someday", "2024"],
        "authors": ["Ann Lee <ann@x>; Bob and Ann Lee", ""],
        "lang": ["?", "en"],
        "tags": ["moon, sea|sea", "x" * 500],
    }
    assert metadata_of(fields) == Metadata("2024", ("Ann Lee", "Bob"), "en", ("moon", "sea"))
    assert title_in(fields) == "The sea"
    assert key_of(" Published_At ") == "published at"
    assert metadata_of({}) == Metadata()
