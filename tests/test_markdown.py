"""Markdown: its front matter, and its blocks at their exact places."""

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from indexer.reading.formats.texts import markdown
from indexer.reading.formats.texts.markdown_blocks import blocks_of
from indexer.types import Metadata
from tests.conftest import ROOT

ALL = """\
# Tides #

The *sea* rises.
And falls.

- one
- two

  more of two
  - nested

    ```py
    # no heading
    ```
- last

> quoted
lazily
> > twice

| Month | Height |
|-------|-------:|
| May   | 3 m    |

Neap
tide
----

1. first
2. second

    indented

        code

* * *
<div>
# no heading
</div>

<!-- # none

# none
-->
    code
"""


def found_in(text: str) -> list[tuple[str, int, str]]:
    return [(it.kind, it.level, text[it.start : it.end]) for it in blocks_of(text)]


def test_the_blocks_of_a_text() -> None:
    assert found_in(ALL) == [
        ("heading", 1, "Tides"),
        ("paragraph", 0, "The *sea* rises.\nAnd falls."),
        ("item", 0, "- one"),
        ("item", 0, "- two\n\n  more of two"),
        ("item", 0, "- nested"),
        ("code", 0, "```py\n    # no heading\n    ```"),
        ("item", 0, "- last"),
        ("quote", 0, "> quoted\nlazily\n> > twice"),
        ("table", 0, "| Month | Height |\n|-------|-------:|\n| May   | 3 m    |"),
        ("heading", 2, "Neap\ntide"),
        ("item", 0, "1. first"),
        ("item", 0, "2. second\n\n    indented"),
        ("code", 0, "        code"),
        ("paragraph", 0, "<div>\n# no heading\n</div>"),
        ("paragraph", 0, "<!-- # none\n\n# none\n-->"),
        ("code", 0, "    code"),
    ]
    (table,) = (it for it in blocks_of(ALL) if it.kind == "table")
    assert ALL[table.start : table.head] == "| Month | Height |\n|-------|-------:|"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_change_no_block(end: str) -> None:
    text = ALL.replace("\n", end)
    assert [(kind, level, it.replace(end, "\n")) for kind, level, it in found_in(text)] == (
        found_in(ALL)
    )


def headings_of(text: str) -> list[tuple[int, str]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        (int(token.tag[1:]), tokens[at + 1].content)
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(ROOT.glob("seeds/**/*.md"))])
def test_headings_and_code_are_those_of_a_complete_parser(path: object) -> None:
    text = ROOT.joinpath(str(path)).read_text("utf-8")
    blocks = blocks_of(text)
    found = [(it.level, text[it.start : it.end]) for it in blocks if it.kind == "heading"]
    assert found == headings_of(text)
    code = [text[it.start : it.end] for it in blocks if it.kind == "code"]
    tokens = [it for it in MarkdownIt().parse(text) if it.type in {"fence", "code_block"}]
    inside = [it.partition("\n")[2].rpartition("\n")[0] if it[0] == "`" else it for it in code]
    assert [dedent(it).strip() for it in inside] == [it.content.strip() for it in tokens]


marks = st.sampled_from(
    [
        *("#", "# a", "- ", "1. ", "> ", "```", "~~~", "|", "a|b", "|-|-|", "---", "===", "    "),
        *("<div>", "<!--", "-->", "<pre>", "\n", "\n\n", "\r", "\r\n", " ", "a", "\u2028", "\t"),
    ]
)


@settings(max_examples=300)
@given(st.lists(marks, max_size=30).map("".join))
def test_blocks_are_in_order_and_begin_and_end_with_text(text: str) -> None:
    before = 0
    for block in blocks_of(text):
        assert before <= block.start < block.end <= len(text)
        assert block.kind != "table" or block.start < block.head <= block.end
        assert not text[block.end - 1].isspace()
        assert block.kind == "code" or not text[block.start].isspace()
        assert (block.level > 0) == (block.kind == "heading")
        before = block.end


FULL = """---
title: "The sea: a life"
date: 2024-5-31T10:00:00Z  # when
author:
  - name: Ann Lee
    email: ann@example.org
  - Bob
tags: [tides, "salt, sea"]
lang: de_DE
draft: true
---
# Heading
"""
TOML = """+++
title = "The sea"
date = 2024-05-31
authors = ["Ann Lee", "Bob"]
[taxonomies]
tags = ["tides"]
+++
Text.
"""


def test_front_matter_becomes_title_and_metadata() -> None:
    document = markdown.read(FULL.encode(), "a.md")
    assert document.title == "The sea: a life"
    assert document.metadata == Metadata(
        "2024-05-31", ("Ann Lee", "Bob"), "de-de", ("tides", "salt", "sea")
    )
    assert document.text == FULL
    assert [(it.kind, FULL[it.start : it.end]) for it in document.blocks] == [
        ("heading", "Heading")
    ]
    document = markdown.read(TOML.encode(), "a.md")
    assert document.title == "The sea"
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee", "Bob"), None, ("tides",))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: >-\n  The sea\n  at night\n---\nText.\n", "The sea at night"),
        ("---\ntitle: &anchor x\n---\n# Heading\n", "Heading"),
        ("---\n!!python/object: x\n---\n# Heading\n", "Heading"),
        ("---\ntitle: not closed\n\n# Heading\n", "Heading"),
        ("+++\ntitle = broken\n+++\n# Heading\n", "Heading"),
        ("---\n" + "a: b\n" * 20_000 + "title: Sea\n---\n# Heading\n", "Sea"),
        ("---\ntitle: [" + "[" * 500 + "\n---\n# Heading\n", "[" * 501),
        ("+++\na = " + "[" * 9000 + "\n+++\n# Heading\n", "Heading"),
        # tomllib would need memory for the square of the parts of this key: 40 GB.
        ("+++\n" + "a." * 100_000 + "b = 1\n+++\n# Heading\n", "Heading"),
    ],
    ids=["folded", "anchor", "object", "open", "no TOML", "long", "brackets", "deep", "dotted"],
)
def test_odd_front_matter_is_no_harm(text: str, title: str) -> None:
    document = markdown.read(text.encode(), "a.md")
    assert document.title[:100] == title[:100]
    assert document.text == text
