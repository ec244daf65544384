"""The text of diagrams and charts, which are parts of their own in an office file."""

from collections.abc import Iterator, Mapping

from indexer.reading.formats.composition import Composition
from indexer.reading.formats.office import office
from indexer.reading.formats.office.office import Element, attribute, child, descendants, tag
from indexer.reading.formats.packed.zipped import Archive

_BETWEEN = {"pres", "parTrans", "sibTrans"}
"""Points of a diagram that are its drawing and lines, not its content."""


def texts(
    archive: Archive,
    relations: Mapping[str, tuple[str, str]],
    drawing: Element,
    text: Composition,
) -> Iterator[str]:
    """The paragraphs of the diagrams and charts that a drawing in a text refers to."""

    def target(identifier: str, what: str) -> Element | None:
        _, path = relations.get(identifier, ("", ""))
        return office.inner_part(archive, path, what, text)

    for it in descendants(drawing, "relIds"):
        root = target(attribute(it, "dm"), "a diagram")
        for point in () if root is None else descendants(root, "pt"):
            if attribute(point, "type") not in _BETWEEN:
                yield from paragraphs(point)
    for it in descendants(drawing, "chart"):
        root = target(attribute(it, "id"), "a chart")
        if root is not None:
            yield from paragraphs(root)


def paragraphs(parent: Element) -> Iterator[str]:
    """The text of each DrawingML paragraph."""
    for paragraph in descendants(parent, "p"):
        text = text_of(paragraph)
        if text.strip():
            yield text


def text_of(paragraph: Element) -> str:
    """The text of one DrawingML paragraph."""
    return "".join(_runs(paragraph))


def _runs(paragraph: Element) -> Iterator[str]:
    for it in office.chosen(paragraph):
        if tag(it) == "br":
            yield "\n"
        elif tag(it) == "fld" and attribute(it, "type").startswith(("slidenum", "datetime")):
            continue
        elif tag(it) in {"r", "fld"}:
            text = child(it, "t")
            yield (text.text or "") if text is not None else ""
        elif tag(it) == "m":  # a formula
            yield "".join(text.text or "" for text in descendants(it, "t"))
