"""Read OpenDocument files: texts, presentations and spreadsheets.

Tables, text boxes and notes are read, and so are tracked insertions; deletions and comments are
not. The locations of a presentation are its slides, counted from 1. A cell or row that is repeated
is read once.
"""

from collections.abc import Iterator

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import office
from indexer.reading.formats.office.assembly import Assembly
from indexer.reading.formats.office.office import Element, attribute, child, descendants, tag
from indexer.reading.formats.packed import zipped
from indexer.types import BlockKind, Document

_LEFT_OUT = {
    *("annotation", "tracked-changes", "sequence-decls", "variable-decls", "user-field-decls"),
    *("forms", "desc", "title", "ruby-text", "event-listeners", "note-citation", "page-number"),
    *("settings", "header", "footer", "date-time", "dde-connection-decls", "shapes"),
}
_BODIES = ("text", "presentation", "spreadsheet")
_LARGE_CELL = 2000
"""Characters of a cell from which a table is a page's layout: its cells are read one by one."""
_CODE = {"Preformatted_20_Text", "Source_20_Code", "Source_20_Text"}
_QUOTES = {"Quotations", "Quote"}
_PLACEHOLDERS = {"page-number", "footer", "header", "date-time"}
_DEEPEST = 20


def read(data: bytes, name: str) -> Document:
    """Read an OpenDocument file."""
    if not data.startswith(b"PK"):
        raise UnreadableArticle("not an OpenDocument file")
    archive = zipped.open(data)
    manifest = office.part(archive, "META-INF/manifest.xml")
    if manifest is not None and any(True for _ in descendants(manifest, "encryption-data")):
        raise UnreadableArticle("encrypted; save a copy without a password")
    root = office.part(archive, "content.xml")
    body = child(root, "body")
    found = next((it for it in office.children(body) if tag(it) in _BODIES), None)
    if root is None or found is None:
        raise UnreadableArticle("not an OpenDocument file")
    reader = _Reader(_parents(root, office.part(archive, "styles.xml")))
    reader.blocks(found)
    title, metadata = office.said(office.part(archive, "meta.xml"), name)
    return reader.text.document(title or reader.title, metadata)


def _parents(*roots: Element | None) -> dict[str, str]:
    """For each paragraph style the style that it is based on."""
    return {
        attribute(style, "name"): attribute(style, "parent-style-name")
        for root in roots
        if root is not None
        for style in descendants(root, "style")
        if attribute(style, "family") == "paragraph"
    }


class _Reader:
    def __init__(self, parents: dict[str, str]) -> None:
        self._parents = parents
        self._later: list[Element] = []
        """Notes and text boxes that come after the paragraph."""
        self._slide = 0
        self.text = Assembly()
        self.title = ""

    def blocks(self, parent: Element, kind: BlockKind = "paragraph") -> None:
        """Read the blocks of a body, section, list item, text box or note."""
        for it in parent:
            self._block(it, kind)

    def _block(self, it: Element, kind: BlockKind) -> None:
        name = tag(it)
        if name == "h":
            level = attribute(it, "outline-level")[:2]
            self.text.heading(self._inline_text(it), int(level) if level.isdecimal() else 1)
            self._add_later()
        elif name == "p":
            self._paragraph(it, kind)
        elif name == "list":
            self.blocks(it, "item")
        elif name == "table":
            self._table(it)
        elif name == "page":
            self._page(it)
        elif name and name not in _LEFT_OUT:
            self.blocks(it, kind)

    def _paragraph(self, paragraph: Element, kind: BlockKind) -> None:
        text = self._inline_text(paragraph)
        styles = list(self._styles(attribute(paragraph, "style-name")))
        if "Title" in styles:
            self.text.heading(text, 1)
            self.title = self.title or " ".join(text.split())
        elif kind == "paragraph" and _CODE & set(styles):
            self.text.add(text, "code")
        elif kind == "paragraph" and _QUOTES & set(styles):
            self.text.add(text, "quote")
        else:
            self.text.add(text, kind)
        self._add_later()

    def _styles(self, name: str) -> Iterator[str]:
        for _ in range(_DEEPEST):
            if not name:
                return
            yield name
            name = self._parents.get(name, "")

    def _add_later(self) -> None:
        while self._later:
            later, self._later = self._later, []
            for element in later:
                self.blocks(element)

    def _page(self, page: Element) -> None:
        """Add a slide; its title comes first."""
        self._slide += 1
        self.text.locate(f"slide {self._slide}")
        frames = list(page)
        titles = [it for it in frames if attribute(it, "class") == "title"]
        for title in titles:
            paragraphs = (self._inline_text(it) for it in descendants(title, "p"))
            self.text.heading(" ".join(paragraphs), 1)
        for frame in frames:
            if frame not in titles and attribute(frame, "class") not in _PLACEHOLDERS:
                self._block(frame, "paragraph")

    def _inline_text(self, element: Element) -> str:
        return "".join(self._inline(element))

    def _inline(self, element: Element) -> Iterator[str]:
        """The text of a paragraph and of the spans, links and fields in it."""
        yield element.text or ""
        for it in element:
            name = tag(it)
            if name == "s":
                count = attribute(it, "c")[:3]
                yield " " * (int(count) if count.isdecimal() else 1)
            elif name == "tab":
                yield "\t"
            elif name == "line-break":
                yield "\n"
            elif name == "note":
                self._later.extend(part for part in it if tag(part) == "note-body")
            elif name in {"frame", "custom-shape", "g", "text-box"}:
                self._later.append(it)
            elif name and name not in _LEFT_OUT:
                yield from self._inline(it)
            yield it.tail or ""

    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        cells = [[it for it in row if tag(it).endswith("table-cell")] for row, _ in rows]
        cells = [_without_padding(row) for row in cells]
        widest = max(map(len, cells), default=0)
        if widest < 2 or any(_length(it) > _LARGE_CELL for row in cells for it in row):  # noqa: PLR2004
            for cell in (it for row in cells for it in row):
                self.blocks(cell)
            return
        texts = [[self._cell(cell) for cell in row] for row in cells]
        header = sum(is_header for _, is_header in rows)
        self.text.table(texts, header if header < len(rows) else 0)
        self._add_later()

    def _cell(self, cell: Element) -> str:
        return " ".join(self._inline_text(it) for it in _paragraphs(cell))


def _rows(parent: Element, *, header: bool = False) -> Iterator[tuple[Element, bool]]:
    """The rows of a table, and whether they are its header."""
    for it in parent:
        if tag(it) == "table-row":
            yield it, header
        elif tag(it) in {"table-header-rows", "table-rows", "table-row-group"}:
            yield from _rows(it, header=header or tag(it) == "table-header-rows")


def _paragraphs(parent: Element) -> Iterator[Element]:
    """The paragraphs of a cell, and those of the lists and tables in it."""
    for it in parent:
        if tag(it) in {"p", "h"}:
            yield it
        elif tag(it) not in _LEFT_OUT:
            yield from _paragraphs(it)


def _without_padding(row: list[Element]) -> list[Element]:
    """A row without the empty cells at its end."""
    while row and not any(True for _ in row[-1].itertext()):
        row.pop()
    return row


def _length(cell: Element) -> int:
    return sum(map(len, cell.itertext()))
