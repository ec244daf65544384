"""Split a table into rows of cells, whatever its delimiter and faults; only a row is in memory.

A quotation mark that is never closed would hide the rows after it. So the line with such a mark is
a row of its own, and the lines after it are read again.
"""

import codecs
import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, TextIO

from indexer.errors import UnreadableArticle

ROW_LIMIT = 4 * 1024 * 1024
"""Characters of one row."""

_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 100
_PIECE = 1024 * 1024
_MOST_AGAIN = 64 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_ONE_COLUMN = "\x1f"
"""The delimiter of a table with one column: a character that no text contains."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Row = tuple[int, list[str] | UnreadableArticle]
"""The number of a row as a spreadsheet shows it, and its cells or why it cannot be read."""


def rows(file: BinaryIO, name: str) -> Iterator[Row]:
    """The rows of a table that are not blank. ``file`` is left open."""
    stream = io.TextIOWrapper(file, encoding_of(file), newline="")
    try:
        sample = stream.read(_SAMPLE).removeprefix("\ufeff")
        stream.seek(0)
        # The first line of a file of Excel's may name the delimiter.
        named = sample[4:5] if sample[:4].lower() == "sep=" and sample[5:6] in "\r\n" else ""
        if named:
            stream.readline()
        delimiter = named or ("\t" if name.lower().endswith((".tsv", ".tab")) else _sniff(sample))
        yield from _Reader(stream, delimiter).rows()
    finally:
        with suppress(ValueError):  # the file was closed before the last row was asked for
            stream.detach()


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a file, all of which is checked; it is left at its beginning."""
    file.seek(0)
    first = file.read(4)
    encoding = next((it for mark, it in _MARKS if first.startswith(mark)), "utf-8-sig")
    decoder = codecs.getincrementaldecoder(encoding)()
    piece, line = first + file.read(_PIECE), 1
    if not piece.strip():
        raise UnreadableArticle("the file is empty")
    while True:
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            byte = error.object[error.start]
            raise UnreadableArticle(
                "not {} text (byte 0x{:02x} on line {})",
                encoding.removesuffix("-sig").upper(),
                byte,
                line,
            ) from None
        if not piece:
            break
        if not piece.strip(b"\0"):  # as in a sparse file, which can have any size
            raise UnreadableArticle("looks like a binary file (NUL bytes on line {})", line)
        line += piece.count(b"\n")
        piece = file.read(_PIECE)
    file.seek(0)
    return encoding


def _sniff(sample: str) -> str:
    """The delimiter with which most of the first rows have the same number of cells."""
    if len(sample) == _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    lines = sample.splitlines(keepends=True)
    best = (0.0, 0)
    chosen = _ONE_COLUMN
    for delimiter in _DELIMITERS:
        try:
            found = csv.reader(iter(lines), delimiter=delimiter)
            counts = [len(row) for row, _ in zip(found, range(_SAMPLE_ROWS), strict=False) if row]
        except csv.Error:
            continue
        (cells, often), *_ = Counter(counts).most_common(1) or [(0, 0)]
        score = (often / max(1, len(counts)), cells)
        # A delimiter that the first line lacks, or most others, is a character of the texts.
        most = often * 2 > len(counts)
        if cells > 1 and most and counts[0] > 1 and score > best:
            best, chosen = score, delimiter
    return chosen


class _TooLongError(Exception):
    """A row has more than ROW_LIMIT characters."""


class _Reader:
    def __init__(self, stream: TextIO, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._again: deque[str] = deque()
        """Lines to be read again."""
        self._row: list[str] = []
        """The lines of the row so far."""
        self._length = 0
        self._reread = 0

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(ROW_LIMIT + 1)
        reader = self._strict()
        number = 0
        while True:
            self._row.clear()
            self._length = 0
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_TooLongError, csv.Error):
                found = self._first_line()
                reader = self._strict()
                if isinstance(found, UnreadableArticle):
                    yield number, found
                    continue
                cells = found
            if any(cell.strip() for cell in cells):
                yield number, cells

    def _strict(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self._delimiter, strict=True)

    def _first_line(self) -> list[str] | UnreadableArticle:
        """The cells of the row's first line alone; the others are read again."""
        first, *others = self._row
        if len(first) > ROW_LIMIT:
            while first and not first.endswith(("\n", "\r")):
                first = self._stream.readline(ROW_LIMIT)
            return UnreadableArticle("the row has more than {:,} characters", ROW_LIMIT)
        self._reread += self._length
        if self._reread > _MOST_AGAIN:
            raise UnreadableArticle("too many quotation marks are never closed")
        self._again.extendleft(reversed(others))
        try:
            return next(csv.reader([first], delimiter=self._delimiter))
        except csv.Error as error:
            return UnreadableArticle("not a row of a table ({})", error)

    def _lines(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else self._stream.readline(ROW_LIMIT + 1)
            if not line:
                return
            line = line.removeprefix("\ufeff")
            self._row.append(line)
            self._length += len(line)
            if self._length > ROW_LIMIT:
                raise _TooLongError
            yield line
