"""Read Word files: DOCX, with tables, text boxes, notes and content controls.

Tracked insertions are read and deletions are not. Comments, hidden text, headers
and footers are left out.
"""

from collections.abc import Iterator

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
from indexer.reading.formats.office.styles import Style, styles
from indexer.reading.formats.packed.zipped import Archive
from indexer.types import Document

_LEFT_OUT = {
    *("del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "sdtPr", "tblPr"),
    *("sectPr", "rt", "Fallback", "annotationRef", "footnoteRef", "endnoteRef", "rubyPr"),
}
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_LARGE_CELL = 2000
"""Characters of a cell from which a table is a page's layout: its cells are read one by one."""
_FIRST_ROW = 0x20


def read(data: bytes, name: str) -> Document:
    """Read a Word file."""
    archive, path, root = office.open_package(data, office.WORD)
    body = child(root, "body")
    if body is None:
        raise UnreadableArticle("not a Word file")
    reader = _Reader(archive, path)
    reader.blocks(body)
    title, metadata = office.core(archive, name)
    return reader.text.document(title or reader.title, metadata)


class _Reader:
    """Reads the parts of one file into one text."""

    def __init__(self, archive: Archive, path: str) -> None:
        self._archive = archive
        self._relations = office.relations(archive, path)
        self.text = Assembly()
        self._styles = styles(self._part("styles"))
        self._notes = {kind: self._notes_of(kind) for kind in _NOTES.values()}
        self._fields: list[bool] = []
        """For each open field whether its instruction is read, and not its result."""
        self._later: list[list[Element]] = []
        """The content of notes and text boxes that comes after the paragraph."""
        self.title = ""

    def _part(self, kind: str) -> Element | None:
        for of, path in self._relations.values():
            if of == kind:
                return office.inner_part(self._archive, path, kind, self.text)
        return None

    def _notes_of(self, kind: str) -> dict[str, Element]:
        root = self._part(kind)
        return {attribute(it, "id"): it for it in office.children(root)}

    def blocks(self, parent: Element) -> None:
        """Read the paragraphs and tables of a body, cell, note or text box."""
        for it in chosen(parent):
            name = tag(it)
            if name == "p":
                self._paragraph(it)
            elif name == "tbl":
                self._table(it)
            elif name == "altChunk":
                self.text.leave_out("an embedded document", "not supported")
            elif name not in _LEFT_OUT:
                self.blocks(it)

    def _paragraph(self, paragraph: Element) -> None:
        style = self._style(paragraph)
        text = "".join(self._inline(paragraph))
        if style.level:
            self.text.heading(text, style.level)
            if style.is_title and not self.title:
                self.title = " ".join(text.split())
        else:
            self.text.add(text, style.kind)
        self._add_later()

    def _add_later(self) -> None:
        while self._later:
            later, self._later = self._later, []
            for elements in later:
                for element in elements:
                    self.blocks(element)

    def _style(self, paragraph: Element) -> Style:
        own = child(paragraph, "pPr")
        named = child(own, "pStyle")
        style = self._styles.get("" if named is None else attribute(named, "val"), Style())
        return style.with_own(own)

    def _inline(self, parent: Element) -> Iterator[str]:
        """The text of runs, links, insertions, content controls, fields and formulas."""
        for it in chosen(parent):
            name = tag(it)
            if name in _LEFT_OUT or (name == "r" and _is_hidden(it)):
                continue
            if name == "t":
                if not any(self._fields):
                    yield it.text or ""
            elif name in _CHARACTERS:
                yield _CHARACTERS[name]
            elif name == "fldChar":
                self._field(attribute(it, "fldCharType"))
            elif name in _NOTES:
                note = self._notes[_NOTES[name]].pop(attribute(it, "id"), None)
                if note is not None:
                    self._later.append([note])
            elif name in {"drawing", "pict", "object"}:
                self._drawing(it)
            else:
                yield from self._inline(it)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields and kind == "end":
            self._fields.pop()

    def _drawing(self, drawing: Element) -> None:
        boxes = [it for it in descendants(drawing, "txbxContent") if _is_outermost(it, drawing)]
        if boxes:
            self._later.append(boxes)
        for line in drawings.texts(self._archive, self._relations, drawing, self.text):
            self.text.add(line)

    def _table(self, table: Element) -> None:
        rows = [it for it in _inside(table, "tr") if child(it, "trPr", "del") is None]
        cells = [list(_inside(row, "tc")) for row in rows]
        if _is_layout(cells):
            for cell in (it for row in cells for it in row):
                self.blocks(cell)
            return
        texts = [[self._cell(cell) for cell in row] for row in cells]
        heads = [child(row, "trPr", "tblHeader") is not None for row in rows]
        header = (heads.index(False) if False in heads else 0) or int(_marks_first_row(table))
        self.text.table(texts, header if header < len(rows) else 0)
        self._add_later()

    def _cell(self, cell: Element) -> str:
        """All text of a cell, and of the tables in it."""
        return " ".join("".join(self._inline(it)) for it in _paragraphs(cell))


def _is_hidden(run: Element) -> bool:
    mark = child(run, "rPr", "vanish")
    return mark is not None and attribute(mark, "val") not in {"0", "false", "off"}


def _inside(parent: Element, name: str) -> Iterator[Element]:
    """The rows of a table or cells of a row, also in content controls and insertions."""
    for it in chosen(parent):
        if tag(it) == name:
            yield it
        elif tag(it) in {"sdt", "sdtContent", "customXml", "ins", "moveTo"}:
            yield from _inside(it, name)


def _paragraphs(parent: Element) -> Iterator[Element]:
    """The paragraphs of a cell, and those of the tables in it."""
    for it in chosen(parent):
        if tag(it) == "p":
            yield it
        elif tag(it) not in _LEFT_OUT:
            yield from _paragraphs(it)


def _is_layout(cells: list[list[Element]]) -> bool:
    """Whether a table has one column or holds whole texts, so that it is no table to a reader."""
    if max(map(len, cells), default=0) < 2:  # noqa: PLR2004
        return True
    return any(_length(cell) > _LARGE_CELL for row in cells for cell in row)


def _length(cell: Element) -> int:
    return sum(len(it.text or "") for it in descendants(cell, "t"))


def _marks_first_row(table: Element) -> bool:
    look = child(table, "tblPr", "tblLook")
    if look is None:
        return False
    first = attribute(look, "firstRow")
    if first:
        return first in {"1", "true", "on"}
    try:
        return bool(int(attribute(look, "val") or "0", 16) & _FIRST_ROW)
    except ValueError:
        return False


def _is_outermost(box: Element, drawing: Element) -> bool:
    """Whether a text box is in no other one and in no alternative that is not chosen."""
    above = box.getparent()
    while above is not None and above is not drawing:
        if tag(above) == "txbxContent":
            return False
        if tag(above) == "Fallback" and child(above.getparent(), "Choice") is not None:
            return False
        above = above.getparent()
    return True
