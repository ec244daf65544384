"""The paragraphs and tables of an RTF file, as its control words tell them."""

import re

from indexer.reading.formats.office.assembly import Assembly

_HEADING = re.compile(r"heading (\d)")
_BULLET = re.compile(r"[•·◦▪‣–-]\t")
_TEXT_LEVEL = 9
"""The outline level of text."""


class Layout:
    """Takes texts up as paragraphs and cells, depending on the words before them."""

    def __init__(self) -> None:
        self.text = Assembly()
        self.title = ""
        self.styles: dict[int, str] = {}
        """The name of each paragraph style, in lower case."""
        self.in_table = False
        self.listed = False
        self._style = self._level = 0
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._is_header = False
        self._header_rows = 0
        self._notes: list[str] = []

    def word(self, word: str, value: int | None) -> None:
        """Take up a control word that concerns paragraphs or rows."""
        if word == "pard":
            self._style = self._level = 0
            self.in_table = self.listed = False
        elif word == "s" and value is not None:
            self._style = value
        elif word == "outlinelevel" and value is not None:
            self._level = value + 1 if 0 <= value < _TEXT_LEVEL else 0
        elif word in {"ls", "pnlvlblt", "pnlvlbody"}:
            self.listed = value != 0
        elif word == "intbl":
            self.in_table = True
        elif word == "trhdr":
            self._is_header = True
        elif word == "row":
            self._rows.append(self._cells)
            self._header_rows += self._is_header and self._header_rows == len(self._rows) - 1
            self._cells, self._is_header = [], False

    def cell(self, text: str) -> None:
        """End a cell."""
        self._cells.append(text)

    def note(self, text: str) -> None:
        """Keep a note or text box, which comes after the paragraph or table."""
        self._notes.append(text)

    def paragraph(self, text: str) -> None:
        """End a paragraph, which ends the table before it."""
        if self._rows and not self.in_table:
            self.end_table()
        style = self.styles.get(self._style, "")
        heading = _HEADING.match(style)
        level = self._level or (int(heading[1]) if heading else int(style == "title"))
        bullet = _BULLET.match(text)
        if level:
            self.text.heading(text, level)
            if style == "title" and not self.title:
                self.title = " ".join(text.split())
        else:
            listed = self.listed or bullet is not None
            self.text.add(
                text[bullet.end() :] if bullet else text, "item" if listed else "paragraph"
            )
        self._add_notes()

    def end_table(self) -> None:
        """Add the table; one of a single column is no table to a reader."""
        if self._cells:
            self._rows.append(self._cells)
        if max(map(len, self._rows), default=0) > 1:
            header = self._header_rows
            self.text.table(self._rows, header if header < len(self._rows) else 0)
        else:
            for row in self._rows:
                for cell in row:
                    self.text.add(cell)
        self._rows, self._cells, self._header_rows = [], [], 0
        self._add_notes()

    def _add_notes(self) -> None:
        for note in self._notes:
            self.text.add(note)
        self._notes.clear()
