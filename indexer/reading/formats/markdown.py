"""Read Markdown files; the text keeps its markup, so that offsets are exact."""

import re
from collections.abc import Iterator

from indexer.reading.formats import plain
from indexer.reading.titles import title_of
from indexer.types import Document

_HASHES = re.compile(r" {0,3}#{1,6}\s+(.*)")
_UNDERLINE = re.compile(r"(=+|-+)\s*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_TITLE_KEY = re.compile(r"""title:\s*(["']?)(\S.*)\1""")
_LONGEST_HEADING = 300


def read(data: bytes, name: str) -> Document:
    """Title and text of a Markdown file."""
    text = plain.decode(data)
    return Document(_title(text) or title_of(text, name), text)


def _title(text: str) -> str | None:
    """The title in the front matter, or else the first heading."""
    lines = text.splitlines()
    if lines and lines[0].rstrip() == "---" and "---" in map(str.rstrip, lines[1:]):
        end = [line.rstrip() for line in lines[1:]].index("---") + 1
        for line in lines[1:end]:
            if match := _TITLE_KEY.fullmatch(line.rstrip()[:_LONGEST_HEADING]):
                return match[2]
        lines = lines[end + 1 :]
    return next(_headings(lines), None)


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
            if heading := heading.strip("*_` \t"):
                yield heading
        before = (
            line.strip() if fence is None and not mark and len(line) <= _LONGEST_HEADING else ""
        )
