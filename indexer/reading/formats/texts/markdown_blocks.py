"""Find the blocks of a Markdown text: one pass over its lines, whatever is in them.

Only what a reader sees as structure is found, as in CommonMark with tables: headings, lists,
tables, quotations, code. A complete parser takes ten times as long, and minutes on a hostile file.
"""

import re
from collections.abc import Iterator

from indexer.types import Block, BlockKind

_LINE = re.compile(r"([^\r\n]*)(\r\n?|\n|\Z)")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+$")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$)")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_DELIMITER = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)*+(?:[ \t]*:?-+:?[ \t]*)?")
_RAW = re.compile(r"<(script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_HTML = re.compile(r"</?[a-zA-Z][\w-]*(?=[\s/>]|$)|<!|<\?")
_LONGEST_MARK = 1000
"""Longer lines are no underline, no delimiter and no rule."""
_CODE_INDENT = 4


def blocks_of(text: str, start: int = 0) -> list[Block]:
    """The blocks of the Markdown in ``text`` from the offset ``start``, which begins a line.

    The block of a heading is its words, without the marks around them. Every other block is whole
    lines, with its marks. A quotation is one block, whatever is in it.
    """
    scanner = _Scanner(text)
    for at, line in _lines(text, start):
        words = line.strip()
        if scanner.until is not None:
            scanner.raw(at, line, words)
        elif words:
            scanner.line(at, line, words)
        else:
            scanner.blank()
    scanner.close()
    return scanner.found


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    for found in _LINE.finditer(text, start):
        yield found.start(), found[1]


class _Scanner:
    """Takes the lines one by one. ``until`` is what ends the code or HTML that they are in."""

    def __init__(self, text: str) -> None:
        self.found: list[Block] = []
        self.until: str | None = None
        self._text = text
        self._kind: BlockKind | None = None
        """The kind of the open block, which the next line may continue."""
        self._begin = self._end = self._last = 0
        """Where the open block begins and ends, and where its last line begins."""
        self._head = 0
        self._html = False
        self._items: list[int] = []
        """The column at which the text begins, for each list item that is open."""
        self._after_blank = True

    def close(self) -> None:
        """End the open block."""
        while self._begin < self._end and self._text[self._end - 1].isspace():
            self._end -= 1
        if self._kind and self._begin < self._end:
            head = max(self._head, self._begin)
            self.found.append(Block(self._begin, self._end, self._kind, 0, head))
        self._kind = None
        self._html = False

    def blank(self) -> None:
        if self._kind != "code":
            self.close()
        self._after_blank = True

    def raw(self, at: int, line: str, words: str) -> None:
        """A line of fenced code, or of HTML that an empty line does not end."""
        until = self.until or ""
        self._end = max(self._end, at + len(line.rstrip()))
        closed = (
            words.startswith(until) and not words.strip(until[0])
            if self._kind == "code"
            else until in words.lower()
        )
        if closed:
            self.until = None
            self.close()

    def line(self, at: int, line: str, words: str) -> None:
        """A line that is not blank, outside fenced code."""
        indent = _width(line)
        marked = _ITEM.match(words)
        if self._after_blank or marked:
            while self._items and indent < self._items[-1]:
                self._items.pop()
        depth = indent - (self._items[-1] if self._items else 0)
        begin = at + len(line) - len(line.lstrip())
        end = begin + len(words)
        if self._html:
            self._end = end
        elif self._kind in {None, "code"} and depth >= _CODE_INDENT:
            self._continue("code", at, end)
        elif depth < _CODE_INDENT and self._special(begin, end, words):
            pass
        elif marked and depth < _CODE_INDENT and (self._kind != "paragraph" or words[0] in "-+*1"):
            self._items.append(indent + len(marked[0]))
            self._start("item", begin, end)
            self._nested_heading(begin + len(marked[0]), words[len(marked[0]) :])
        elif self._kind in {"paragraph", "item", "quote", "table"}:
            self._last = begin
            self._end = end
        elif self._kind is None and self._in_item():
            self._begin, self._kind = self.found.pop().start, "item"
            self._last, self._end = begin, end
        else:
            self._start("item" if self._items else "paragraph", begin, end)
        self._after_blank = False

    def _in_item(self) -> bool:
        return bool(self._items and self.found and self.found[-1].kind == "item")

    def _special(self, begin: int, end: int, words: str) -> bool:
        """Whether the line is of a kind that its first character tells."""
        first = words[0]
        if first == ">":
            self._continue("quote", begin, end)
        elif first == "#" and (found := _HEADING.match(words)):
            self.close()
            self._heading(begin + found.end(), words[found.end() :], len(found[1]))
        elif first in "`~" and (found := _FENCE.match(words)):
            self._start("code", begin, end)
            self.until = found[0]
        elif first in "=-" and self._kind == "paragraph" and not words.strip(first):
            self._kind = None
            self.found.append(Block(self._begin, self._end, "heading", 1 if first == "=" else 2))
        elif self._is_rule(words):
            self.close()
        elif first in "|:-" and self._kind in {"paragraph", "item"} and self._is_head(words):
            last = self._last
            self._end = self._begin + len(self._text[self._begin : last].rstrip())
            self.close()
            self._start("table", last, end)
            self._head = end
        elif first == "<" and self._kind in {None, "code"} and _HTML.match(words):
            self._start("paragraph", begin, end)
            self._html = True
            raw = _RAW.match(words)
            ends = f"</{raw[1].lower()}>" if raw else "-->" if words.startswith("<!--") else None
            self.until = ends if ends and ends not in words.lower() else None
        else:
            return False
        return True

    def _is_head(self, words: str) -> bool:
        """Whether ``words`` delimit the head of a table, which is the line before."""
        return (
            len(words) <= _LONGEST_MARK
            and "|" in words
            and "|" in self._text[self._last : self._end]
            and _DELIMITER.fullmatch(words) is not None
        )

    @staticmethod
    def _is_rule(words: str) -> bool:
        marks = words[:_LONGEST_MARK].replace(" ", "").replace("\t", "")
        return words[0] in "-*_" and len(marks) > 2 and not marks.strip(words[0])  # noqa: PLR2004

    def _nested_heading(self, begin: int, words: str) -> None:
        """A heading in the first line of an item."""
        if words.startswith("#") and (found := _HEADING.match(words)):
            self._kind = None
            self._heading(begin + found.end(), words[found.end() :], len(found[1]))

    def _heading(self, begin: int, words: str, level: int) -> None:
        closing = _CLOSING.search(words[-_LONGEST_MARK:])
        words = words[: len(words) - len(closing[0])] if closing else words
        if words := words.rstrip():
            self.found.append(Block(begin, begin + len(words), "heading", level))

    def _start(self, kind: BlockKind, begin: int, end: int) -> None:
        self.close()
        self._kind, self._begin, self._end = kind, begin, end
        self._last, self._head = begin, begin

    def _continue(self, kind: BlockKind, begin: int, end: int) -> None:
        if self._kind != kind:
            self._start(kind, begin, end)
        self._end = end


def _width(line: str) -> int:
    """The column at which a line's text begins; a tab goes to the next column divisible by 4."""
    column = 0
    for mark in line:
        if mark == " ":
            column += 1
        elif mark == "\t":
            column += 4 - column % 4
        else:
            break
    return column
