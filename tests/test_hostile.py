"""Files made to break readers: each is read or refused as here, and costs no other file."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading import formats
from indexer.reading.worker import Worker
from indexer.types import Document
from tests.benchmarks.hostile_files import SMALL, WORDS

HERRINGS = WORDS.decode().strip()
IN_PDF = "Herrings spawn in the bay."
EXPECTED = {
    "outlines.pdf": IN_PDF,
    "xref.pdf": IN_PDF,
    "count.pdf": IN_PDF,
    "script.pdf": IN_PDF,
    "arrays.pdf": IN_PDF,
    "tree.pdf": "more than 100,000 pages",
    "frame.html": HERRINGS,
    "refresh.html": HERRINGS,
    "charset.html": "+ADw-script+AD4- éè",
    "script.html": "<svg onload=alert(1)>",
    "laughs.xhtml": "&l9; Herrings",
    "colspan.html": HERRINGS,
    "jsonld.html": HERRINGS,
    "entity.docx": "declares XML entities, which Locus does not expand",
    "laughs.docx": "word/document.xml",
    "nested.docx": HERRINGS,
    "spans.docx": HERRINGS,
    "spaces.odt": HERRINGS,
    "cells.odt": HERRINGS,
    "linked.rtf": HERRINGS,
    "binary.rtf": "the file contains no text",
    "remote.epub": HERRINGS,
    "parameters.eml": HERRINGS,
    "numbered.eml": HERRINGS,
    "same.eml": "(parts after the first 1,000 are not read)",
    "forwarded.eml": "(parts nested more than 20 deep are not read)",
    "charset.eml": HERRINGS,
    "brackets.eml": HERRINGS,
    "escapes.eml": HERRINGS,
    "digits.ipynb": "JSON integer with more than 4,300 digits",
    "surrogate.ipynb": "herrings \ufffd x",
    "deep.ipynb": "JSON is nested too deeply",
    "negative.srt": "Herrings.\n\nSpawn.",
    "input.tex": HERRINGS,
    "include.adoc": HERRINGS,
    "include.rst": HERRINGS,
    "include.org": HERRINGS,
    "keys.md": HERRINGS,
    "aliases.md": HERRINGS,
}
"""What is part of the text, or of the reason why a file is refused."""
SECRET = Path("/etc/passwd")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker()
    yield found
    found.close()


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return dict(chain.from_iterable(kind() for kind in SMALL))


@pytest.mark.parametrize(("name", "said"), EXPECTED.items())
def test_a_hostile_file_is_read_or_refused_with_the_reason(
    worker: Worker, made: dict[str, bytes], tmp_path: Path, name: str, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(made[name])
    with file.open("rb") as opened:
        try:
            found = worker.read(opened, name, formats.format_of(name))
        except UnreadableArticle as error:
            assert said in str(error)
            return
    assert isinstance(found, Document)
    assert said in found.text
    assert "\x1b" not in found.title
    if SECRET.exists():  # no reader includes another file
        assert SECRET.read_text().split("\n", 1)[0] not in found.text


def test_every_hostile_file_is_expected(made: dict[str, bytes]) -> None:
    assert made.keys() == EXPECTED.keys()
