"""What a page says of itself: title, date, authors, language and tags."""

import json

import pytest

from indexer.reading.formats.web.markup import feed
from indexer.reading.formats.web.page_metadata import (
    Scan,
    date_of,
    language_of,
    metadata_in,
    title_in,
)
from indexer.types import Metadata


def scanned(source: str) -> Scan:
    return feed(source, Scan())


def linked(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


NODE = {
    "@graph": [
        {"@type": "Organization", "name": "The Tide Press", "headline": "No"},
        {
            "@type": ["NewsArticle", "Thing"],
            "headline": "Spring  tides",
            "datePublished": "2024-05-31T10:00:00+02:00",
            "dateModified": "2025-01-01",
            "author": [{"@type": "Person", "name": "Ann Lee"}, "Bo Ek", {"name": {"x": 1}}, 7],
            "inLanguage": "en-GB",
            "keywords": "sea, moon ,sea",
        },
    ]
}


def test_json_ld_is_believed_first() -> None:
    scan = scanned(
        "<title>Other</title><meta name=author content='Nobody'><meta name=date content=1999>"
        + linked(NODE)
    )
    assert title_in(scan) == "Spring tides"
    assert metadata_in(scan) == Metadata(
        "2024-05-31", ("Ann Lee", "Bo Ek", "Nobody"), "en-gb", ("sea", "moon")
    )


def test_meta_and_elements_are_read_too() -> None:
    scan = scanned(
        "<html lang=pt_BR><title>Marés - O Farol</title>"
        "<meta property=og:site_name content='O Farol'>"
        "<meta property=og:title content='Marés - O Farol'><meta name=DC.creator content='Ana Luz'>"
        "<meta property=article:author content='https://a.example/ana'>"
        "<meta property=article:tag content=mar><meta name=keywords content='lua, mar'>"
        "<time class='updated' datetime=2025-02-02>x</time><time datetime=2024-02-01T08:00>y</time>"
    )
    assert title_in(scan) == "Marés"
    assert metadata_in(scan) == Metadata("2024-02-01", ("Ana Luz",), "pt-br", ("mar", "lua"))


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("<title>Tea | Steep</title><h1>Steep</h1><h1>Tea</h1>", "Steep"),
        ("<title>The tea road - Steep</title><h1>The tea road</h1>", "The tea road"),
        ("<title> The \n tea road </title><h1>Welcome</h1>", "The tea road"),
        ("<h1>Only a heading</h1>", "Only a heading"),
        ("<svg><title>icon</title></svg>", "icon"),
        ("<p>none", ""),
        ("<title>a&#0;b</title>", "a\ufffdb"),
        (linked({"@type": "Article", "headline": "half \ud800"}), "half ?"),
    ],
)
def test_the_title_is_that_of_the_article(source: str, title: str) -> None:
    assert title_in(scanned(source)) == title


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2024", "2024"),
        ("2024-05", "2024-05"),
        ("2024-05-31T23:59:59Z", "2024-05-31"),
        ("20240531", "2024-05-31"),
        ("2024/5/1", "2024-05-01"),
        ("Fri, 31 May 2024 10:00:00 +0200", "2024-05-31"),
        ("31 May 2024", "2024-05-31"),
        ("2024-13-45", "2024"),
        ("0024-01-01", None),
        ("20240531999", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_date_is_as_exact_as_it_is_said(said: str, date: str | None) -> None:
    assert date_of(said) == date


@pytest.mark.parametrize(
    ("said", "code"),
    [("EN", "en"), ("zh-Hant_TW", "zh-hant-tw"), ("english", None), ("{{lang}}", None), ("", None)],
)
def test_a_language_is_a_code(said: str, code: str | None) -> None:
    assert language_of(said) == code


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, '{"@type": 5, "author": {}}', "null", '[1, "a", null]', ""]
)
def test_broken_json_ld_is_passed_over(text: str) -> None:
    scan = scanned(f'<title>Tea</title><script type="application/ld+json">{text}</script>')
    assert title_in(scan) == "Tea"
    assert metadata_in(scan) == Metadata()


def test_a_page_is_measured() -> None:
    scan = scanned("<html><body><p a=1 b=2>x<br><p>y<iframe></iframe><script></script>")
    assert (scan.elements, scan.depth, scan.attributes) == (7, 4, 2)
    assert (scan.frames, scan.scripts) == (1, 1)


def test_a_page_that_names_thousands_of_authors_keeps_a_few() -> None:
    scan = scanned(
        "<meta name=author content=a>" * 5_000 + "<meta name=keywords content='a,'>" * 99
    )
    assert metadata_in(scan) == Metadata(authors=("a",), tags=("a",))
    many = linked({"@type": "Book", "author": [f"Author {n}" for n in range(500)]})
    assert len(metadata_in(scanned(many)).authors) == 30
