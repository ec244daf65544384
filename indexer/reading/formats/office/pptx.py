"""Read PowerPoint files: each slide's title, text, tables, diagrams and notes.

The locations are the slides in the order in which they are shown, counted from 1. Comments, slide
numbers, headers and footers are left out.
"""

from collections.abc import Iterator, Mapping

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import drawings, office
from indexer.reading.formats.office.assembly import Assembly
from indexer.reading.formats.office.office import (
    Element,
    attribute,
    child,
    chosen,
    descendants,
    tag,
)
from indexer.reading.formats.packed.zipped import Archive
from indexer.types import Document

MOST_SLIDES = 10_000
_TITLES = {"title", "ctrTitle"}
_LEFT_OUT = {"sldNum", "ftr", "dt", "hdr"}
_TITLE_LEVEL = 1


def read(data: bytes, name: str) -> Document:
    """Read a PowerPoint file."""
    archive, path, root = office.open_package(data, office.POWERPOINT)
    slides = child(root, "sldIdLst")
    if tag(root) != "presentation":
        raise UnreadableArticle("not a PowerPoint file")
    relations = office.relations(archive, path)
    text = Assembly()
    for number, slide in enumerate(office.children(slides), 1):
        if number > MOST_SLIDES:
            raise UnreadableArticle("more than {:,} slides", MOST_SLIDES)
        # Of the two ids of an entry only that of the relation has a namespace.
        ids = (value for key, value in slide.items() if key.endswith("}id"))
        target = next((relations[it][1] for it in ids if it in relations), "")
        text.locate(f"slide {number}")
        _slide(archive, target, number, text)
    title, metadata = office.core(archive, name)
    return text.document(title or text.first_heading, metadata)


def _slide(archive: Archive, path: str, number: int, text: Assembly) -> None:
    """Add a slide, its title first, and its notes last."""
    shapes = child(office.inner_part(archive, path, f"slide {number}", text), "cSld", "spTree")
    if shapes is None:
        return
    relations = office.relations(archive, path)
    found = list(_shapes(shapes))
    titles = [it for it in found if _placeholder(it) in _TITLES]
    for shape in titles:
        text.heading(" ".join(drawings.paragraphs(shape)), _TITLE_LEVEL)
    for shape in found:
        if shape not in titles and _placeholder(shape) not in _LEFT_OUT:
            _shape(archive, relations, shape, text)
    notes = (target for kind, target in relations.values() if kind == "notesSlide")
    for target in notes:
        root = office.inner_part(archive, target, f"notes of slide {number}", text)
        shapes = child(root, "cSld", "spTree")
        for shape in () if shapes is None else _shapes(shapes):
            if _placeholder(shape) == "body":
                for paragraph in drawings.paragraphs(shape):
                    text.add(paragraph)


def _shapes(parent: Element) -> Iterator[Element]:
    """The shapes of a slide, also those in groups."""
    for it in chosen(parent):
        if tag(it) in {"sp", "graphicFrame", "cxnSp"}:
            yield it
        elif tag(it) == "grpSp":
            yield from _shapes(it)


def _placeholder(shape: Element) -> str:
    """What a shape is a placeholder for; empty if it is none."""
    found = child(shape, "nvSpPr", "nvPr", "ph")
    return "" if found is None else attribute(found, "type") or "obj"


def _shape(
    archive: Archive, relations: Mapping[str, tuple[str, str]], shape: Element, text: Assembly
) -> None:
    table = child(shape, "graphic", "graphicData", "tbl")
    if table is not None:
        rows = [
            [" ".join(drawings.paragraphs(cell)) for cell in row if tag(cell) == "tc"]
            for row in table
            if tag(row) == "tr"
        ]
        marked = child(table, "tblPr")
        header = marked is not None and attribute(marked, "firstRow") in {"1", "true"}
        text.table(rows, int(header and len(rows) > 1))
    elif tag(shape) == "graphicFrame":
        for paragraph in drawings.texts(archive, relations, shape, text):
            text.add(paragraph, "item")
    else:
        _body(shape, text)


def _body(shape: Element, text: Assembly) -> None:
    """Add the paragraphs of a shape; those of a placeholder for text are items of a list."""
    listed = _placeholder(shape) in {"body", "obj"}
    body = child(shape, "txBody")
    for paragraph in () if body is None else descendants(body, "p"):
        own = child(paragraph, "pPr")
        marks = {tag(it) for it in office.children(own)}
        item = "buNone" not in marks and (listed or bool(marks & {"buChar", "buAutoNum"}))
        text.add(drawings.text_of(paragraph), "item" if item else "paragraph")
