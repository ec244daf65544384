"""Keep the lines of a marked-up text, and note the blocks among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import title_line
from indexer.reading.formats.described.fields import key_of, metadata_of, title_in
from indexer.types import Block, BlockKind, Document

_LINE = re.compile(r"([^\r\n]*)(\r\n?|\n|\Z)")
LONGEST_HEADING = 300


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends."""
    return (found[0] for found in _LINE.finditer(text) if found[0])


@dataclass(slots=True)
class KeptLines:
    """The lines that are kept so far, and what was found in them."""

    lines: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, line: str) -> int:
        """Append a line with its end; returns the offset at which it begins."""
        start = self.length
        self.lines.append(line)
        self.length += len(line)
        return start

    def heading(self, line: str, words: str, level: int) -> None:
        """Append a line, of which ``words`` are a heading."""
        at = self.keep(line) + line.find(words)
        self.blocks.append(Block(at, at + len(words), "heading", level))

    def block(self, start: int, kind: BlockKind) -> None:
        """Note that everything from ``start`` on, where a line begins, is one block."""
        at, begin = len(self.lines), self.length
        while at and begin > start:
            at -= 1
            begin -= len(self.lines[at])
        end = start + len("".join(self.lines[at:]).rstrip())
        if start < end and (not self.blocks or self.blocks[-1].end <= start):
            self.blocks.append(Block(start, end, kind, 0, start))

    def note(self, key: str, value: str) -> None:
        """Note a field, such as the author."""
        self.fields.setdefault(key_of(key), []).append(value.strip())

    def document(self) -> Document:
        """The document; its title is that of the fields, or else the first heading."""
        text = "".join(self.lines)
        if not text.strip():
            raise UnreadableArticle("the file contains no text")
        heading = next((text[it.start : it.end] for it in self.blocks if it.kind == "heading"), "")
        title = title_in(self.fields) or title_line(heading)
        return Document(title, text, tuple(self.blocks), (), metadata_of(self.fields))
