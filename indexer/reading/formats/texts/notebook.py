"""Read Jupyter notebooks (``.ipynb``, formats 3 and 4): their cells, and what code printed."""

import re
from typing import Any

from indexer.errors import UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.formats.composition import Composition, storable
from indexer.reading.formats.described.fields import Fields, metadata_of, title_in
from indexer.reading.formats.texts.front_matter import front_matter
from indexer.reading.formats.texts.markdown_blocks import blocks_of
from indexer.types import Document

_LONGEST_OUTPUT = 2000
"""Characters of one output: a search for words that a program printed rarely needs more."""
_DEEPEST = 6
_COLOURS = re.compile("\x1b\\[[0-9;]{0,40}[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read(data: bytes, name: str) -> Document:
    """The document in a notebook. Raises UnreadableArticle."""
    del name
    if not data.strip():
        raise UnreadableArticle("the file is empty")
    record = jsonl.parse(data, ())
    composition = Composition()
    title = ""
    fields = _fields(record)
    for number, cell in enumerate(_cells(record), 1):
        composition.locate(f"cell {number}")
        kind = cell.get("cell_type")
        source = _joined(cell.get("source", cell.get("input")))
        if kind == "code":
            composition.add(source, "code")
            for output in _dicts(cell.get("outputs")):
                composition.add(_printed(output), "code")
        elif kind == "heading":
            level = cell.get("level")
            right = isinstance(level, int) and 1 <= level <= _DEEPEST
            composition.add(source, "heading", int(level or 1) if right else 1)
            title = title or source
        else:
            more, end = front_matter(source) if number == 1 else ({}, 0)
            fields = {**more, **fields}
            document = _markdown(source[end:])
            composition.include(document)
            title = title or document.title
    if lost := _listed(record) - len(_cells(record)):
        composition.leave_out(f"{lost:,} of its cells", "damaged")
    if not composition:
        raise UnreadableArticle("the notebook has no cells with text")
    return composition.document(title_in(fields) or title, metadata_of(fields))


def _markdown(source: str) -> Document:
    text = storable(source)
    blocks = tuple(blocks_of(text))
    heading = next((text[it.start : it.end] for it in blocks if it.kind == "heading"), "")
    return Document(heading.strip("*_` \t"), text.rstrip(), blocks)


def _cells(record: dict[str, Any]) -> list[dict[str, Any]]:
    if isinstance(record.get("cells"), list):
        return _dicts(record["cells"])
    sheets = _dicts(record.get("worksheets"))
    if not sheets:
        raise UnreadableArticle("not a notebook: it has no cells")
    return [cell for sheet in sheets for cell in _dicts(sheet.get("cells"))]


def _listed(record: dict[str, Any]) -> int:
    """How many cells a notebook lists, whatever they are."""
    lists = [it.get("cells") for it in (record, *_dicts(record.get("worksheets")))]
    return sum(len(it) for it in lists if isinstance(it, list))


def _fields(record: dict[str, Any]) -> Fields:
    """The title and the authors in the metadata of the notebook."""
    said = record.get("metadata")
    said = said if isinstance(said, dict) else {}
    authors = [it.get("name") for it in _dicts(said.get("authors"))]
    found = {
        "title": [said.get("title")],
        "date": [said.get("date")],
        "author": [*authors, said.get("author")],
        "tags": said["tags"] if isinstance(said.get("tags"), list) else [],
    }
    fields = {key: [it for it in values if isinstance(it, str)] for key, values in found.items()}
    return {key: values for key, values in fields.items() if values}


def _printed(output: dict[str, Any]) -> str:
    """The text of an output, cut at a line's end if it is long."""
    data = output.get("data")
    if output.get("output_type") in ("pyerr", "error"):
        text = f"{output.get('ename')}: {_joined(output.get('evalue'))}"
    else:
        plain = data.get("text/plain") if isinstance(data, dict) else None
        text = _joined(output.get("text", plain))
    text = _COLOURS.sub("", text[: 4 * _LONGEST_OUTPUT])
    if len(text) <= _LONGEST_OUTPUT:
        return text
    cut = text[:_LONGEST_OUTPUT]
    return (cut.rpartition("\n")[0] or cut) + "\n…"


def _joined(source: object) -> str:
    """A text that is written as one string or as a list of lines."""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []
