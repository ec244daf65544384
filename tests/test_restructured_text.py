"""reStructuredText: headings and code at their places, and texts at their worst."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import restructured_text
from indexer.types import Metadata

TEXT = """\
=====
Tides
=====
:Author: Ann Lee
:Date: 2024-05-31

.. a comment
   that goes on

   and on

The sea rises::

    # Code
    ======

.. _label:
.. note:: High water.

Neap
====

1. one

=== ===
a   b
=== ===

Small
-----
Again
=====
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_headings_and_code_are_found_and_comments_left_out(end: str) -> None:
    document = restructured_text.read(TEXT.replace("\n", end).encode(), "a.rst")
    assert document.title == "Tides"
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee",))
    assert [
        (it.kind, it.level, document.text[it.start : it.end].replace(end, "\n"))
        for it in document.blocks
    ] == [
        ("heading", 1, "Tides"),
        ("code", 0, "\n    # Code\n    ======"),
        ("heading", 2, "Neap"),
        ("heading", 3, "Small"),
        ("heading", 2, "Again"),
    ]
    assert "comment" not in document.text
    assert "and on" not in document.text
    for kept in (".. _label:", ".. note:: High water.", "=== ==="):
        assert kept in document.text


@pytest.mark.parametrize(
    "text",
    ["=" * 10**5, "=\n" * 40_000, "a\n=\n" * 20_000, ".. \n" * 30_000 + "x", "::\n" * 10**4],
)
def test_a_hostile_text_is_read_at_a_cost_in_proportion(text: str) -> None:
    assert restructured_text.read(text.encode(), "a.rst").text


@pytest.mark.parametrize("text", ["", " \n", ".. only a comment\n"])
def test_what_has_no_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableArticle):
        restructured_text.read(text.encode(), "a.rst")
