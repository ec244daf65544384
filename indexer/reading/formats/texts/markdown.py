"""Read Markdown files; the text keeps its markup, so that offsets are exact."""

import re
from collections.abc import Iterator

from indexer.reading import encodings
from indexer.reading.formats.described.fields import metadata_of, title_in
from indexer.reading.formats.texts.front_matter import front_matter
from indexer.reading.formats.texts.inline_marks import without_marks
from indexer.reading.formats.texts.markdown_blocks import blocks_of
from indexer.reading.titles import title_of
from indexer.types import Document

_HASHES = re.compile(r" {0,3}#{1,6}\s+(.*)")
_UNDERLINE = re.compile(r"(=+|-+)\s*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_LONGEST_HEADING = 300


def read(data: bytes, name: str) -> Document:
    """The document in a Markdown file."""
    text, guessed = encodings.decode(data)
    fields, end = front_matter(text)
    title = title_in(fields) or next(_headings(text[end:].splitlines()), "")
    return Document(
        title or title_of(text, name),
        text,
        tuple(blocks_of(text, end)),
        metadata=metadata_of(fields),
        encoding=guessed,
    )


def _headings(lines: list[str]) -> Iterator[str]:
    fence = None
    before = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        elif fence is None and len(line) <= _LONGEST_HEADING:
            match = _HASHES.fullmatch(line)
            heading = match[1].rstrip().rstrip("#") if match else ""
            if not match and _UNDERLINE.fullmatch(line):
                heading = before
            if (heading := without_marks(heading).strip()).strip("*_`"):
                yield heading
        before = (
            line.strip() if fence is None and not mark and len(line) <= _LONGEST_HEADING else ""
        )
