"""Compose a text and its blocks from the elements of a page, as they begin and end.

Paragraphs are separated by a blank line. The items of a list and the rows of a table are lines;
the cells of a row are separated by `` | ``. White space is that of a browser: lines break where an
element says so, and code is unchanged. A table that only arranges paragraphs is read as these.

A Composer is a target for lxml's parsers, so a page of any size or depth needs no tree.
"""

import re
from collections.abc import Mapping

from indexer.reading.formats.composition import Composition
from indexer.types import BlockKind

_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAK = "\0"
"""Stands for a line break inside a paragraph: no page can contain it."""
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
_PERMALINK = re.compile(r"(?:\s*¶|\s+#)$")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ITEMS = {"li", "dt", "dd"}
_LISTS = {"ul", "ol", "dl", "menu", "dir"}
_CODE = {"pre", "listing", "xmp"}
_CELLS = {"td", "th"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "details"),
    *("dialog", "div", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup"),
    *("hr", "html", "legend", "main", "nav", "noframes", "p", "search", "section", "summary"),
    *("table", "tbody", "tfoot", "thead", "title", "tr"),
    *_HEADINGS,
    *_ITEMS,
    *_LISTS,
    *_CODE,
    *_CELLS,
}
SKIPPED = frozenset(
    {
        *("applet", "audio", "button", "canvas", "datalist", "embed", "frame", "head", "iframe"),
        *("input", "map", "math-annotation", "noscript", "object", "rp", "rt", "script", "select"),
        *("style", "svg", "template", "textarea", "video"),
    }
)
"""Elements whose content is not text of the page; ``rt`` repeats how a word is pronounced."""
_LONG_CELL = 300
"""Characters of a cell from which several paragraphs in it make the table a layout."""

Attributes = Mapping[str, str]


class _Row:
    """A row that is read: its cells, each a list of parts, and whether all are header cells."""

    def __init__(self) -> None:
        self.cells: list[list[tuple[BlockKind, int, str]]] = []
        self.header = True
        self.is_layout = False

    def add(self, part: tuple[BlockKind, int, str]) -> None:
        if not self.cells:
            self.cells.append([])
        self.cells[-1].append(part)

    def arranges(self) -> bool:
        """Whether the row only arranges paragraphs."""
        filled = [cell for cell in self.cells if cell]
        if any(kind in {"heading", "code"} for cell in filled for kind, _, _ in cell):
            return True
        if len(filled) == 1:
            return len(filled[0]) > 1 or len(filled[0][0][2]) > _LONG_CELL
        return any(
            len(cell) > 1 and sum(len(text) for _, _, text in cell) > _LONG_CELL for cell in filled
        )


class Composer(Composition):
    """A composition that takes the events of a parser."""

    def __init__(self, skipped: frozenset[str] = SKIPPED) -> None:
        super().__init__()
        self._skipped = skipped
        self._inline: list[str] = []
        self._depth = 0
        self._skipping = 0
        """The depth of the element that is skipped; 0 if none is."""
        self._heading = self._code = self._quotes = self._lists = self._run = 0
        self._items: list[int] = []
        """For each open item, the number of blocks in it."""
        self._tables: list[tuple[int, bool]] = []
        """For each open table, its block's index plus 1, and whether it still has header rows."""
        self._rows: list[_Row] = []
        self._last_run = 0

    def skips(self, tag: str, attributes: Attributes) -> bool:
        """Whether an element and all that is in it is left out."""
        return tag in self._skipped or "hidden" in attributes

    def start(self, tag: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._skipping:
            return
        tag = local_name(tag)
        if self.skips(tag, attributes):
            self._skipping = self._depth
        elif tag == "br":
            self._break()
        elif tag in _BLOCKS:
            self._flush()
            self._open(tag)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._skipping:
            if self._depth < self._skipping:
                self._skipping = 0
            return
        tag = local_name(tag)
        if tag in _BLOCKS:
            self._flush()
            self._close(tag)

    def data(self, text: str) -> None:
        if not self._skipping and text:
            self._inline.append(text.replace(_BREAK, ""))

    def close(self) -> "Composer":
        """End the page, whatever is open; a further one may follow. A parser returns this."""
        self._flush()
        while self._rows:
            self._end_row()
        self._tables.clear()
        self._items.clear()
        self._depth = self._skipping = 0
        self._heading = self._code = self._quotes = self._lists = 0
        return self

    def _break(self) -> None:
        if self._code:
            self._inline.append("\n")
        elif self._inline and self._inline[-1] == _BREAK:
            self._flush()
        elif self._inline:
            self._inline.append(_BREAK)

    def _open(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag in _ITEMS:
            self._items.append(0)
        elif tag in _LISTS:
            self._run += not self._lists
            self._lists += 1
        elif tag in _CODE:
            self._code += 1
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "table":
            self._open_table()
        elif tag == "tr" or (tag in _CELLS and len(self._rows) < len(self._tables)):
            self._open_row()
        if tag in _CELLS and self._rows:
            self._rows[-1].cells.append([])
            self._rows[-1].header &= tag == "th"

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._heading = 0
        elif tag in _ITEMS:
            del self._items[-1:]
        elif tag in _LISTS:
            self._lists = max(0, self._lists - 1)
        elif tag in _CODE:
            self._code = max(0, self._code - 1)
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag in {"table", "tr"} and self._tables:
            if len(self._rows) == len(self._tables):
                self._end_row()
            if tag == "table":
                self._tables.pop()

    def _open_table(self) -> None:
        if self._rows and not self._rows[-1].is_layout:  # those around it are layouts already
            self._arrange(self._rows[-1])
        while len(self._rows) < len(self._tables):  # a table between the rows of another
            self._rows.append(_Row())
            self._rows[-1].is_layout = True
        self._tables.append((0, True))

    def _open_row(self) -> None:
        if self._tables:
            if len(self._rows) == len(self._tables):
                self._end_row()
            self._rows.append(_Row())

    def _flush(self) -> None:
        """End the paragraph, heading, item, cell or code that is being read."""
        if not self._inline:
            return
        raw = _CONTROLS.sub("", "".join(self._inline))
        self._inline.clear()
        if self._code and not self._heading:
            text = raw.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
        else:
            lines = (_SPACE.sub(" ", line).strip() for line in raw.split(_BREAK))
            text = (" " if self._heading else "\n").join(line for line in lines if line)
        if self._heading:
            text = _PERMALINK.sub("", text)
        if text.strip():
            self._take((self._kind(), self._heading, text))

    def _kind(self) -> BlockKind:
        if self._heading:
            return "heading"
        if self._code:
            return "code"
        if self._items and not self._items[-1]:
            return "item"
        return "quote" if self._quotes else "paragraph"

    def _take(self, part: tuple[BlockKind, int, str]) -> None:
        if self._items:
            self._items[-1] += 1
        if self._rows and not self._rows[-1].is_layout:
            self._rows[-1].add(part)
        else:
            self._write(part)

    def _write(self, part: tuple[BlockKind, int, str]) -> None:
        kind, level, text = part
        together = kind == "item" and bool(self.blocks) and self.blocks[-1].kind == "item"
        self.append(text, kind, level, near=together and self._last_run == self._run)
        self._last_run = self._run

    def _end_row(self) -> None:
        row = self._rows.pop()
        if row.is_layout or row.arranges():
            self._arrange(row)
            return
        cells = [" ".join(text for _, _, text in cell).replace("\n", " ") for cell in row.cells]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        line = " | ".join(cells)
        block, in_head = self._tables[-1] if self._tables else (0, True)
        goes_on = bool(block) and block == len(self.blocks)
        in_head = in_head and row.header and (goes_on or not block)
        if goes_on:
            self.extend(line, is_head=in_head)
        else:
            self.append(line, "table", head=len(line) * in_head)
        if self._tables:
            self._tables[-1] = (len(self.blocks), in_head)

    def _arrange(self, row: _Row) -> None:
        """Write the cells of a row as the paragraphs that they are, and those that follow."""
        row.is_layout = True
        for cell in row.cells:
            for part in cell:
                self._write(part)
        row.cells.clear()


def local_name(tag: str) -> str:
    """A tag without its namespace or prefix."""
    return tag.rpartition("}")[2].rpartition(":")[2] if "}" in tag or ":" in tag else tag
