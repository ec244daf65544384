"""Org: headings, tables and code at their places, and texts at their worst."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import org
from indexer.types import Metadata

TEXT = """\
#+TITLE: The sea
#+AUTHOR: Ann Lee
#+DATE: <2024-05-31 Fri>
#+FILETAGS: :moon:sea:

* Tides :water:high:
:PROPERTIES:
:ID: 123
:END:
# a comment
| Month | Height |
| May   | 3 m    |
** Neap
#+BEGIN_SRC python
* no heading
#+END_SRC
#+begin_comment
hidden
#+end_comment
#+begin_quote
The sea.
#+end_quote
*bold* text.
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_structure_is_found_and_comments_and_drawers_left_out(end: str) -> None:
    document = org.read(TEXT.replace("\n", end).encode(), "a.org")
    assert document.title == "The sea"
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee",), None, ("moon", "sea"))
    assert [
        (it.kind, it.level, document.text[it.start : it.end].replace(end, "\n"))
        for it in document.blocks
    ] == [
        ("heading", 1, "Tides"),
        ("table", 0, "| Month | Height |\n| May   | 3 m    |"),
        ("heading", 2, "Neap"),
        ("code", 0, "#+BEGIN_SRC python\n* no heading\n#+END_SRC"),
        ("quote", 0, "#+begin_quote\nThe sea.\n#+end_quote"),
    ]
    for left_out in ("comment", "hidden", "123", "PROPERTIES"):
        assert left_out not in document.text
    assert document.text.rstrip().endswith("*bold* text.")


@pytest.mark.parametrize(
    "text", ["* " * 10**5, "* a\n" * 30_000, "|\n" * 40_000, "#+begin_a\n" * 10**5, "x :" * 10**4]
)
def test_a_hostile_text_is_read_at_a_cost_in_proportion(text: str) -> None:
    assert org.read(text.encode(), "a.org").text == text


@pytest.mark.parametrize("text", ["", " \n", "# only a comment\n", ":PROPERTIES:\n* a\n"])
def test_what_has_no_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableArticle):
        org.read(text.encode(), "a.org")
