"""Notebooks: cells, what code printed, titles, and notebooks at their worst."""

import json

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import notebook
from indexer.types import Document, Metadata


def read(record: object) -> Document:
    return notebook.read(json.dumps(record).encode(), "a.ipynb")


def code(source: object, *outputs: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": [*outputs]}


def text(source: object) -> dict[str, object]:
    return {"cell_type": "markdown", "source": source}


def test_cells_become_blocks_with_their_place() -> None:
    document = read(
        {
            "metadata": {"authors": [{"name": "Ann Lee"}], "date": "2024-05-31"},
            "cells": [
                text(["# *The tides*\n", "\n", "- one\n", "- two"]),
                text(" "),
                code(
                    "print(1)\n",
                    {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n", "1\n"]},
                    {
                        "output_type": "execute_result",
                        "data": {"text/plain": "2", "image/png": "x"},
                    },
                    {
                        "output_type": "error",
                        "ename": "ValueError",
                        "evalue": "no",
                        "traceback": [],
                    },
                ),
            ],
        }
    )
    assert document.title == "The tides"
    assert document.text == (
        "# *The tides*\n\n- one\n- two\n\nprint(1)\n\nred\n1\n\n2\n\nValueError: no"
    )
    assert [(it.kind, document.text[it.start : it.end]) for it in document.blocks] == [
        ("heading", "*The tides*"),
        ("item", "- one"),
        ("item", "- two"),
        ("code", "print(1)"),
        ("code", "red\n1"),
        ("code", "2"),
        ("code", "ValueError: no"),
    ]
    places = [(it.label, document.text[it.start :][:5]) for it in document.locations]
    assert places == [("cell 1", "# *Th"), ("cell 3", "print")]
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee",))


def test_the_old_format_is_read_too() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Tides"},
        {
            "cell_type": "code",
            "input": ["x = 1"],
            "outputs": [{"output_type": "pyout", "text": "1"}],
        },
    ]
    document = read({"nbformat": 3, "worksheets": [{"cells": cells}]})
    assert (document.title, document.text) == ("Tides", "Tides\n\nx = 1\n\n1")
    assert document.blocks[0].level == 2


def test_front_matter_in_the_first_cell_is_no_text() -> None:
    document = read(
        {"cells": [{"cell_type": "raw", "source": "---\ntitle: Sea\n---\n"}, text("Hm.")]}
    )
    assert (document.title, document.text) == ("Sea", "Hm.")
    assert document.locations[0].label == "cell 2"


def test_a_long_output_is_cut_at_a_line() -> None:
    document = read(
        {"cells": [code("x", {"output_type": "stream", "text": "12345678\n" * 90_000})]}
    )
    assert len(document.text) < 2100
    assert document.text.endswith("\n12345678\n…")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"{", "invalid JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "not a notebook: it has no cells"),
        (b'{"cells": []}', "the notebook has no cells with text"),
        (b'{"cells": [1, null, {}, {"source": 5}, {"cell_type": []}]}', "no cells with text"),
        (b'{"cells": ' + b"[" * 100_000, "JSON is nested too deeply"),
        (b'{"cells": ' + b"1" * 5000 + b"}", "JSON integer with more than 4,300 digits"),
        (b'{"cells": "\xff"}', "not UTF-8 text"),
    ],
)
def test_what_is_no_notebook_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle, match=reason):
        notebook.read(data, "a.ipynb")


def test_half_a_pair_costs_its_letter_and_not_the_notebook() -> None:
    data = rb'{"cells": [{"cell_type": "markdown", "source": "a\ud800b \ud83c\udf0a\u0000"}]}'
    assert notebook.read(data, "a.ipynb").text == "a\ufffdb 🌊\ufffd"


def test_values_of_other_types_are_passed_over() -> None:
    odd: list[object] = [None, True, 5, [], {}, [[]], {"a": 1}, "x"]
    for one in odd:
        cell = {"cell_type": one, "source": one, "outputs": one, "level": one}
        output = {"output_type": one, "text": one, "data": one, "ename": one, "evalue": one}
        for kind in ("code", "heading", "markdown", one):
            record = {"metadata": one, "cells": [{**cell, "cell_type": kind}, code("y", output)]}
            assert "y" in read(record).text


def test_cells_that_are_none_are_told() -> None:
    found = read({"cells": [text("Tides."), 7, None]})
    assert (found.text, found.left_out) == ("Tides.", ("2 of its cells (damaged)",))
