"""AsciiDoc: headings, tables and code at their places, and texts at their worst."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import asciidoc
from indexer.types import Metadata

TEXT = """\
= Tides
Ann Lee <ann@example.org>; Bob
v1.0, 2024-05-31
:keywords: moon, sea
:lang: de

// a comment
////
more
== of it
////
The sea rises.

== Neap

----
== no heading
----

|===
|Month |Height
|May |3 m
|===

include::/etc/passwd[]
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_structure_is_found_and_comments_left_out(end: str) -> None:
    document = asciidoc.read(TEXT.replace("\n", end).encode(), "a.adoc")
    assert document.title == "Tides"
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee", "Bob"), "de", ("moon", "sea"))
    assert [
        (it.kind, it.level, document.text[it.start : it.end].replace(end, "\n"))
        for it in document.blocks
    ] == [
        ("heading", 1, "Tides"),
        ("heading", 2, "Neap"),
        ("code", 0, "----\n== no heading\n----"),
        ("table", 0, "|===\n|Month |Height\n|May |3 m\n|==="),
    ]
    assert "comment" not in document.text
    assert "of it" not in document.text
    assert document.text.rstrip().endswith("include::/etc/passwd[]"), "and nothing of that file"


@pytest.mark.parametrize(
    "text", ["= " * 10**5, "=\n" * 40_000, "|===\n" * 30_001, "----\n" * 30_001, "-" * 10**4]
)
def test_a_hostile_text_is_read_at_a_cost_in_proportion(text: str) -> None:
    assert asciidoc.read(text.encode(), "a.adoc").text == text


@pytest.mark.parametrize("text", ["", " \n", "// only a comment\n", "////\n= a\n"])
def test_what_has_no_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableArticle):
        asciidoc.read(text.encode(), "a.adoc")
