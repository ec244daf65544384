"""Read tables (``.csv``, ``.tsv``): each row is an article.

The cells of text columns are paragraphs. The others are lines, such as ``Country: France``. A
table without any words, such as measurements, is refused: nobody asks for a row of it in words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import Composition, title_line
from indexer.reading.formats.described.fields import DESCRIBING, TITLE, key_of, metadata_of
from indexer.reading.formats.member import Member
from indexer.reading.formats.tables.table_rows import Row, rows

_SAMPLE_ROWS = 100
_TEXTS = {"text", "body", "content", "abstract", "description", "summary", "article", "message"}
_MEAN_TEXT = 60
"""Characters of a cell, on average, from which a column is text."""
_LONGEST_NAME = 100
_NUMBER = re.compile(r"[-+]?[\d.,:/% -]*\d[\d.,:/% -]*")
_WORD = re.compile(r"[^\W\d_]{2}")
_VALUES = {"nan", "na", "n/a", "null", "none", "true", "false"}


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table: ``names`` as they are written, ``keys`` as they are looked up."""

    names: list[str]
    keys: list[str]
    texts: set[int]
    identifier: int | None
    title: int | None
    only: bool
    """Whether the text is that of ``texts`` alone."""

    @property
    def described(self) -> bool:
        """Whether a column contains metadata."""
        return not DESCRIBING.isdisjoint(self.keys)


def members(file: BinaryIO, name: str, *, text_columns: Sequence[str] = ()) -> Iterator[Member]:
    """The rows of a table.

    A row's name is its ``_id`` or ``id``, or its number if it has none or one that occurred before.
    ``text_columns`` are the columns whose cells are the text; without a header they are numbers
    from 1. By default every cell is part of the text.
    """
    found = rows(file, name)
    sample = list(islice(found, _SAMPLE_ROWS))
    cells = [row for _, row in sample if isinstance(row, list)]
    with_header = bool(cells) and _is_header(cells)
    if with_header:
        sample = sample[next(at for at, (_, row) in enumerate(sample) if row is cells[0]) + 1 :]
    names = (
        cells[0] if with_header else [str(at + 1) for at in range(max(map(len, cells), default=0))]
    )
    if not sample:
        raise UnreadableArticle("the table has a header and no rows")
    columns = _columns(names, cells[with_header:], text_columns)
    if not text_columns and not any(_has_words(row) for row in cells[with_header:]) and cells:
        raise UnreadableArticle("the table contains numbers only")
    yield from _articles(chain(sample, found), columns, with_header=with_header)


def _articles(found: Iterator[Row], columns: _Columns, *, with_header: bool) -> Iterator[Member]:
    seen: set[str] = set()
    for number, row in found:
        if isinstance(row, UnreadableArticle):
            yield Member(f"row {number}", row)
            continue
        at = columns.identifier
        identifier = title_line(row[at]) if at is not None and at < len(row) else ""
        if not identifier or identifier in seen or len(identifier) > _LONGEST_NAME:
            identifier = str(number) if at is None else f"row {number}"
        seen.add(identifier)
        composition = Composition()
        composition.locate(f"row {number}")
        _add_row(composition, row, columns, with_header=with_header)
        title = row[columns.title] if columns.title is not None and columns.title < len(row) else ""
        if not composition:
            composition.add(title)
        if not composition:
            yield Member(identifier, UnreadableArticle("the row has no text"))
            continue
        pairs = zip(columns.keys, row, strict=False) if columns.described else ()
        fields = {key: [cell] for key, cell in pairs}
        described = metadata_of(fields) if fields else None
        yield Member(identifier, composition.document(title, described))


def _add_row(
    composition: Composition, row: list[str], columns: _Columns, *, with_header: bool
) -> None:
    """Add the text of a row: the texts, then the other cells with the names of their columns."""
    lines = []
    for at, cell in enumerate(row):
        if at in columns.texts:
            composition.add(re.sub(r"\r\n?", "\n", cell))
        elif not columns.only and at not in {columns.identifier, columns.title} and cell.strip():
            known = at < len(columns.names) and with_header
            label = columns.names[at] if known else f"column {at + 1}"
            said = " ".join(cell.split())
            lines.append(f"{label}: {said}" if with_header and label else said)
    composition.add("\n".join(lines))


def _is_header(cells: list[list[str]]) -> bool:
    """Whether the first row names the columns: short, different, and no number or sentence."""
    first = [cell.strip() for cell in cells[0]]
    keys = [key_of(cell) for cell in first]
    known = {*TITLE, *DESCRIBING, *_TEXTS, "id"}
    if len(known.intersection(keys)) * 2 > len(keys):
        return True
    named = [cell for cell in first if cell]
    return (
        len(named) * 2 > len(first)
        and len(set(named)) == len(named)
        and all(len(it) <= _LONGEST_NAME and not _NUMBER.fullmatch(it) for it in named)
        and not any(it.endswith((".", "!", "?", "。")) for it in named)
        # Of one column alone, the first cell could as well be the first text.
        and (len(first) > 1 or (len(cells) > 1 and len(named[0]) * 3 < len("".join(cells[1]))))
    )


def _columns(names: list[str], cells: list[list[str]], text_columns: Sequence[str]) -> _Columns:
    names = [title_line(name) for name in names]
    keys = [key_of(name) for name in names]
    identifier = next((at for at, key in enumerate(keys) if key == "id"), None)
    title = next((keys.index(key) for key in TITLE if key in keys), None)
    if text_columns:
        missing = [it for it in text_columns if it not in names and key_of(it) not in keys]
        if missing:
            known = ", ".join(names[:20])
            raise UnreadableArticle("the table has no column {!r}; it has {}", missing[0], known)
        texts = {names.index(it) if it in names else keys.index(key_of(it)) for it in text_columns}
        return _Columns(names, keys, texts, identifier, title, only=True)
    texts = {at for at, key in enumerate(keys) if key in _TEXTS or _is_text(cells, at)}
    return _Columns(names, keys, texts - {identifier, title}, identifier, title, only=False)


def _is_text(cells: list[list[str]], at: int) -> bool:
    found = [len(row[at]) for row in cells if at < len(row) and row[at].strip()]
    return bool(found) and sum(found) >= _MEAN_TEXT * len(found)


def _has_words(row: list[str]) -> bool:
    return any(_WORD.search(cell) and cell.strip().lower() not in _VALUES for cell in row)
